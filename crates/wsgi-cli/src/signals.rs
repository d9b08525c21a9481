//! The signals of the program: the end by SIGINT and SIGTERM, reading files again on SIGHUP, and
//! opening the access log again on SIGUSR1. Restarts by SIGUSR2 are those of
//! [`processes`](crate::processes).

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGUSR1},
    flag,
    low_level::pipe,
};

use wsgi::middleware::LogHandle;

/// Ends a command by SIGINT and SIGTERM. The first signal calls `end`. A second one ends the
/// program at once, as a signal that is not caught does.
pub(crate) fn end_on_signals(end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (mut signalled, wake) = UnixStream::pair()?;
    let is_ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // These run in this order, so the first signal still finds the flag unset.
        flag::register_conditional_default(signal, Arc::clone(&is_ending))?;
        flag::register(signal, Arc::clone(&is_ending))?;
        pipe::register(signal, wake.try_clone()?)?;
    }
    let wait = move || {
        if signalled.read_exact(&mut [0]).is_ok() {
            end();
        }
    };
    thread::Builder::new()
        .name("wsgi-signals".to_owned())
        .spawn(wait)
        .map(drop)
}

/// Opens the access log again at each SIGUSR1. Without a log, the signal is ignored, so that the
/// script of a rotation does not end the program.
pub(crate) fn reopen_on_signal(log: Option<LogHandle>) -> io::Result<()> {
    let Some(log) = log else {
        return flag::register(SIGUSR1, Arc::default()).map(drop);
    };
    let reopen = move || log.reopen();
    at_each(SIGUSR1, "wsgi-reopen", reopen)
}

/// Runs an action at each signal, on a thread of its own.
pub(crate) fn at_each(
    signal: i32,
    thread: &str,
    mut action: impl FnMut() + Send + 'static,
) -> io::Result<()> {
    let (mut signalled, wake) = UnixStream::pair()?;
    pipe::register(signal, wake)?;
    let wait = move || {
        // Several signals at once need one action.
        while signalled.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {
            action();
        }
    };
    thread::Builder::new()
        .name(thread.to_owned())
        .spawn(wait)
        .map(drop)
}
