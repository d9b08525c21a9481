//! Peers: their sockets, and how long the server waits for them.

pub(crate) mod address_limit;
pub(crate) mod agenda;
pub(crate) mod calling_thread;
#[cfg(feature = "tls")]
pub(crate) mod channel;
#[cfg(not(feature = "tls"))]
#[path = "peers/no_channel.rs"]
pub(crate) mod channel;
pub(crate) mod client;
pub(crate) mod cutoffs;
pub(crate) mod deadlines;
pub(crate) mod endpoint;
pub(crate) mod lookout;
pub(crate) mod patience;
pub(crate) mod peer;
pub(crate) mod requester;
pub(crate) mod socket;
pub(crate) mod watch;
pub(crate) mod watched;
