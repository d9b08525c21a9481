//! The database file: opening, reopening after a failure, reading, and writing in transactions.

use std::{
    cmp,
    fs::OpenOptions,
    io,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redb::{DatabaseError, ReadTransaction, StorageBackend as _};

use super::{
    device::{Device, Health, SyncFailed},
    engine::Engine,
    medium::{Medium, SystemFile},
    place::{self, Damaged, InUse},
    reserve::is_full,
    tables::Tables,
};
use crate::store_error::StoreError;

/// Opens the file for the engine. Tests open something else.
type Open = Box<dyn Fn() -> Result<Box<dyn Medium>, DatabaseError> + Send + Sync>;

/// Returns the pause after a failure, given the number of consecutive failures before it.
type Rest = fn(u32) -> Duration;

/// An error that several calls share.
pub(super) type Failed = Arc<redb::Error>;

/// A database that is reopened after a failure of its file.
///
/// A disk that refuses a write, for example because it is full, does not close the database: see
/// [`Device`]. After any other failure the engine stops, because it cannot know what the file
/// contains. The file is then reopened for reading, which reads almost nothing of it. At the next
/// write it is reopened for writing, which reads all of it while other readers go on. After a
/// failed attempt there is a pause before the next one, longer each time.
pub(super) struct Database {
    current: RwLock<Current>,
    open: Open,
    health: Health,
    writing: Mutex<Trouble>,
    opening: Mutex<Trouble>,
    rest: Rest,
    /// The approximate number of bytes removed since the file was last compacted.
    freed: AtomicU64,
}

struct Current {
    engine: Option<Engine>,
    /// Counts how often the database was opened.
    generation: u64,
}

/// The last failure, and the time before which there is no new attempt.
#[derive(Default)]
struct Trouble {
    failures: u32,
    last: Option<(Failed, Instant)>,
}

/// Reason why work on the engine failed.
enum Fault {
    /// The engine cannot go on.
    Engine(redb::Error),
    /// The disk refused a write. The engine can go on.
    Disk(io::Error),
}

impl Database {
    /// Opens the file at `path`, or creates it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        place::make(path).map_err(|error| store_error(&Arc::new(error.into())))?;
        let again = path.to_owned();
        let open = move || {
            // Never `create`: if the file has disappeared, its sessions must not be forgotten
            // silently.
            let file = OpenOptions::new().read(true).write(true).open(&again)?;
            Ok(Box::new(SystemFile::new(file, &again)?) as Box<dyn Medium>)
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
        let opened = || {
            let device = Device::new(open()?, health.clone());
            unharmed(|| Engine::checked(&device))
        };
        let engine = match opened() {
            // A compacted file may have taken its place before it was locked.
            Err(redb::Error::DatabaseAlreadyOpen) => opened()?,
            engine => engine?,
        };
        Ok(Self {
            current: RwLock::new(Current {
                engine: Some(engine),
                generation: 0,
            }),
            open,
            health,
            writing: Mutex::default(),
            opening: Mutex::default(),
            rest,
            freed: AtomicU64::new(u64::MAX / 2),
        })
    }

    /// Reads committed data.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let read = |engine: &Engine| read(&engine.begin_read()?).map_err(Fault::Engine);
        self.with(read)
            .map_err(|error| in_place(store_error(&error)))
    }

    /// Writes in one transaction, which is durable on return or not done at all.
    pub(super) fn commit(
        &self,
        write: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), Failed> {
        lock(&self.writing).check()?;
        self.open_for_writing()?;
        let written = self.with(|engine| {
            engine.device().settle().map_err(Fault::Disk)?;
            let freed = engine.commit(write)?;
            self.freed.fetch_add(freed, Ordering::Relaxed);
            engine
                .device()
                .refusal()
                .map_or(Ok(()), |error| Err(Fault::Disk(error)))
        });
        self.note(&self.writing, written.as_ref().err());
        written
    }

    /// Returns the bytes of the file. They are zero while it cannot be read.
    pub(super) fn len(&self) -> u64 {
        let current = self.current();
        let engine = current.engine.as_ref();
        engine.map_or(0, |engine| engine.device().len().unwrap_or(0))
    }

    /// Whether sessions of that size may begin.
    pub(super) fn admits(&self, bytes: u64) -> bool {
        let current = self.current();
        let engine = current.engine.as_ref();
        engine.is_none_or(|engine| engine.device().admits(bytes))
    }

    /// Returns how many of `bytes` may be written for live sessions.
    pub(super) fn bears(&self, bytes: u64) -> u64 {
        let current = self.current();
        let engine = current.engine.as_ref();
        engine.map_or(bytes, |engine| engine.device().bears(bytes))
    }

    /// Returns free space in the file to the disk, if there is much of it, so that the reserve can
    /// be complete again. There must be no readers.
    pub(super) fn compact(&self) {
        let mut current = self.current_mut();
        let generation = current.generation;
        let Some(engine) = &mut current.engine else {
            return;
        };
        if engine.device().settle().is_err()
            || self.freed.load(Ordering::Relaxed) < engine.device().worth_compacting()
        {
            return;
        }
        self.freed.store(0, Ordering::Relaxed);
        let compacted = unharmed(|| engine.compact());
        drop(current);
        if let Err(error) = compacted {
            self.close(generation, error);
        }
    }

    /// Uses the engine, and closes it if it fails.
    fn with<T>(&self, work: impl FnOnce(&Engine) -> Result<T, Fault>) -> Result<T, Failed> {
        let mut current = self.current();
        if current.engine.is_none() {
            drop(current);
            self.reopen()?;
            current = self.current();
        }
        let Some(engine) = &current.engine else {
            return Err(Arc::new(redb::Error::DatabaseClosed));
        };
        let generation = current.generation;
        let result = harmless(|| work(engine));
        drop(current);
        match result {
            Ok(done) => {
                lock(&self.opening).end();
                Ok(done)
            }
            Err(Fault::Disk(error)) => Err(Arc::new(error.into())),
            Err(Fault::Engine(error)) => Err(self.close(generation, error)),
        }
    }

    /// Reopens the file for reading.
    fn reopen(&self) -> Result<(), Failed> {
        let mut current = self.current_mut();
        if current.engine.is_some() {
            return Ok(());
        }
        lock(&self.opening).check()?;
        let opened = unharmed(|| {
            let device = Device::new((self.open)()?, self.health.clone());
            Engine::to_be_read(device)
        });
        match opened {
            Ok(engine) => {
                current.engine = Some(engine);
                current.generation += 1;
                Ok(())
            }
            Err(error) => {
                let failed = Arc::new(error);
                self.note(&self.opening, Some(&failed));
                Err(failed)
            }
        }
    }

    /// Replaces an engine that was opened for reading by one that writes.
    fn open_for_writing(&self) -> Result<(), Failed> {
        if self.current().engine.is_none() {
            self.reopen()?;
        }
        let current = self.current();
        let (device, generation) = match &current.engine {
            Some(Engine::Reading { device, .. }) => (device.clone(), current.generation),
            _ => return Ok(()),
        };
        drop(current);
        // There is no other writer, because there is only one leader.
        let opened = unharmed(|| Engine::repaired(&device));
        let mut current = self.current_mut();
        match opened {
            Ok(engine) if current.generation == generation => {
                current.engine = Some(engine);
                current.generation += 1;
                Ok(())
            }
            Ok(_) => Err(Arc::new(redb::Error::DatabaseClosed)),
            Err(error) => {
                drop(current);
                let failed = Arc::new(error);
                self.note(&self.writing, Some(&failed));
                Err(failed)
            }
        }
    }

    /// Closes the engine of that generation, unless another has replaced it.
    fn close(&self, generation: u64, error: redb::Error) -> Failed {
        let failed = Arc::new(error);
        let mut current = self.current_mut();
        if current.generation == generation && current.engine.take().is_some() {
            self.note(&self.opening, Some(&failed));
        }
        failed
    }

    /// Records a success or a failure, and starts a pause after a failure.
    fn note(&self, trouble: &Mutex<Trouble>, failed: Option<&Failed>) {
        let mut trouble = lock(trouble);
        match failed {
            None => trouble.end(),
            Some(failed) => {
                let until = Instant::now() + (self.rest)(trouble.failures);
                trouble.failures = trouble.failures.saturating_add(1);
                trouble.last = Some((Arc::clone(failed), until));
            }
        }
    }

    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_mut(&self) -> RwLockWriteGuard<'_, Current> {
        self.current.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn check(&self) -> Result<(), Failed> {
        match &self.last {
            Some((cause, until)) if Instant::now() < *until => Err(Arc::clone(cause)),
            _ => Ok(()),
        }
    }

    fn end(&mut self) {
        if self.failures > 0 {
            *self = Self::default();
        }
    }
}

