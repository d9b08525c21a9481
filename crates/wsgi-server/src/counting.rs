//! The counters to which loops add, with the feature `metrics`. Without it, `no_counting.rs` has
//! the same names, and everything in it does nothing.
//!
//! Each loop has a [shard](shard::Shard), to which the threads that run it or were detached from it
//! add. So no two loops write to the same cache line.

pub(crate) mod measures;
pub(crate) mod method;
pub(crate) mod reason;
pub(crate) mod recorder;
pub(crate) mod series;
pub(crate) mod shard;
