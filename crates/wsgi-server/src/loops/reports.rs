//! The reports of requests whose deadline has passed.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicBool,
            Ordering::{Acquire, Release},
        },
    },
    time::Duration,
};

use wsgi_environ::{Environ, Errors, Outcome};

use crate::{guarded::guarded, new_thread::new_thread, thread_end::ThreadEnd};

/// The reports of requests whose deadline has passed. A thread of their own writes them, since the
/// errors stream and hooks are not the server's code, and all other threads may be stuck. It runs
/// only while there are reports.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    state: Mutex<State>,
    done: Condvar,
    /// Whether some wait, so that the monitor takes no lock if there are none.
    are_waiting: AtomicBool,
    stack_size: Option<usize>,
    thread_end: ThreadEnd,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Report>,
    /// The number of reports for which there was no room since the last one was taken.
    lost: usize,
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

/// The number of reports that wait at most. Only a log or a hook that hangs lets so many wait.
const MAX_WAITING: usize = 1000;

/// The time that the last reports may take when the server ends.
const LAST: Duration = Duration::from_secs(1);

impl Reports {
    /// Reports whose thread has this number of bytes of stack, and ends with this function.
    pub(crate) fn new(stack_size: Option<usize>, thread_end: ThreadEnd) -> Self {
        Self {
            stack_size,
            thread_end,
            ..Self::default()
        }
    }

    /// Has a report written. If too many wait, it is lost, and the log hears of the number.
    pub(crate) fn add(self: &Arc<Self>, report: Report) {
        if let Some(lost) = self.push(report) {
            guarded(|| drop(lost)); // its hooks are code of the program
        }
        self.are_waiting.store(true, Release);
        self.go_on();
    }

    /// Adds a report to those that wait, or returns it if there is no room.
    fn push(&self, report: Report) -> Option<Report> {
        let mut state = self.state();
        if state.waiting.len() >= MAX_WAITING {
            state.lost += 1;
            return Some(report);
        }
        state.waiting.push_back(report);
        None
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
        let started = new_thread("wsgi-reports".to_owned(), self.stack_size).spawn(run);
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
            while let Some((report, lost)) = self.next() {
                guarded(|| report.write(lost));
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

    /// Takes the next report, and the number of those that were lost.
    fn next(&self) -> Option<(Report, usize)> {
        let mut state = self.state();
        let report = state.waiting.pop_front()?;
        Some((report, mem::take(&mut state.lost)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// Writes it, and the number of reports that were `lost` before.
    fn write(self, lost: usize) {
        let Self {
            mut request,
            outcome,
            text,
        } = self;
        match lost {
            0 => wsgi_gateway::log_message(&request, format_args!("{text}")),
            lost => wsgi_gateway::log_message(
                &request,
                format_args!("{text}; {lost} reports of other requests were lost meanwhile"),
            ),
        }
        wsgi_gateway::run_hooks(&mut request, &outcome);
        Errors::end_entry();
        request.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering::SeqCst},
            mpsc,
        },
        thread,
        time::SystemTime,
    };

    use wsgi_environ::End;

    use super::*;

    #[test]
    fn reports_beside_a_hook_that_hangs_are_limited_and_the_log_hears_of_the_lost() {
        const LOST: usize = 3;
        let (release, released) = mpsc::channel::<()>();
        let (begun, released) = (Arc::new(AtomicUsize::new(0)), Mutex::new(released));
        let hook = Arc::new({
            let begun = begun.clone();
            move |_: &Environ, _: &Outcome| {
                if begun.fetch_add(1, SeqCst) == 0 {
                    released.lock().unwrap().recv().unwrap();
                }
            }
        });
        let (errors, log) = Errors::buffer();
        let report = || {
            let mut request = Box::new(Environ::new());
            request.set_errors(errors.clone());
            request.on_finished_or_overdue(hook.clone());
            Report {
                request,
                outcome: Outcome::new(End::TimedOut, SystemTime::now(), Duration::ZERO),
                text: "late".to_owned(),
            }
        };
        let reports = Arc::new(Reports::default());
        reports.add(report());
        while begun.load(SeqCst) == 0 {
            thread::yield_now();
        }
        for _ in 0..MAX_WAITING + LOST {
            reports.add(report());
        }
        release.send(()).unwrap();
        reports.finish();
        assert_eq!(begun.load(SeqCst), 1 + MAX_WAITING);
        let log = log.to_string();
        assert_eq!(log.lines().count(), 1 + MAX_WAITING);
        let lost = "late; 3 reports of other requests were lost meanwhile";
        let lines: Vec<_> = log.lines().filter(|line| line.ends_with(lost)).collect();
        assert_eq!(lines.len(), 1, "{log}");
    }
}
