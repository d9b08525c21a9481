//! Checking a file without changing it.

use std::{
    fs::{File, OpenOptions},
    io,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use redb::{Database, ReadableDatabase as _, RepairSession};

use super::{
    FileStore,
    counting::count,
    database::{store_error, unharmed},
    engine::{self, builder},
    examined::Examined,
    medium::SystemFile,
    place::{Damaged, InUse},
};
use crate::{statistics::Statistics, store_error::StoreError};

impl FileStore {
    /// Checks the file at `path` without changing it: the checksum of every page in use, the
    /// engine's bookkeeping, and that every entry can be decoded. Returns the numbers of its
    /// entries, among them those that cannot be read.
    ///
    /// A write that was interrupted, for example by a `kill -9`, is not damage. No other process
    /// can open the store meanwhile. The file need not be writable: it may be a copy on a medium
    /// that is read-only.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]. Its source is [`Damaged`] if the file is not a store or has
    /// wrong bits; [`Damaged::bytes`] says where the first ones are. It is [`InUse`] if another
    /// process has the file open.
    ///
    /// ```
    /// # use std::{fs, time::SystemTime};
    /// # use wsgi_sessions::{Damaged, FileStore, StoreError};
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("sessions.redb");
    /// drop(FileStore::open(&path)?);
    /// assert_eq!(FileStore::check(&path, SystemTime::now())?.live, 0);
    ///
    /// fs::write(&path, "no store")?;
    /// let error = FileStore::check(&path, SystemTime::now()).expect_err("it is not a store");
    /// assert!(matches!(error, StoreError::Unavailable(cause) if cause.is::<Damaged>()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(path: impl AsRef<Path>, now: SystemTime) -> Result<Statistics, StoreError> {
        let path = path.as_ref();
        let check = || {
            let file = examine(path).map_err(Fault::Other)?;
            let statistics = unharmed(|| checked(&file, now));
            statistics.map_err(|error| match error {
                redb::Error::Corrupted(_) => Fault::Damage(damage(&file)),
                error => Fault::Other(error),
            })
        };
        let checked = match check() {
            // A compacted file may have taken its place before it was locked.
            Err(Fault::Other(redb::Error::DatabaseAlreadyOpen)) => check(),
            checked => checked,
        };
        checked.map_err(|fault| match fault {
            Fault::Damage(bytes) => StoreError::unavailable(Damaged::at(path, bytes)),
            Fault::Other(redb::Error::DatabaseAlreadyOpen) => {
                StoreError::unavailable(InUse::new(path))
            }
            Fault::Other(error) => match store_error(&Arc::new(error)) {
                StoreError::Corrupt => StoreError::unavailable(Damaged::new(path)),
                other => other,
            },
        })
    }
}

enum Fault {
    Damage(Option<Range<u64>>),
    Other(redb::Error),
}

/// Opens a file for writing, which an exclusive lock needs, or else only for reading.
fn examine(path: &Path) -> Result<Examined<SystemFile>, redb::Error> {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) => {
            examine_read_only(path)
        }
        file => Ok(Examined::new(SystemFile::new(file?, path)?)),
    }
}

fn examine_read_only(path: &Path) -> Result<Examined<SystemFile>, redb::Error> {
    let file = SystemFile::read_only(File::open(path)?, path)?;
    Ok(Examined::new(file))
}

/// Checks the file as before it is opened, and counts the entries.
fn checked(file: &Examined<SystemFile>, now: SystemTime) -> Result<Statistics, redb::Error> {
    use redb::StorageBackend as _;
    let file_bytes = file.len()?;
    if file_bytes == 0 || file.is_unfinished()? {
        return Ok(Statistics::default()); // its creation was interrupted
    }
    let database = engine::check(file)?;
    let transaction = database.begin_read()?;
    let mut statistics = count(now, |step| step(&transaction))?;
    statistics.file_bytes = file_bytes;
    Ok(statistics)
}

/// Returns the bytes that an engine read last before it found them to be wrong.
fn damage(file: &Examined<SystemFile>) -> Option<Range<u64>> {
    file.reset();
    let found = Arc::new(Mutex::new(None));
    let note = {
        let (file, found) = (file.clone(), found.clone());
        move |session: &mut RepairSession| {
            // At the beginning there is no progress. Further ones follow a failed check.
            if session.progress() > 0.0 {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = file.last_read();
                session.abort();
            }
        }
    };
    let mut builder = builder();
    builder.set_check_integrity_on_open(true);
    builder.set_repair_callback(note);
    let opened: Result<Database, redb::Error> =
        unharmed(|| Ok(builder.create_with_backend(file.clone())?));
    let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    match opened {
        Ok(_) => None,
        Err(_) => found.or_else(|| file.last_read()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_not_be_written_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.redb");
        let check = || checked(&examine_read_only(&path).unwrap(), SystemTime::now());
        let store = FileStore::open(&path).unwrap();
        let in_use = check();
        assert!(
            matches!(in_use, Err(redb::Error::DatabaseAlreadyOpen)),
            "{in_use:?}"
        );
        drop(store);
        assert_eq!(check().unwrap().live, 0);
    }

    #[test]
    fn a_store_is_not_opened_while_its_file_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.redb");
        drop(FileStore::open(&path).unwrap());
        for examine in [examine, examine_read_only] {
            let file = examine(&path).unwrap();
            let database = builder().create_with_backend(file.clone()).unwrap();
            assert!(FileStore::open(&path).is_err());
            drop((database, file));
            FileStore::open(&path).unwrap();
        }
    }
}
