//! The limit of open file descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The highest limit that macOS accepts where it reports an infinite one.
const OPEN_MAX: u64 = 10_240;

/// Raises the process's limit of open descriptors, usually 1,024, to the highest that the system
/// allows. Each connection takes a descriptor. If the system refuses, the limit stays.
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
