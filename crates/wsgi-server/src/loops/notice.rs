//! The lines in the log about a server's load.

use std::{fmt, io, net::SocketAddr};

use crate::loops::{shortage::Shortage, throttle::Untold};

/// A line for the log, about what the load of a server has cost clients.
pub(crate) enum Notice {
    /// Idle connections gave way to new clients, or none could.
    GaveWay {
        shortage: Shortage,
        max_connections: usize,
        closed: usize,
    },
    /// Clients were turned away whose address had too many connections.
    TurnedAway {
        max_connections_per_address: usize,
        clients: u64,
    },
    /// Peers were refused that may not connect to the socket.
    NotAllowed { peer: SocketAddr, untold: Untold },
    /// The system let no client be accepted.
    NotAccepted { error: io::Error, untold: Untold },
    /// The system refused a spare thread.
    NoThread { error: String, untold: Untold },
    /// Requests were refused that had to wait for a thread.
    Overloaded { max_threads: usize, refused: u64 },
    /// A response broke off because of its body.
    Broken { cause: Cause, untold: Untold },
}

/// The part of a body that broke its response off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A file that ended before its length, or could not be read.
    File,
    /// The owner of a chunk, which did not return its bytes.
    Owner,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GaveWay {
                shortage,
                max_connections,
                closed,
            } => {
                match shortage {
                    Shortage::ConnectionLimit => {
                        write!(f, "the limit of {max_connections} connections is reached")
                    }
                    Shortage::Descriptors => {
                        f.write_str("the system has no file descriptor left (see `ulimit -n`)")
                    }
                }?;
                match closed {
                    0 => f.write_str(": new clients wait"),
                    1 => f.write_str(": closed an idle one for a new client"),
                    closed => write!(f, ": closed {closed} idle ones for new clients"),
                }
            }
            Self::TurnedAway {
                max_connections_per_address: limit,
                clients,
            } => {
                write!(
                    f,
                    "the limit of {limit} connections per address is reached: "
                )?;
                match clients {
                    1 => f.write_str("turned a client away"),
                    clients => write!(f, "turned {clients} clients away"),
                }
            }
            Self::NotAllowed { peer, untold } => {
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                write!(
                    f,
                    "the connection from {peer} was refused{untold}: the peer is not allowed"
                )
            }
            Self::NotAccepted { error, untold } => {
                write!(f, "accepting clients failed{untold}: {error}")
            }
            Self::NoThread { error, untold } => {
                write!(
                    f,
                    "starting a thread failed{untold}: {error}; look at TasksMax, pids.max and ulimit -u"
                )
            }
            Self::Overloaded {
                max_threads,
                refused,
            } => {
                write!(f, "all {max_threads} threads are busy: ")?;
                match refused {
                    1 => f.write_str("refused a request"),
                    refused => write!(f, "refused {refused} requests"),
                }
            }
            Self::Broken { cause, untold } => {
                let cause = match cause {
                    Cause::File => "its file became shorter, or could not be read",
                    Cause::Owner => "the owner of its bytes lost them, or panicked",
                };
                write!(f, "a response was cut{untold}: {cause}")
            }
        }
    }
}
