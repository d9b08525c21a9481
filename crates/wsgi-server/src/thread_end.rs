//! The end of a thread that may have run code of the application.

use std::{fmt, sync::Arc};

use crate::guarded::guarded;

/// The function that such a thread runs before it ends, if there is one.
#[derive(Clone, Default)]
pub(crate) struct ThreadEnd(Option<Arc<dyn Fn() + Send + Sync>>);

impl ThreadEnd {
    pub(crate) fn new(end: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self(Some(end))
    }

    /// Runs the function on the thread that is about to end.
    pub(crate) fn run(&self) {
        if let Some(end) = &self.0 {
            guarded(|| end());
        }
    }
}

impl fmt::Debug for ThreadEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThreadEnd").field(&self.0.is_some()).finish()
    }
}
