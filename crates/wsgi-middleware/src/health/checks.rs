//! The checks of a program, which run in rounds.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use wsgi_environ::Environ;

use super::check::Check;

/// All checks, and the results of their last round.
///
/// A request that comes while a round runs waits for its end, and gets its results. So strangers
/// who ask often do not make the checks run more often.
pub(super) struct Checks {
    list: Vec<Check>,
    pub(super) interval: Duration,
    last: Mutex<Option<Round>>,
}

/// The results of a round.
#[derive(Clone)]
pub(super) struct Round {
    end: Instant,
    pub(super) has_succeeded: bool,
    /// A line for each check.
    pub(super) lines: String,
}

impl Checks {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            list: Vec::new(),
            interval,
            last: Mutex::new(None),
        }
    }

    pub(super) fn add(&mut self, check: Check) {
        self.list.push(check);
    }

    /// The results for a request that came at this time, if there are checks.
    pub(super) fn results(&self, environ: &Environ, came: Instant) -> Option<Round> {
        if self.list.is_empty() {
            return None;
        }
        // After a panic of a check, the last results are as good as before.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(round) if came.saturating_duration_since(round.end) < self.interval => {}
            Some(round) if came < round.end => {}
            _ => *last = Some(self.run(environ)),
        }
        last.clone()
    }

    fn run(&self, environ: &Environ) -> Round {
        let mut has_succeeded = true;
        let mut lines = String::new();
        for check in &self.list {
            let succeeds = check.run(environ);
            has_succeeded &= succeeds;
            let result = if succeeds { "ok" } else { "failed" };
            lines.extend([&*check.name, ": ", result, "\n"]);
        }
        Round {
            end: Instant::now(),
            has_succeeded,
            lines,
        }
    }
}
