//! Tasks with a store of sessions: numbers, a check, and compacting.

use std::{
    error::Error,
    fmt::{self, Write as _},
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use wsgi_sessions::{Damaged, FileStore, InUse, SocketStore, Statistics, StoreError};

use crate::{
    command::StoreTask,
    failure::{cannot, is_missing},
};

/// The time that a server has to count its sessions.
const PATIENCE: Duration = Duration::from_secs(120);

/// Does the task, and returns what it tells.
///
/// # Errors
///
/// The store cannot be reached, or [is damaged](DamagedStore).
pub(crate) fn run(task: &StoreTask) -> io::Result<String> {
    let now = SystemTime::now();
    match task {
        StoreTask::Stats(place) => {
            let statistics = match (&place.socket, &place.database) {
                (Some(socket), _) => {
                    let server = SocketStore::new(socket).answer_timeout(PATIENCE);
                    server.statistics(now).map_err(|error| unanswered(&error))?
                }
                (None, Some(file)) => count("count the sessions of", file, now)?,
                (None, None) => Statistics::default(),
            };
            Ok(describe(&statistics, now))
        }
        StoreTask::Check(file) => {
            let statistics = count("check", &file.database, now)?;
            let (path, unreadable) = (file.database.display(), statistics.unreadable);
            if unreadable > 0 {
                let problem = format!(
                    "{path} is whole, but {unreadable} entries cannot be read: they are damaged, \
                     or were written by a later version"
                );
                return Err(io::Error::other(DamagedStore(problem)));
            }
            Ok(format!("{path} is whole\n{}", describe(&statistics, now)))
        }
        StoreTask::Compact(file) => {
            let path = file.database.display();
            let (before, after) = FileStore::compact(&file.database)
                .map_err(|error| failed(&format!("compact {path}"), &error))?;
            Ok(format!("{path} had {before} bytes, and has {after}\n"))
        }
    }
}

/// Checks a file and counts what is in it, for an action that an error names.
fn count(action: &str, file: &Path, now: SystemTime) -> io::Result<Statistics> {
    let path = file.display();
    FileStore::check(file, now).map_err(|error| failed(&format!("{action} {path}"), &error))
}

/// The error of a server that did not answer. It names the server itself.
fn unanswered(error: &StoreError) -> io::Error {
    let error = failed("count the sessions", error);
    io::Error::other(format!(
        "{error}; start the server, or read its file with `stats --database FILE`"
    ))
}

fn failed(action: &str, error: &StoreError) -> io::Error {
    let StoreError::Unavailable(cause) = error else {
        return cannot(action, error);
    };
    if let Some(damaged) = cause.downcast_ref::<Damaged>() {
        let mut problem = format!("cannot {action}: {damaged}");
        if let Some(bytes) = damaged.bytes() {
            let _ = write!(
                problem,
                "\nthe first wrong bytes are among those from {} to {}",
                bytes.start,
                bytes.end.saturating_sub(1)
            );
        }
        return io::Error::other(DamagedStore(problem));
    }
    let error = cannot(action, &**cause);
    if cause.is::<InUse>() {
        io::Error::other(format!(
            "{error}; end that process first, or ask a session server with `stats --socket PATH`"
        ))
    } else if is_missing(&**cause) {
        io::Error::other(format!("{error}; name the file of a session store"))
    } else {
        error
    }
}

/// The numbers, one on each line.
fn describe(statistics: &Statistics, now: SystemTime) -> String {
    let mut text = String::new();
    let lines = [
        ("live sessions", statistics.live),
        ("not proved by a cookie", statistics.unproved),
        ("retired ids", statistics.retired),
        ("expired entries", statistics.expired),
        ("entries that cannot be read", statistics.unreadable),
        ("values of WSGI Utils", statistics.legacy),
        ("bytes of entries", statistics.entry_bytes),
        ("bytes of the file", statistics.file_bytes),
    ];
    let ages = [
        ("seconds since the last use of any", statistics.newest_use),
        ("seconds since the last use, at most", statistics.oldest_use),
    ];
    let age = |time: SystemTime| now.duration_since(time).unwrap_or_default().as_secs();
    let ages = ages.map(|(name, time)| time.map(|time| (name, age(time))));
    for (name, number) in lines.into_iter().chain(ages.into_iter().flatten()) {
        let _ = writeln!(text, "{name}: {number}");
    }
    text
}

/// The error of a damaged store, for which the program has an exit code.
#[derive(Debug)]
pub(crate) struct DamagedStore(String);

impl DamagedStore {
    /// Whether an error is about a damaged store.
    pub(crate) fn is(error: &io::Error) -> bool {
        error
            .get_ref()
            .is_some_and(<dyn Error + Send + Sync>::is::<Self>)
    }
}

impl fmt::Display for DamagedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for DamagedStore {}
