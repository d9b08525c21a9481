//! The work after a response.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use wsgi_environ::{End, Environ, Outcome};
use wsgi_gateway::run_hooks;

use super::{Ending, Tail};
use crate::{pool::Opened, shared::Shared};

/// The end of a request, which belongs on a thread if there are hooks or a tail.
pub(crate) struct Closing {
    pub(crate) shared: Arc<Shared>,
    /// `None` if there is nobody to tell of the end.
    pub(crate) environ: Option<Box<Environ>>,
    pub(crate) end: End,
    pub(crate) status: Option<u16>,
    pub(crate) started: SystemTime,
    pub(crate) clock: Instant,
    /// The rest of the response, which must be dropped on a thread.
    pub(crate) tail: Option<Tail>,
    pub(crate) opened: Opened,
}

/// The part of a response that the task has taken.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) bytes: u64,
    pub(crate) is_whole: bool,
}

impl Closing {
    /// The end of the response, once everything before it is taken.
    pub(crate) fn ending(&self) -> Ending {
        match self.end {
            End::Complete => Ending::Whole,
            _ if self.status.is_none() => Ending::Whole, // there is no body that could be broken
            _ => Ending::Broken,
        }
    }

    /// Whether it needs a thread. Otherwise the drop is enough.
    pub(crate) fn needs_thread(&self) -> bool {
        self.environ.is_some() || self.tail.is_some()
    }

    /// Ends the request, on a thread.
    pub(crate) fn close(self, broken: bool, taken: Taken) {
        let Self {
            shared,
            environ,
            end,
            status,
            started,
            clock,
            tail,
            opened,
        } = self;
        let duration = clock.elapsed();
        let end = end.and(match (broken, taken.is_whole) {
            (true, _) => End::Failed,
            (false, true) => End::Complete,
            (false, false) => End::Disconnected,
        });
        if let Some(mut environ) = environ {
            if let Some(mut tail) = tail {
                tail.report(&shared.engine, &environ);
            }
            let outcome = Outcome::new(end, started, duration)
                .with_status_code(status)
                .with_bytes(taken.bytes, taken.bytes);
            run_hooks(&mut environ, &outcome);
        }
        drop(opened); // the last, so that a shutdown waits for it
    }
}
