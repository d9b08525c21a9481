//! Event loops: what each looks after, and what they share.

pub(crate) mod acceptor;
pub(crate) mod admission;
pub(crate) mod core;
pub(crate) mod crew;
pub(crate) mod crowd;
pub(crate) mod doze;
pub(crate) mod event_loop;
pub(crate) mod places;
pub(crate) mod pressure;
pub(crate) mod resting;
pub(crate) mod shared;
pub(crate) mod slots;
pub(crate) mod timers;