fn lock(trouble: &Mutex<Trouble>) -> MutexGuard<'_, Trouble> {
    trouble.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a tenth of a second, doubled for each earlier failure, and at most ten seconds.
fn rest(failures: u32) -> Duration {
    let longest = Duration::from_secs(10);
    cmp::min(
        Duration::from_millis(100) * 2_u32.saturating_pow(failures.min(10)),
        longest,
    )
}

/// Does `work` on the engine, which panics if it reads something that it never wrote.
pub(super) fn unharmed<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, redb::Error> {
    // The caller closes a database that failed, so nothing uses the state that a panic left.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(redb::Error::Corrupted("the engine panicked".to_owned())))
}

/// Does work that may also fail because of the disk.
fn harmless<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    unharmed(|| Ok(work())).unwrap_or_else(|error| Err(Fault::Engine(error)))
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        Self::Engine(error)
    }
}

/// Converts a failure of the engine for the user of a store.
pub(super) fn store_error(error: &Failed) -> StoreError {
    match &**error {
        redb::Error::Corrupted(_) => StoreError::Corrupt,
        redb::Error::ValueTooLarge(_) => StoreError::TooLarge,
        redb::Error::Io(io) => match io.kind() {
            io::ErrorKind::InvalidData => StoreError::Corrupt,
            _ if is_full(io) => StoreError::Full,
            _ => match io.get_ref().and_then(|cause| cause.downcast_ref()) {
                Some(SyncFailed(cause)) => StoreError::unavailable(SyncFailed(Arc::clone(cause))),
                // The engine's error hides the kind.
                None => StoreError::unavailable(io::Error::new(io.kind(), Arc::clone(error))),
            },
        },
        _ => StoreError::unavailable(Arc::clone(error)),
    }
}

/// Converts [`StoreError::Full`] for an operation that needs no room, so that the disk is at fault.
pub(super) fn in_place(error: StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::unavailable(io::Error::from(io::ErrorKind::StorageFull)),
        error => error,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn a_file_that_was_replaced_after_it_was_opened_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        for path in [&path, &other] {
            drop(Database::open(path).unwrap());
        }
        let open = move || {
            let file = File::options().read(true).write(true).open(&path)?;
            let medium = SystemFile::new(file, &path)?;
            if other.exists() {
                fs::rename(&other, &path)?;
            }
            Ok(Box::new(medium) as Box<dyn Medium>)
        };
        let opened = Database::opened_by(Box::new(open), |_| Duration::ZERO);
        opened.map(drop).unwrap();
    }
}
