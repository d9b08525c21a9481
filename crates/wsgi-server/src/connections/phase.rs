//! The phases of a connection's life.

use std::mem;

use crate::connections::{
    breaking::Breaking, draining::Draining, finishing::Finishing, lingering::Lingering,
    opening::Opening, outgoing::Outgoing, spooling::Spooling,
};

/// The phase of a connection. An idle connection is receiving, with nothing partial, and is
/// small. [`workers`](crate::workers) draws the ways from one phase to the next.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The connection waits for a proxy to name its client.
    Opening(Box<Opening>),
    /// The client has yet to finish its TLS handshake.
    Handshaking,
    /// The connection waits for a request or the rest of one.
    Receiving,
    /// The body of a request is taken in, in memory and in a file.
    Spooling(Box<Spooling>),
    /// The client has yet to take a response.
    Sending(Box<Outgoing>),
    /// The response is sent, or never will be, and its hooks wait for a thread.
    Finishing(Box<Finishing>),
    /// The rest of a body is read and thrown away.
    Draining(Box<Draining>),
    /// An incomplete response was sent, and its end has to show that.
    Breaking(Box<Breaking>),
    /// The server's side has ended. What the client still sends is thrown away.
    Lingering(Box<Lingering>),
}

impl Phase {
    /// Takes the phase out, and leaves [`Receiving`](Self::Receiving).
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        mem::replace(self, Phase::Receiving)
    }

    pub(crate) fn is_receiving(&self) -> bool {
        matches!(self, Phase::Receiving)
    }

    /// Whether the next step may call the application, or hooks.
    pub(crate) fn may_call(&self) -> bool {
        match self {
            Phase::Opening(_)
            | Phase::Handshaking
            | Phase::Receiving
            | Phase::Spooling(_)
            | Phase::Finishing(_) => true,
            // What waits for the client is sent without a thread. One that is needed for the next
            // piece of a live body is reserved then.
            Phase::Sending(_) | Phase::Draining(_) | Phase::Breaking(_) | Phase::Lingering(_) => {
                false
            }
        }
    }
}
