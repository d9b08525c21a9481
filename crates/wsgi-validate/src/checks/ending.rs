//! The end of a request.

use std::{sync::Arc, thread};

use wsgi_environ::{Environ, Outcome};

use crate::{
    rule::rules,
    watch::{Stage, Watch},
};

rules! {
    /// The hooks of a request run at its end.
    HOOKS_RUN: Gateway, Violation, "wsgi-environ, Environ::on_finished";
    /// A body is dropped before the hooks run, even if it was not sent.
    BODY_CLOSED: Gateway, Violation, "PEP 3333, Specification Details";
    /// A response whose body failed after its first bytes is not treated as complete.
    BODY_FAILED: Gateway, Warning, "PEP 3333, Error Handling; RFC 9112 section 8";
}

use rules::*;

/// Watches for the end of a request.
pub(crate) fn watch(environ: &mut Environ, watch: &Arc<Watch>) {
    let mut ending = Ending {
        watch: Arc::clone(watch),
        has_run: false,
    };
    environ.on_finished(move |_, outcome| ending.run(outcome));
}

/// A hook that notices if it is dropped without having run.
struct Ending {
    watch: Arc<Watch>,
    has_run: bool,
}

impl Ending {
    fn run(&mut self, outcome: &Outcome) {
        self.has_run = true;
        if self.watch.is_body_open() {
            self.watch.noted(BODY_CLOSED, "the body is not dropped yet");
        }
        if self.watch.has_body_failed() && outcome.is_complete() {
            self.watch
                .noted(BODY_FAILED, "the hooks learn that it is complete");
        }
        self.watch.reach(Stage::Finished);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.has_run && !thread::panicking() {
            self.watch
                .noted(HOOKS_RUN, "they were dropped without having run");
        }
        self.watch.reach(Stage::Finished);
    }
}
