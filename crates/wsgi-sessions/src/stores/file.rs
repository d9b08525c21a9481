//! A store in one file.

mod commits;
mod database;
mod device;
mod engine;
#[cfg(feature = "server")]
mod legacy;
mod medium;
mod place;
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
pub use self::place::{Damaged, InUse};
use self::sweeping::Cursor;
use self::tables::{Failure, SESSIONS, Tables};
use crate::stores::entry;
use crate::{Key, Load, Record, Store, StoreError, Version, Write};

/// Keeps sessions in one file, for one process.
///
/// It sweeps itself: each commit that adds a session also removes a few that are over, which make
/// room for others.
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
/// # use wsgi_sessions::{FileStore, Key, Load, Record, Store, Version};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("sessions.redb");
/// # let now = SystemTime::now();
/// # let record = Record {
/// #     version: Version::random()?,
/// #     data: b"visits=1".to_vec(),
/// #     idle: Duration::from_secs(60),
/// #     idle_until: now + Duration::from_secs(60),
/// #     absolute_until: now + Duration::from_secs(600),
/// # };
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
    sessions: Cursor,
    #[cfg(feature = "server")]
    legacy: Cursor,
}

impl FileStore {
    /// Opens the store at `path`, or makes it: a new file is for its owner alone, where the system
    /// knows owners.
    ///
    /// All of the file is read and checked, which takes about a third of a second for each 100
    /// MB. A store that was not closed is repaired first.
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

    fn on(database: Database) -> Self {
        Self {
            database,
            commits: Commits::new(),
            sessions: Cursor::new(SESSIONS, |tables| &mut tables.sessions, entry::is_over),
            #[cfg(feature = "server")]
            legacy: Cursor::new(tables::LEGACY, |tables| &mut tables.legacy, legacy::is_over),
        }
    }

    /// Commits work, and with it removes a few of those that are over where it adds others.
    fn commit(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), Failed> {
        self.database.commit(|tables| {
            work(tables)?;
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

    /// Creates a session at `now`, with which others go that were over at `swept`.
    pub(crate) fn create_and_sweep(
        &self,
        key: &Key,
        record: &Record,
        now: SystemTime,
        swept: SystemTime,
    ) -> Result<(), StoreError> {
        record.check_size()?;
        let (key, version, bytes) = (*key, record.version, record.encode());
        self.write(Needs::new_place(&bytes), move |tables| {
            match standing(tables, &key, now)? {
                Load::Found(standing) if standing.version == version => Ok(()),
                Load::Absent => tables.sessions.add(key.as_bytes(), &bytes, swept),
                Load::Found(_) | Load::Retired => Err(StoreError::Exists.into()),
            }
        })
    }
}

impl Store for FileStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.create_and_sweep(key, record, now, now)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let entry = self.database.read(|transaction| {
            let entry = transaction.open_table(SESSIONS)?.get(key.as_bytes())?;
            Ok(entry.map(|entry| entry::load(Some(entry.value()), now)))
        })?;
        entry.unwrap_or(Ok(Load::Absent))
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        let (key, version, bytes) = (*key, record.version, record.encode());
        self.write(Needs::place_of(&bytes), move |tables| {
            match standing(tables, &key, now)? {
                Load::Found(standing) if standing.version == version => {}
                Load::Found(standing) if standing.version == expected => {
                    tables.sessions.insert(key.as_bytes(), &bytes)?;
                }
                Load::Found(standing) => return Ok(Write::Conflict(standing)),
                Load::Absent | Load::Retired => return Ok(Write::Gone),
            }
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
            let Load::Found(record) = standing(tables, &key, now)? else {
                return Ok(false);
            };
            let mut bytes = record.encode();
            if entry::touch(&mut bytes, idle_until) {
                tables.sessions.insert(key.as_bytes(), &bytes)?;
            }
            Ok(true)
        })
        .map_err(in_place)
    }

    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let key = *key;
        let mark = entry::retired(now.checked_add(grace).unwrap_or(now));
        self.write(Needs::NOTHING, move |tables| {
            match (standing(tables, &key, now), expected) {
                (Ok(Load::Found(standing)), Some(expected)) if standing.version != expected => {
                    return Ok(Write::Conflict(standing));
                }
                // What is corrupt can be logged out all the same.
                (Ok(Load::Found(_)), _) | (Err(Failure::Own(_)), None) => {
                    tables.sessions.insert(key.as_bytes(), &mark)?;
                }
                (Ok(Load::Absent | Load::Retired), _) => return Ok(Write::Gone),
                (Err(failure), _) => return Err(failure),
            }
            Ok(Write::Done)
        })
        .map_err(in_place)
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

/// What stands under a key, in a transaction.
fn standing(tables: &Tables<'_>, key: &Key, now: SystemTime) -> Result<Load, Failure> {
    let load = |entry: Option<&[u8]>| entry::load(entry, now);
    Ok(tables.sessions.get(key.as_bytes(), load)??)
}
