//! A request at its end, as a line describes it.

use wsgi_environ::{Environ, Outcome};

use crate::access_log::timestamp::Timestamp;

/// A request that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) environ: &'a Environ,
    pub(super) outcome: &'a Outcome,
    /// When the request's head had arrived.
    pub(super) received: Timestamp,
    /// The name of the thread that called the application.
    pub(super) thread: Option<&'a str>,
}

impl<'a> Entry<'a> {
    pub(super) fn new(environ: &'a Environ, outcome: &'a Outcome, thread: Option<&'a str>) -> Self {
        Self {
            environ,
            outcome,
            received: outcome.started().into(),
            thread,
        }
    }
}
