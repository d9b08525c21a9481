//! What threads send to a loop that they do not run.

#[cfg(any(feature = "notify", feature = "restart"))]
use crate::loops::probe::Probe;
use crate::{
    connections::{connection::Connection, key::Key},
    loops::{acceptor::Arrival, notice::Notice, shortage::Shortage},
};

/// A message to a loop.
pub(crate) enum Message {
    /// A connection comes back from the thread that was away with it.
    Returned(Box<Connection>),
    /// The thread that was away with a connection has closed it.
    Closed(Key),
    /// Another loop has accepted a client for this one.
    Accepted(Arrival),
    /// Another loop gives a connection at rest to this one, which counts it already.
    Moved(Box<Connection>),
    /// A loop asks for the turn of this one to give way.
    AskTurn { asking: usize },
    /// A loop asks that a connection of this one gives way whose turn is this or an earlier one.
    AskRoom {
        asking: usize,
        turn: u64,
        shortage: Shortage,
    },
    /// A loop that was asked has answered.
    Answered,
    /// A thread without a loop has a line for the log.
    Notice(Notice),
    /// A service manager asks whether the loop turns.
    #[cfg(any(feature = "notify", feature = "restart"))]
    Probe(Probe),
}

impl Message {
    /// The connection that comes, if one does.
    pub(crate) fn connection(self) -> Option<Box<Connection>> {
        match self {
            Message::Returned(connection) | Message::Moved(connection) => Some(connection),
            _ => None,
        }
    }
}
