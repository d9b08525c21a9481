//! The database file: opened, opened again after a failure, read, and written in transactions.

use std::cmp;
use std::fs::OpenOptions;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{DatabaseError, ReadTransaction, ReadableDatabase, StorageBackend};

use super::device::{Device, Health, SyncFailed};
use super::place::{self, Damaged, InUse};
use super::tables::Tables;
use crate::StoreError;

/// What of the file is kept in memory, at most.
const CACHE: usize = 64 << 20;

/// How a file becomes what the engine writes to. Tests open other things.
type Open = Box<dyn Fn() -> Result<Box<dyn StorageBackend>, DatabaseError> + Send + Sync>;

/// How long to rest after a failure, given how long it takes to open the database.
type Rest = fn(Duration) -> Duration;

/// An error that many calls meet.
pub(super) type Failed = Arc<redb::Error>;

/// A database that is opened again after a failure of its file.
///
/// The engine does nothing more once reading or writing failed, since it cannot know what the file
/// holds. Opening it again finds the last commit, so a disk that was full for a while ends no
/// service. Opening reads all of the file, so what has failed rests before it is tried again:
/// writing, while others read what stands there; or, where that cannot be read, everything.
pub(super) struct Database {
    current: RwLock<Current>,
    open: Open,
    health: Health,
    rest: Rest,
}

struct Current {
    database: Option<redb::Database>,
    /// How often the database was opened.
    generation: u64,
    /// How long opening took.
    took: Duration,
    writing: Option<Pause>,
    opening: Option<Pause>,
}

/// What has failed, and is not tried again until then.
struct Pause {
    cause: Failed,
    until: Instant,
}

#[derive(Clone, Copy, PartialEq)]
enum Use {
    Reading,
    Writing,
}

impl Database {
    /// Opens the file at `path`, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        place::make(path).map_err(StoreError::unavailable)?;
        let again = path.to_owned();
        let open = move || {
            // Never `create`: where the file went away, its sessions are not to be forgotten.
            let file = OpenOptions::new().read(true).write(true).open(&again)?;
            Ok(Box::new(FileBackend::new(file)?) as Box<dyn StorageBackend>)
        };
        Self::opened_by(Box::new(open), rest).map_err(|error| match error {
            redb::Error::DatabaseAlreadyOpen => StoreError::unavailable(InUse::new(path)),
            error => match store_error(&Arc::new(error)) {
                StoreError::Corrupt => StoreError::unavailable(Damaged::new(path)),
                other => other,
            },
        })
    }

    pub(super) fn opened_by(open: Open, rest: Rest) -> Result<Self, redb::Error> {
        let health = Health::default();
        let start = Instant::now();
        let database = checked(&open, &health)?;
        // The tables are there from now on, so that reading need not ask.
        let transaction = database.begin_write()?;
        Tables::open(&transaction)?;
        transaction.commit()?;
        Ok(Self {
            current: RwLock::new(Current {
                database: Some(database),
                generation: 0,
                took: start.elapsed(),
                writing: None,
                opening: None,
            }),
            open,
            health,
            rest,
        })
    }

    /// Reads what has been committed.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.with(Use::Reading, |database| read(&database.begin_read()?))
            .map_err(|error| in_place(store_error(&error)))
    }

    /// Writes in one transaction that is durable on return, or not at all.
    pub(super) fn commit(
        &self,
        write: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), Failed> {
        self.with(Use::Writing, |database| {
            let transaction = database.begin_write()?;
            let mut tables = Tables::open(&transaction)?;
            write(&mut tables)?;
            let is_changed = tables.are_changed();
            drop(tables);
            if is_changed {
                transaction.commit()?;
            } else {
                transaction.abort()?;
            }
            Ok(())
        })
    }

    /// Uses the database, and closes it where that fails.
    fn with<T>(
        &self,
        how: Use,
        work: impl FnOnce(&redb::Database) -> Result<T, redb::Error>,
    ) -> Result<T, Failed> {
        let mut current = self.current();
        if how == Use::Writing {
            Pause::check(&current.writing)?;
        }
        if current.database.is_none() {
            drop(current);
            self.reopen()?;
            current = self.current();
        }
        let Some(database) = &current.database else {
            return Err(Arc::new(redb::Error::DatabaseClosed));
        };
        let generation = current.generation;
        let result = unharmed(|| work(database));
        drop(current);
        result.map_err(|error| self.close(generation, how, error))
    }

    fn reopen(&self) -> Result<(), Failed> {
        let mut current = self.current_mut();
        if current.database.is_some() {
            return Ok(());
        }
        Pause::check(&current.opening)?;
        let start = Instant::now();
        let opened = checked(&self.open, &self.health);
        current.took = start.elapsed();
        match opened {
            Ok(database) => {
                current.database = Some(database);
                current.generation += 1;
                Ok(())
            }
            Err(error) => {
                let failed = Arc::new(error);
                current.opening = Some(self.pause(&failed, current.took));
                Err(failed)
            }
        }
    }

    /// Closes the database of that generation, unless another has taken its place.
    fn close(&self, generation: u64, how: Use, error: redb::Error) -> Failed {
        let failed = Arc::new(error);
        let mut current = self.current_mut();
        if current.generation != generation {
            return failed;
        }
        current.database = None;
        let pause = self.pause(&failed, current.took);
        match how {
            // Another call has failed, and pauses what it did.
            _ if matches!(*failed, redb::Error::PreviousIo) => {}
            Use::Reading => current.opening = Some(pause),
            Use::Writing => current.writing = Some(pause),
        }
        failed
    }

    fn pause(&self, cause: &Failed, took: Duration) -> Pause {
        Pause {
            cause: Arc::clone(cause),
            until: Instant::now() + (self.rest)(took),
        }
    }

    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_mut(&self) -> RwLockWriteGuard<'_, Current> {
        self.current.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pause {
    fn check(pause: &Option<Self>) -> Result<(), Failed> {
        match pause {
            Some(Self { cause, until }) if Instant::now() < *until => Err(Arc::clone(cause)),
            _ => Ok(()),
        }
    }
}

