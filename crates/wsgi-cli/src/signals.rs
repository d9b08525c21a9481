//! Ending when the system says so.

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

/// Lets SIGINT and SIGTERM end a command: the first of them gracefully, by `end`, a second one the
/// program, at once and as if it had never been caught.
pub(crate) fn end_on_signals(
    command: &'static str,
    end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let (mut signalled, wake) = UnixStream::pair()?;
    let is_ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // These run in this order: the first signal still finds the flag false.
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
