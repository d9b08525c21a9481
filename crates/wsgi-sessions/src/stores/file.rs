//! A store in one file.

mod commits;
mod database;
mod device;
mod engine;
mod held;
#[cfg(feature = "server")]
mod legacy;
mod limits;
mod medium;
mod place;
mod renewing;
mod reserve;
mod sweeping;
mod tables;
#[cfg(test)]
pub(crate) mod tests;
mod unwritten;

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use self::commits::{Commits, Needs};
use self::database::{Database, Failed, in_place};
pub use self::device::SyncFailed;
use self::held::Held;
use self::limits::{Limits, Wanted};
pub use self::place::{Damaged, InUse};
use self::renewing::Renewal;
use self::sweeping::Cursor;
use self::tables::{ANNEXES, COPIES, Failure, OWNERS, SESSIONS, Tables};
use crate::stores::entry;
use crate::{Key, Listed, Load, Record, Store, StoreError, Version, Write};

/// Keeps sessions in one file, for one process.
///
/// It sweeps itself: what adds sessions also removes a few that are over. It is bounded in the number
/// of sessions and the bytes of their records, and then makes room as [`Store`] says; a file that has
/// more already loses nothing, and takes no new session.
///
/// What was written is durable before the call returns, and survives a `kill -9` of the process or
/// the loss of power. Calls that come at the same time share one commit, so that many threads
/// write far more often than the disk can sync. Several processes share a file through the session
/// server.
///
/// A full disk keeps new sessions out with [`StoreError::Full`], and nobody else: past the end of
/// the file the disk keeps room for those that live, a 32nd of the file, 256 KiB at least and
/// 16 MiB at most, so that they can be saved and ended, and swept. (Where a file system keeps none
/// ahead, new sessions begin while as much is free.) What a disk refuses all the same is an error,
/// is read by this process, and is written as soon as the disk takes it; nothing else is written
/// before. After another error the file is opened again: what stands can be read at once, and is
/// read whole before anything is written. Trying again rests, longer each time, ten seconds at most.
/// After a sync that failed nothing is served any more: see [`SyncFailed`].
///
/// Nothing in the file tells a session's id.
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
/// assert!(matches!(store.load(&Key::of("an id"), now)?, Load::Found(found) if found.data == b"visits=1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileStore {
    database: Database,
    commits: Commits,
    limits: Limits,
    /// Whether callers' clocks may be fast, so that none sweeps what lives by this one's.
    is_shared: bool,
    sessions: Cursor,
    #[cfg(feature = "server")]
    legacy: Cursor,
}

impl FileStore {
    /// The default of [`max_sessions`](Self::max_sessions).
    pub const DEFAULT_MAX_SESSIONS: u64 = 10_000_000;

    /// The default of [`max_bytes`](Self::max_bytes): 1 GiB.
    pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

    /// Opens the store at `path`, or makes it: a new file is for its owner alone, where the system
    /// knows owners.
    ///
    /// All of the file is read and checked, which takes about half a second for each 100 MB. A store
    /// that was not closed is repaired first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where the file cannot be opened, with [`InUse`] as its source
    /// where another process has it, and [`Damaged`] where it is no store, or has wrong bits, also
    /// where the engine could repair them and the next open succeeds; [`StoreError::Full`] where the
    /// disk has no room for a new file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Database::open(path.as_ref()).map(Self::on)
    }

    /// Limits the number of sessions, by default to
    /// [`DEFAULT_MAX_SESSIONS`](Self::DEFAULT_MAX_SESSIONS).
    ///
    /// Retired ids do not count.
    #[must_use]
    pub fn max_sessions(mut self, max: u64) -> Self {
        self.limits.sessions = max;
        self
    }

    /// Limits the bytes of all records together, by default to
    /// [`DEFAULT_MAX_BYTES`](Self::DEFAULT_MAX_BYTES).
    ///
    /// The copies that retired ids read count as well. The file takes about twice this size.
    #[must_use]
    pub fn max_bytes(mut self, max: u64) -> Self {
        self.limits.bytes = max;
        self
    }

    /// The store for callers of other processes, who have clocks of their own.
    #[cfg(feature = "server")]
    pub(crate) fn shared(mut self) -> Self {
        self.is_shared = true;
        self
    }

    /// The time by which others are swept in an operation at `now`.
    fn swept(&self, now: SystemTime) -> SystemTime {
        if self.is_shared {
            now.min(SystemTime::now())
        } else {
            now
        }
    }

    fn on(database: Database) -> Self {
        Self {
            database,
            commits: Commits::new(),
            is_shared: false,
            limits: Limits {
                sessions: Self::DEFAULT_MAX_SESSIONS,
                bytes: Self::DEFAULT_MAX_BYTES,
            },
            sessions: Cursor::new(
                SESSIONS,
                |tables| &mut tables.sessions,
                entry::is_over,
                |tables, key| held::clear(tables, &Key::from_bytes(*key)),
            ),
            #[cfg(feature = "server")]
            legacy: Cursor::new(
                tables::LEGACY,
                |tables| &mut tables.legacy,
                legacy::is_over,
                |tables, key| tables.legacy.remove(key).map(drop),
            ),
        }
    }

    /// Commits work, and with it removes a few of those that are over where it adds others.
    fn commit(
        &self,
        is_disk_full: bool,
        work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), Failed> {
        self.database.commit(|tables| {
            tables.limits = self.limits;
            tables.is_disk_full = is_disk_full;
            let last = self.sessions.last();
            tables.swept = last;
            work(tables)?;
            if tables.swept != last {
                self.sessions.go_to(tables.swept);
            }
            self.sessions.follow(tables)?;
            #[cfg(feature = "server")]
            self.legacy.follow(tables)?;
            Ok(())
        })
    }

    fn write<T, F>(&self, needs: Needs, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
        T: Send + 'static,
    {
        self.commits.run(self, needs, work)
    }

    /// What a transaction that only reads finds under a key.
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
            // Before room is made, so that it is not made of this one.
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
            let (mut ended, mut before) = (0, Vec::new());
            for place in tables.owners.keys(&from, &to)? {
                let held = held::take_out(tables, &held::owned_key(&place), now)?;
                ended += usize::from(matches!(held, Some(Held::Live(_))));
                if let Some(Held::Live(record) | Held::Retired(record)) = held {
                    before.extend_from_slice(record.retired_keys());
                }
                // Another version may have ended it, and does not know this table.
                tables.owners.remove(&place)?;
            }
            // A copy among them has some that go with it, as every session does.
            held::end_retired(tables, &before)?;
            Ok(ended)
        })
        .map_err(in_place)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        let [from, to] = held::places_of(owner);
        self.database.read(|transaction| {
            let table = transaction.open_table(OWNERS)?;
            let mut listed = Vec::new();
            for place in tables::keys(&table, &from, &to)? {
                let key = held::owned_key(&place);
                if let Ok(Held::Live(record)) = Self::find(transaction, &key, now)? {
                    listed.extend(Listed::of(&key, &record));
                }
            }
            Ok(listed)
        })
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.sweep_next(&self.sessions, at_most, now)
            .map_err(in_place)
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").finish_non_exhaustive()
    }
}
