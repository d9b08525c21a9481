//! A store in one file.

mod checking;
mod commits;
mod compacting;
mod contents;
mod counting;
mod cursor;
mod database;
mod device;
mod engine;
mod entries;
mod examined;
mod failure;
mod held;
#[cfg(feature = "server")]
mod legacy;
#[cfg(feature = "server")]
mod legacy_entry;
mod limited_file;
mod locks;
mod medium;
mod place;
mod renewing;
mod reserve;
mod room;
mod sweeping;
mod tables;
#[cfg(test)]
pub(crate) mod tests;
mod unfinished;
mod unwritten;

use std::{
    fmt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use self::{
    commits::{Commits, Needs},
    contents::Contents,
    database::{Database, in_place},
    failure::Failure,
    held::Held,
    renewing::Renewal,
    room::Wanted,
    tables::{ANNEXES, COPIES, Limits, OWNERS, SESSIONS, Tables},
};
pub use self::{
    device::SyncFailed,
    place::{Damaged, InUse},
};
use crate::{
    key::Key,
    listed::Listed,
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::entry,
    version::Version,
};

/// A store in one file, for one process.
///
/// It sweeps itself: a call that adds a session also removes a few that are over. The number of
/// sessions and the bytes of their records are limited. At a limit it makes room as [`Store`] says.
/// A file that already exceeds a limit loses nothing, but takes no new session.
///
/// A write is durable before the call returns: it survives a `kill -9` of the process and a loss of
/// power. Simultaneous calls share one commit, so many threads write far more often than the disk
/// can sync. Several processes share a file through the session server.
///
/// A full disk affects only new sessions, which get [`StoreError::Full`]. For the live sessions the
/// disk reserves room past the end of the file: a 32nd of its length, at least 256 KiB and at most
/// 16 MiB. With it they can still be saved, ended and swept. (If the file system cannot reserve
/// room, new sessions begin while that much is free.)
///
/// If the disk refuses a write all the same, the call fails. The write can be read by this process,
/// and reaches the disk as soon as the disk takes it. Until then nothing else is written. After any
/// other error the file is opened again: its sessions can be read at once, and the whole file is
/// read before anything is written. Repeated attempts pause for longer each time, at most ten
/// seconds. After a failed sync the store serves nothing: see [`SyncFailed`].
///
/// Nothing in the file reveals the id of a session.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use wsgi_sessions::{FileStore, Key, Load, Record, Store};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("sessions.redb");
/// # let now = SystemTime::now();
/// # let minute = Duration::from_secs(60);
/// # let record = Record::new("visits=1", minute, 10 * minute, now)?;
/// let store = FileStore::open(&path)?;
/// store.create(&Key::of("an id"), &record, now)?;
/// drop(store);
///
/// let store = FileStore::open(&path)?;
/// let Load::Found(found) = store.load(&Key::of("an id"), now)? else { panic!("not found") };
/// assert_eq!(found.data, b"visits=1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileStore {
    contents: Contents,
    commits: Commits,
    /// Whether callers' clocks may be fast. If so, none of them decides alone what is over.
    is_shared: AtomicBool,
}

impl FileStore {
    /// The default of [`max_sessions`](Self::max_sessions).
    pub const DEFAULT_MAX_SESSIONS: u64 = 10_000_000;

    /// The default of [`max_bytes`](Self::max_bytes): 1 GiB.
    pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

    /// Opens the store at `path`, or creates it. A new file is accessible only to its owner, if the
    /// system has owners.
    ///
    /// The whole file is read and checked, which takes about half a second per 100 MB. A store that
    /// was not closed is repaired, and one whose creation was interrupted is created again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the file cannot be opened. Its source is [`InUse`] if another
    /// process has the file open, and [`Damaged`] if the file is not a store or has wrong bits.
    /// A damaged file stays as it is, even if the engine could repair it. [`StoreError::Full`] if
    /// the disk has no room for a new file, or if the process may not have files of its size
    /// (`ulimit -f`).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Database::open(path.as_ref()).map(Self::on)
    }

    /// Limits the number of sessions, by default to
    /// [`DEFAULT_MAX_SESSIONS`](Self::DEFAULT_MAX_SESSIONS).
    ///
    /// Retired ids do not count.
    #[must_use]
    pub fn max_sessions(mut self, max: u64) -> Self {
        self.contents.limits.sessions = max;
        self
    }

    /// Limits the bytes of all records together, by default to
    /// [`DEFAULT_MAX_BYTES`](Self::DEFAULT_MAX_BYTES).
    ///
    /// The copies that retired ids read count as well. The file takes about twice this size.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::{FileStore, Key, Record, Store, StoreError};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("sessions.redb");
    /// let store = FileStore::open(path)?.max_sessions(100).max_bytes(1_000);
    /// let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    /// let record = Record::new("x".repeat(2_000), hour, hour, now)?;
    /// let refused = store.create(&Key::of("an id"), &record, now);
    /// assert!(matches!(refused, Err(StoreError::Full)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn max_bytes(mut self, max: u64) -> Self {
        self.contents.limits.bytes = max;
        self
    }

    /// Prepares the store for callers in other processes, which have their own clocks.
    #[cfg(feature = "server")]
    pub(crate) fn share(&self) {
        self.is_shared.store(true, Relaxed);
    }

    /// Returns the time by which an operation at `now` sweeps other sessions.
    fn swept(&self, now: SystemTime) -> SystemTime {
        if self.is_shared.load(Relaxed) {
            now.min(SystemTime::now())
        } else {
            now
        }
    }

    fn on(database: Database) -> Self {
        let limits = Limits {
            sessions: Self::DEFAULT_MAX_SESSIONS,
            bytes: Self::DEFAULT_MAX_BYTES,
        };
        Self {
            contents: Contents::new(database, limits),
            commits: Commits::new(),
            is_shared: AtomicBool::new(false),
        }
    }

    fn write<T, F>(&self, needs: Needs, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        self.commits.run(&self.contents, needs, work)
    }

    /// Returns the session under a key, as a read-only transaction sees it.
    fn find(
        transaction: &redb::ReadTransaction,
        key: &Key,
        now: SystemTime,
    ) -> Result<Result<Held, StoreError>, redb::Error> {
        let bytes = key.as_bytes();
        let sessions = transaction.open_table(SESSIONS)?;
        let entry = sessions.get(bytes)?;
        let annex = || {
            let table = transaction.open_table(ANNEXES).map_err(Failure::of)?;
            let entry = table.get(bytes)?;
            Ok(held::decode_annex(
                entry.as_ref().map(redb::AccessGuard::value),
            )?)
        };
        let copy = || {
            let table = transaction.open_table(COPIES).map_err(Failure::of)?;
            let entry = table.get(bytes)?;
            Ok(held::decode_copy(
                entry.as_ref().map(redb::AccessGuard::value),
            )?)
        };
        let entry = entry.as_ref().map(redb::AccessGuard::value);
        match held::read(entry, annex, copy, now) {
            Ok(held) => Ok(Ok(held)),
            Err(Failure::Own(error)) => Ok(Err(error)),
            Err(Failure::Database(error)) => Err(error),
        }
    }
}

