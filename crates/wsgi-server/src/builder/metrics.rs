//! The setting of the numbers that a server keeps.

use crate::{
    builder::Builder,
    metrics::handle::{Metrics, Recording},
};

impl Builder {
    /// Keeps numbers of requests, connections and threads in `metrics`; by default none are kept.
    ///
    /// [`Metrics`] says which numbers, and what they cost.
    pub fn metrics(mut self, metrics: &Metrics) -> Self {
        self.recording = Recording::of(metrics);
        self
    }
}
