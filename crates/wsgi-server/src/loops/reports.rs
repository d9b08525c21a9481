//! The reports of requests whose deadline has passed.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool,
            Ordering::{Acquire, Release},
        },
    },
    thread,
    time::Duration,
};

use wsgi_environ::{Environ, Errors, Outcome};

use crate::{guarded::guarded, thread_end::ThreadEnd};

/// The reports of requests whose deadline has passed. A thread of their own writes them, since the
/// errors stream and hooks are not the server's code, and all other threads may be stuck. It runs
/// only while there are reports.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    state: Mutex<State>,
    done: Condvar,
    /// Whether some wait, so that the monitor takes no lock if there are none.
    are_waiting: AtomicBool,
    thread_end: ThreadEnd,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Report>,
    /// Whether the thread runs.
    is_running: bool,
}

/// A report of a request.
#[derive(Debug)]
pub(crate) struct Report {
    /// A copy of the request, with the hooks that run now.
    pub(crate) request: Box<Environ>,
    pub(crate) outcome: Outcome,
    /// The text for the log.
    pub(crate) text: String,
}

/// The time that the last reports may take when the server ends.
const LAST: Duration = Duration::from_secs(1);

impl Reports {
    /// Reports whose thread ends with this function.
    pub(crate) fn new(thread_end: ThreadEnd) -> Self {
        Self {
            thread_end,
            ..Self::default()
        }
    }

    /// Has a report written.
    pub(crate) fn add(self: &Arc<Self>, report: Report) {
        self.state().waiting.push_back(report);
        self.are_waiting.store(true, Release);
        self.go_on();
    }

    /// Starts the thread if reports wait for one. The system may have refused it before.
    pub(crate) fn go_on(self: &Arc<Self>) {
        if !self.are_waiting.load(Acquire) {
            return;
        }
        let mut state = self.state();
        if state.is_running || state.waiting.is_empty() {
            return;
        }
        let reports = self.clone();
        let run = move || reports.write();
        let started = thread::Builder::new()
            .name("wsgi-reports".to_owned())
            .spawn(run);
        state.is_running = started.is_ok();
    }

    /// Waits for the last reports, for a limited time.
    pub(crate) fn finish(&self) {
        let state = self.state();
        let _ = self
            .done
            .wait_timeout_while(state, LAST, |state| state.is_running);
    }

    fn write(&self) {
        loop {
            while let Some(report) = self.next() {
                guarded(|| report.write());
            }
            self.thread_end.run();
            let mut state = self.state();
            if state.waiting.is_empty() {
                state.is_running = false;
                self.are_waiting.store(false, Release);
                self.done.notify_all();
                return;
            }
        }
    }

    fn next(&self) -> Option<Report> {
        self.state().waiting.pop_front()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    fn write(self) {
        let Self {
            mut request,
            outcome,
            text,
        } = self;
        wsgi_gateway::log_message(&request, format_args!("{text}"));
        wsgi_gateway::run_hooks(&mut request, &outcome);
        Errors::end_entry();
        request.clear();
    }
}
