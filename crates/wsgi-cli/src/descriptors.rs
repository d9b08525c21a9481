//! How many descriptors the process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most that macOS gives a process whose limit it calls infinite.
const OPEN_MAX: u64 = 10_240;

/// Raises the limit that the process begins with, 1,024 in most places, to the most that it may
/// have: each connection takes a descriptor. Where the system refuses, it stays.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let limit = |current| setrlimit(Resource::Nofile, Rlimit { current, maximum });
    if limit(maximum).is_err() && maximum.is_none() {
        let _ = limit(Some(current.unwrap_or_default().max(OPEN_MAX)));
    }
}
