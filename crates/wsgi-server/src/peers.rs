//! Peers: their sockets, and how long the server waits for them.

pub(crate) mod patience;
pub(crate) mod peer;
pub(crate) mod socket;
