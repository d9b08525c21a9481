//! The signal for a file that has reached the system's limit.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use signal_hook::{consts::SIGXFSZ, flag};

/// Whether the signal is known not to end the process.
static IS_HARMLESS: Mutex<bool> = Mutex::new(false);

/// Makes a write beyond the limit for the size of files (`ulimit -f`) fail, as on a full disk.
///
/// Without this, the system ends the process for such a write by the signal SIGXFSZ, whether it is
/// of a log or of what a visitor sends. [`run`](crate::run()) and
/// [`Server::serve_until_stopped`](crate::Server::serve_until_stopped) begin with this. A program
/// that writes files earlier should call this first; so should one that serves by
/// [`Server::serve_forever`](crate::Server::serve_forever), which leaves signals alone.
///
/// The signal is caught for the whole process and for ever, and does nothing. Programs that the
/// process starts are ended by it as before. On Linux, a signal that was ignored at the start stays
/// ignored, also in those programs.
///
/// Needs the feature `signals`.
///
/// ```
/// wsgi_server::survive_file_size_limit()?;
/// let log = std::env::temp_dir().join(format!("log-{}", std::process::id()));
/// // An error, if this were too large a file.
/// assert!(std::fs::write(&log, "started\n").is_ok());
/// # std::fs::remove_file(log)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// The signal cannot be caught.
pub fn survive_file_size_limit() -> io::Result<()> {
    let mut is_harmless = IS_HARMLESS.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_harmless && !is_ignored() {
        flag::register(SIGXFSZ, Arc::default())?;
    }
    *is_harmless = true;
    Ok(())
}

/// Whether the process ignores the signal: a hexadecimal mask of signals tells (proc(5)).
#[cfg(target_os = "linux")]
fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u128::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (SIGXFSZ - 1) & 1 == 1)
}

/// Nothing tells so without unsafe code.
#[cfg(not(target_os = "linux"))]
fn is_ignored() -> bool {
    false
}
