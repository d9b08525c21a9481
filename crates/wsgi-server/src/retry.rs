//! System calls that a signal has ended.

use std::io;
#[cfg(any(feature = "notify", feature = "restart"))]
use std::time::Duration;

#[cfg(any(feature = "notify", feature = "restart"))]
use crate::instant::Instant;

/// Repeats a call that does not wait until no signal ends it.
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Repeats a call until no signal ends it, but not after the `end`. Even with SA_RESTART, the
/// system does not repeat those on a socket with a time limit (signal(7)). `limit` sets the limit
/// to what is left, or to a millisecond; another thread with the same socket may set it in between.
#[cfg(any(feature = "notify", feature = "restart"))]
pub(crate) fn retry_until<T>(
    end: Instant,
    limit: impl Fn(Option<Duration>) -> io::Result<()>,
    mut call: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    use io::ErrorKind::{Interrupted, InvalidInput, TimedOut, WouldBlock};

    loop {
        let left = end.saturating_duration_since(Instant::now());
        match limit(Some(left.max(Duration::from_millis(1)))) {
            // macOS refuses it once the other end is closed. Then the call does not wait.
            Err(error) if error.kind() == InvalidInput => {}
            set => set?,
        }
        match call() {
            Err(error) if matches!(error.kind(), Interrupted | TimedOut | WouldBlock) => {
                if left.is_zero() {
                    return Err(TimedOut.into());
                }
            }
            result => return result,
        }
    }
}

#[cfg(all(test, target_os = "linux", feature = "restart", feature = "signals"))]
pub(crate) mod tests {
    use std::{
        fs,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering::SeqCst},
            mpsc,
        },
        thread,
    };

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::{consts::SIGUSR1, flag};

    /// Has a thread wait in a call, interrupts it by signals, and ends the wait.
    pub(crate) fn interrupted<T: Send>(
        call: impl FnOnce() -> T + Send,
        end_wait: impl FnOnce(),
    ) -> T {
        interrupted_times(3, call, end_wait)
    }

    /// The same with so many signals that each comes long before a wait of some ms would end.
    pub(crate) fn interrupted_often<T: Send>(
        call: impl FnOnce() -> T + Send,
        end_wait: impl FnOnce(),
    ) -> T {
        interrupted_times(20_000, call, end_wait)
    }

    fn interrupted_times<T: Send>(
        times: usize,
        call: impl FnOnce() -> T + Send,
        end_wait: impl FnOnce(),
    ) -> T {
        let is_handled = Arc::new(AtomicBool::new(false));
        flag::register(SIGUSR1, is_handled.clone()).unwrap();
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            let calling = scope.spawn(move || {
                tell.send(fs::read_link("/proc/thread-self").unwrap())
                    .unwrap();
                call()
            });
            let path = told.recv().unwrap();
            let id = path.file_name().and_then(|id| id.to_str()?.parse().ok());
            let thread = id.and_then(Pid::from_raw).expect("the id of a thread");
            let is_waiting = || {
                let state = fs::read_to_string(format!("/proc/{}/stat", path.display()));
                state.is_ok_and(|state| state.contains(") S "))
            };
            for _ in 0..times {
                if calling.is_finished() {
                    break;
                }
                while !calling.is_finished() && !is_waiting() {
                    thread::yield_now();
                }
                is_handled.store(false, SeqCst);
                // A signal to the id of a thread is handled there, unless it is blocked.
                while !calling.is_finished() && !is_handled.load(SeqCst) {
                    let _ = kill_process(thread, Signal::USR1);
                    thread::yield_now();
                }
            }
            end_wait();
            calling.join().unwrap()
        })
    }
}