impl Store for FileStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        let swept = self.swept(now);
        let (key, record) = (*key, record.clone());
        self.write(Needs::new_place(&record), move |tables| {
            match held::standing(tables, &key, now)? {
                Held::Live(standing) if standing.version == record.version => return Ok(()),
                Held::Absent => held::clear(tables, &key)?,
                Held::Live(_) | Held::Retired(_) | Held::Marked => {
                    return Err(StoreError::Exists.into());
                }
            }
            tables.make_room(Wanted::session(&record), swept)?;
            held::put(tables, &key, &record, swept)?;
            held::doubt(tables, &key, &record)
        })
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let held = self
            .contents
            .database
            .read(|transaction| Self::find(transaction, key, now))??;
        Ok(match held {
            Held::Live(record) => Load::Found(record),
            Held::Retired(record) => Load::Retired(record),
            Held::Marked | Held::Absent => Load::Absent,
        })
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        let swept = self.swept(now);
        let (key, record) = (*key, record.clone());
        self.write(Needs::place_of(&record), move |tables| {
            let standing = match held::standing(tables, &key, now)? {
                Held::Live(standing) => standing,
                Held::Retired(_) | Held::Marked => return Ok(Write::Retired),
                Held::Absent => return Ok(Write::Gone),
            };
            if standing.version == record.version {
                return Ok(Write::Done);
            }
            if standing.version != expected {
                return Ok(Write::Conflict(standing));
            }
            // Before making room, so that this session is not removed for it.
            held::prove(tables, &key, &standing)?;
            tables.make_room(Wanted::growth(&standing, &record), swept)?;
            held::replace(tables, &key, &standing, &record)?;
            Ok(Write::Done)
        })
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let key = *key;
        self.write(Needs::NOTHING, move |tables| {
            let Held::Live(record) = held::standing(tables, &key, now)? else {
                return Ok(false);
            };
            held::prove(tables, &key, &record)?;
            let mut bytes = record.encode();
            if entry::touch(&mut bytes, idle_until) {
                tables.sessions.insert(key.as_bytes(), &bytes)?;
            }
            Ok(true)
        })
        .map_err(in_place)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        let swept = self.swept(now);
        let renewal = Renewal {
            old: *old,
            expected,
            new: *new,
            record: record.clone(),
            grace,
            now,
            swept,
        };
        self.write(Needs::place_of(record), move |tables| renewal.run(tables))
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        let key = *key;
        self.write(Needs::NOTHING, move |tables| {
            Ok(held::end(tables, &key, now)?.is_some())
        })
        .map_err(in_place)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        let [from, to] = held::places_of(owner);
        self.write(Needs::NOTHING, move |tables| {
            let (mut ended, mut retired) = (0, Vec::new());
            for place in tables.owners.keys(&from, &to)? {
                let held = held::take_out(tables, &held::owned_key(&place), now)?;
                ended += usize::from(matches!(held, Some(Held::Live(_))));
                if let Some(Held::Live(record) | Held::Retired(record)) = held {
                    retired.extend_from_slice(record.retired_keys());
                }
                // Another version, which does not know this table, may have ended it.
                tables.owners.remove(&place)?;
            }
            // A copy has retired keys that end with it, as every session does.
            held::end_retired(tables, &retired)?;
            Ok(ended)
        })
        .map_err(in_place)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        let [from, to] = held::places_of(owner);
        self.contents.database.read(|transaction| {
            let table = transaction.open_table(OWNERS)?;
            let mut listed = Vec::new();
            for place in entries::keys(&table, &from, &to)? {
                let key = held::owned_key(&place);
                if let Ok(Held::Live(record)) = Self::find(transaction, &key, now)? {
                    listed.extend(Listed::of(&key, &record));
                }
            }
            Ok(listed)
        })
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.sweep_next(&self.contents.sessions, at_most, now)
            .map_err(in_place)
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").finish_non_exhaustive()
    }
}
