//! The other side of a connection: its socket, and how long it is waited for.

pub(crate) mod patience;
pub(crate) mod peer;
pub(crate) mod socket;
