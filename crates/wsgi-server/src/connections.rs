//! Connections: what each is about, and what is on its way to its peer.

pub(crate) mod breaking;
pub(crate) mod connection;
pub(crate) mod finishing;
pub(crate) mod key;
pub(crate) mod lingering;
pub(crate) mod next;
pub(crate) mod outgoing;
pub(crate) mod spooling;
