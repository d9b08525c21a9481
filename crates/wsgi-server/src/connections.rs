//! Connections: their sockets, and how each is driven on.

pub(crate) mod connection;
pub(crate) mod drive;
pub(crate) mod finishing;
pub(crate) mod next;
pub(crate) mod outgoing;
pub(crate) mod patience;
pub(crate) mod peer;
pub(crate) mod socket;
