//! Ending by SIGINT and SIGTERM.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::pipe,
};

use crate::say;

/// Ends a command by SIGINT and SIGTERM. The first signal calls `end`. A second one ends the
/// program at once, as a signal that is not caught does.
pub(crate) fn end_on_signals(
    command: &'static str,
    end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
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
            say(format_args!("wsgi {command}: ending"));
            end();
        }
    };
    thread::Builder::new()
        .name("wsgi-signals".to_owned())
        .spawn(wait)
        .map(drop)
}