/// Opening takes a tenth of the time at most, or, of a large file, whatever leaves ten seconds
/// between.
fn rest(took: Duration) -> Duration {
    let (least, most) = (Duration::from_millis(100), Duration::from_secs(10));
    cmp::min(took.saturating_mul(10).max(least), most)
}

/// Opens the database, and checks all of it.
///
/// The engine verifies checksums only here. Without them a key with a wrong bit would be a session
/// that is absent, and nobody would know.
fn checked(open: &Open, health: &Health) -> Result<redb::Database, redb::Error> {
    unharmed(|| {
        let device = Device::new(open()?, health.clone());
        let mut builder = redb::Builder::new();
        builder.set_cache_size(CACHE);
        let mut database = builder.create_with_backend(device)?;
        match database.check_integrity()? {
            true => Ok(database),
            // The engine does not say what it mended, so that may be more than its own accounts.
            false => Err(redb::Error::Corrupted(
                "the file failed its check, and was repaired".to_owned(),
            )),
        }
    })
}

/// Does `work` on the engine, which panics where it meets what it never wrote.
fn unharmed<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, redb::Error> {
    // The caller closes a database that failed, so nothing goes on with what a panic left.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(redb::Error::Corrupted("the engine panicked".to_owned())))
}

/// What a failure of the engine is to the user of a store.
pub(super) fn store_error(error: &Failed) -> StoreError {
    match &**error {
        redb::Error::Corrupted(_) => StoreError::Corrupt,
        redb::Error::ValueTooLarge(_) => StoreError::TooLarge,
        redb::Error::Io(io) => match io.kind() {
            io::ErrorKind::InvalidData => StoreError::Corrupt,
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => StoreError::Full,
            _ => match io.get_ref().and_then(|cause| cause.downcast_ref()) {
                Some(SyncFailed(cause)) => StoreError::unavailable(SyncFailed(Arc::clone(cause))),
                None => StoreError::unavailable(Arc::clone(error)),
            },
        },
        _ => StoreError::unavailable(Arc::clone(error)),
    }
}

/// What asks for no room finds a disk without any no less out of order.
pub(super) fn in_place(error: StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::unavailable(io::Error::from(io::ErrorKind::StorageFull)),
        error => error,
    }
}
