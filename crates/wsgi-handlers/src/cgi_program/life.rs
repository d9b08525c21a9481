//! The life of a program's process.

use std::{
    io,
    process::{Child, ChildStdin, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// The life of a program's process, which leads a process group. All threads that may end it share
/// it. Its lock makes sure that nobody kills a process which was waited for: another one may have
/// its number.
#[derive(Clone, Debug)]
pub(super) struct Life {
    group: Option<Pid>,
    end: Arc<Mutex<End>>,
}

/// The end of a process, and the reason for it.
#[derive(Debug, Default)]
struct End {
    exit: Option<ExitStatus>,
    /// The error that ended the body of the request.
    input_error: Option<io::Error>,
    /// The standard input, if the rest of the body can no longer be read: its end would look like
    /// that of the body.
    open_input: Option<ChildStdin>,
}

impl Life {
    pub(super) fn new(child: &Child) -> Self {
        Self {
            group: i32::try_from(child.id()).ok().and_then(Pid::from_raw),
            end: Arc::default(),
        }
    }

    /// Kills the process and its group.
    pub(super) fn kill(&self) {
        self.kill_as(&self.end());
    }

    /// Kills the process, because there is no whole body of the request.
    pub(super) fn kill_without_body(&self, error: io::Error) {
        let mut end = self.end();
        self.kill_as(&end);
        end.input_error = Some(error);
    }

    /// The error of the request's body, because of which the process was killed.
    pub(super) fn take_input_error(&self) -> Option<io::Error> {
        self.end().input_error.take()
    }

    /// Keeps the standard input open for as long as the process lives.
    pub(super) fn keep_open(&self, input: ChildStdin) {
        self.end().open_input = Some(input);
    }

    /// The end of the process; `None` if it runs.
    pub(super) fn ended(&self, child: &mut Child) -> io::Result<Option<ExitStatus>> {
        let mut end = self.end();
        if end.exit.is_none() {
            end.exit = child.try_wait()?;
        }
        Ok(end.exit)
    }

    /// Kills the process, unless it has ended, and waits for its end.
    pub(super) fn finish(&self, child: &mut Child) {
        let mut end = self.end();
        if end.exit.is_none() {
            self.kill_as(&end);
            end.exit = child.wait().ok(); // soon, since nothing outlives SIGKILL
        }
    }

    fn kill_as(&self, end: &End) {
        if let (None, Some(group)) = (end.exit, self.group) {
            let _ = kill_process_group(group, Signal::KILL); // it may have ended
        }
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
