//! The threads: they run the loops, drive connections and answer requests.

pub(crate) mod driver;
pub(crate) mod flow;
pub(crate) mod kit;
pub(crate) mod monitor;
pub(crate) mod steps;
pub(crate) mod tenure;
pub(crate) mod threads;
pub(crate) mod worker;
