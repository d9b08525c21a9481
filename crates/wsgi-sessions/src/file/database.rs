//! The database file: opened, opened again after a failure, read, and written in transactions.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{DatabaseError, ReadTransaction, ReadableDatabase};

use super::tables::Tables;
use crate::StoreError;

/// How a file becomes a database. Tests open other things.
type Open = Box<dyn Fn() -> Result<redb::Database, DatabaseError> + Send + Sync>;

/// A database that is opened again after a failure of its file.
///
/// The engine does nothing more once reading or writing failed, since it cannot know what the file
/// holds. Opening it again finds the last commit, so a disk that was full for a while ends no
/// service.
pub(super) struct Database {
    current: RwLock<Current>,
    open: Open,
}

struct Current {
    database: Option<redb::Database>,
    /// How often the database was opened.
    generation: u64,
}

impl Database {
    /// Opens the file at `path`, or makes it.
    pub(super) fn open(path: &Path, cache: usize) -> Result<Self, StoreError> {
        create(path).map_err(StoreError::unavailable)?;
        let again = path.to_owned();
        let open = move || {
            let mut builder = redb::Builder::new();
            // Never `create`: where the file went away, its sessions are not to be forgotten.
            let file = OpenOptions::new().read(true).write(true).open(&again)?;
            builder.set_cache_size(cache).create_file(file)
        };
        Self::opened_by(Box::new(open)).map_err(|error| match error {
            redb::Error::DatabaseAlreadyOpen => StoreError::unavailable(InUse(path.to_owned())),
            error => store_error(&Arc::new(error)),
        })
    }

    pub(super) fn opened_by(open: Open) -> Result<Self, redb::Error> {
        let database = checked(&open)?;
        // The tables are there from now on, so that reading need not ask.
        let transaction = database.begin_write()?;
        Tables::open(&transaction)?;
        transaction.commit()?;
        Ok(Self {
            current: RwLock::new(Current {
                database: Some(database),
                generation: 0,
            }),
            open,
        })
    }

    /// Reads what has been committed.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.with(|database| read(&database.begin_read()?))
            .map_err(|error| store_error(&Arc::new(error)))
    }

    /// Writes in one transaction that is durable on return, or not at all.
    pub(super) fn commit(
        &self,
        write: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        self.with(|database| {
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
        work: impl FnOnce(&redb::Database) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let mut current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if current.database.is_none() {
            drop(current);
            self.reopen()?;
            current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        }
        let Some(database) = &current.database else {
            return Err(redb::Error::DatabaseClosed);
        };
        let generation = current.generation;
        let result = unharmed(|| work(database));
        drop(current);
        if result.is_err() {
            self.close(generation);
        }
        result
    }

    fn reopen(&self) -> Result<(), redb::Error> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.database.is_none() {
            current.database = Some(checked(&self.open)?);
            current.generation += 1;
        }
        Ok(())
    }

    /// Closes the database of that generation, unless another has taken its place.
    fn close(&self, generation: u64) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.generation == generation {
            current.database = None;
        }
    }
}

/// Opens the database, and checks all of it.
///
/// The engine verifies checksums only here. Without them a key with a wrong bit would be a session
/// that is absent, and nobody would know.
fn checked(open: &Open) -> Result<redb::Database, redb::Error> {
    unharmed(|| {
        let mut database = open()?;
        match database.check_integrity()? {
            true => Ok(database),
            false => Err(redb::Error::Corrupted(
                "the file failed its check".to_owned(),
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

/// The file of a store is open in another process, or a second time in this one.
///
/// It is the source of [`StoreError::Unavailable`] from [`FileStore::open`](crate::FileStore::open).
/// Let one process keep the file, and others come to it through the session server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse(PathBuf);

impl InUse {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "{path} is already open; a store's file is for one process at a time"
        )
    }
}

impl std::error::Error for InUse {}

/// What a failure of the engine is to the user of a store.
pub(super) fn store_error(error: &Arc<redb::Error>) -> StoreError {
    match &**error {
        redb::Error::Corrupted(_) => StoreError::Corrupt,
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => StoreError::Corrupt,
        redb::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => StoreError::Full,
        redb::Error::ValueTooLarge(_) => StoreError::TooLarge,
        _ => StoreError::unavailable(Arc::clone(error)),
    }
}

/// Makes the file where there is none, for its owner alone, and the entry of it durable.
fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => {
            file.sync_all()?;
            sync_parent(path)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
