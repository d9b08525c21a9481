//! Event loops: who runs them, and what they look after.

pub(crate) mod acceptor;
pub(crate) mod core;
pub(crate) mod crew;
pub(crate) mod event_loop;
pub(crate) mod key;
pub(crate) mod monitor;
pub(crate) mod shared;
pub(crate) mod slots;
pub(crate) mod timers;
pub(crate) mod worker;
