//! Connections: the state of each, and what is on its way to its peer.

pub(crate) mod answer;
pub(crate) mod breaking;
pub(crate) mod connection;
pub(crate) mod draining;
pub(crate) mod finishing;
pub(crate) mod key;
pub(crate) mod lingering;
pub(crate) mod live_outgoing;
pub(crate) mod next;
pub(crate) mod opening;
pub(crate) mod outgoing;
pub(crate) mod pace;
pub(crate) mod partial;
pub(crate) mod phase;
pub(crate) mod spooling;
pub(crate) mod waiting;
