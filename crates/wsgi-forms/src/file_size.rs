//! The system's limit for the size of a file.

use std::io;

/// Refuses a length beyond the limit for files of this process (setrlimit(2)): the system would end
/// the process for a write there, by the signal SIGXFSZ.
#[cfg(unix)]
pub(crate) fn check(length: u64) -> io::Result<()> {
    use rustix::{
        io::Errno,
        process::{Resource, getrlimit},
    };

    match getrlimit(Resource::Fsize).current {
        Some(limit) if length > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// Only Unix has such a limit.
#[cfg(not(unix))]
pub(crate) fn check(_length: u64) -> io::Result<()> {
    Ok(())
}
