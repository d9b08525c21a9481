//! The phase of a parent.

/// The phase of a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first workers are starting.
    Starting,
    Serving,
    /// New workers are starting, and the former ones serve.
    Restarting,
    Ending,
}
