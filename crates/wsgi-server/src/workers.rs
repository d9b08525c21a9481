//! The threads: they run the loops, drive connections on and answer requests.

pub(crate) mod answer;
pub(crate) mod conclusion;
pub(crate) mod drive;
pub(crate) mod flow;
pub(crate) mod kit;
pub(crate) mod monitor;
pub(crate) mod receiving;
pub(crate) mod sending;
pub(crate) mod spooling;
pub(crate) mod worker;
