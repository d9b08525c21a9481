//! The numbers of a server, with the feature `metrics`. Without it, `no_metrics.rs` has the same
//! names, and everything in it does nothing.
//!
//! Each loop has a [shard](shard::Shard), to which the threads that run it or were detached from it
//! add. So no two loops write to the same cache line. A reader adds the shards up. The numbers of
//! what is there now, connections and threads, are those that the server keeps anyway.

pub(crate) mod handle;
pub(crate) mod measures;
pub(crate) mod method;
pub(crate) mod page;
pub(crate) mod reason;
pub(crate) mod recorder;
pub(crate) mod series;
pub(crate) mod shard;
pub(crate) mod snapshot;
