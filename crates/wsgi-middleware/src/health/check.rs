//! A check of one thing that a program needs.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use wsgi_application::Error;
use wsgi_environ::Environ;

use crate::log::log_failure;

/// A check, and whether it failed the last time.
pub(super) struct Check {
    pub(super) name: Cow<'static, str>,
    run: Box<Run>,
    has_failed: AtomicBool,
}

pub(super) type Run = dyn Fn() -> Result<(), Error> + Send + Sync;

impl Check {
    #[track_caller]
    pub(super) fn new(name: Cow<'static, str>, run: Box<Run>) -> Self {
        let is_line = !name.chars().any(char::is_control);
        assert!(is_line, "{name:?} has a control character");
        Self {
            name,
            run,
            has_failed: AtomicBool::new(false),
        }
    }

    /// Runs the check. Returns whether it succeeds. The log hears of changes alone, because load
    /// balancers ask often.
    pub(super) fn run(&self, environ: &Environ) -> bool {
        let name = &self.name;
        match (self.run)() {
            Ok(()) => {
                if self.has_failed.swap(false, Relaxed) {
                    environ
                        .errors()
                        .print(format_args!("the health check {name} succeeds again"));
                }
                true
            }
            Err(error) => {
                if !self.has_failed.swap(true, Relaxed) {
                    let messages: Vec<_> = error.messages().collect();
                    let problem = messages.join(": ");
                    let problem = format!("the health check {name} fails: {problem}");
                    log_failure(environ, &Error::from(problem));
                }
                false
            }
        }
    }
}
