//! The numbers of a server for those who read them, with the feature `metrics`. Without it,
//! `no_metrics.rs` has the same names, and everything in it does nothing.
//!
//! A reader adds up what the [loops have counted](crate::counting). The numbers of what is there
//! now, connections and threads, are those that the server keeps anyway.

pub(crate) mod handle;
pub(crate) mod page;
pub(crate) mod snapshot;
