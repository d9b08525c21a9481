//! A server's shortage when clients come, and the line in the log about it.

use std::fmt;

/// The resource that is missing for a further client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    ConnectionLimit,
    Descriptors,
}

/// A line for the log, about connections that gave way.
pub(crate) struct Notice {
    pub(super) shortage: Shortage,
    pub(super) max_connections: usize,
    pub(super) closed: usize,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shortage {
            Shortage::ConnectionLimit => {
                let limit = self.max_connections;
                write!(f, "the limit of {limit} connections is reached")
            }
            Shortage::Descriptors => {
                f.write_str("the system has no file descriptor left (see `ulimit -n`)")
            }
        }?;
        match self.closed {
            0 => f.write_str(": new clients wait"),
            1 => f.write_str(": closed an idle one for a new client"),
            closed => write!(f, ": closed {closed} idle ones for new clients"),
        }
    }
}
