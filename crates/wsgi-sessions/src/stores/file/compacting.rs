//! Copying a file into a smaller one, which takes its place.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use redb::TableError;

#[cfg(feature = "server")]
use super::tables::LEGACY;
use super::{
    FileStore,
    database::{Failed, store_error, unharmed},
    engine::builder,
    entries::{Definition, walk},
    limited_file::LimitedFile,
    place::sync_parent,
    tables::{ANNEXES, COPIES, OWNERS, SESSIONS, UNPROVED},
};
use crate::store_error::StoreError;

/// The number of entries that a transaction copies.
const AT_ONCE: usize = 10_000;

impl FileStore {
    /// Copies the file at `path` into a new one without free space, which then takes its place.
    /// Returns the bytes of the file before and after.
    ///
    /// The file is checked first. The copy is a file beside it, whose name has `.compact` at its
    /// end, with the same owner and permissions. It is on the disk before it is renamed, so after
    /// an interruption the path leads to a whole file, the old or the new one. The disk needs room
    /// for both. No other process can open the file meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check), and [`StoreError::Full`] if the disk has no room for the
    /// copy. The file is then as before, and the copy is removed.
    ///
    /// ```
    /// # use wsgi_sessions::FileStore;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("sessions.redb");
    /// drop(FileStore::open(&path)?);
    /// let (before, after) = FileStore::compact(&path)?;
    /// assert!(after <= before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compact(path: impl AsRef<Path>) -> Result<(u64, u64), StoreError> {
        // A symbolic link stays one.
        let path = fs::canonicalize(path).map_err(failed)?;
        // Opening a damaged file would change it.
        Self::check(&path, SystemTime::UNIX_EPOCH)?;
        let store = Self::open(&path)?;
        let before = fs::metadata(&path).map_err(failed)?.len();
        let copy = Copy::make(&path).map_err(failed)?;
        let database = &store.contents.database;
        let copied = database.read(|transaction| Ok(unharmed(|| copy.fill(transaction))))?;
        copied.map_err(|error| match store_error(&Arc::new(error)) {
            // The file itself has passed its check.
            StoreError::Corrupt => StoreError::unavailable("the copy is damaged"),
            other => other,
        })?;
        let after = copy.replace(&path).map_err(failed)?;
        // The old file stays locked until its path leads to the new one.
        drop(store);
        Ok((before, after))
    }
}

/// The copy of a file, which is removed if it does not take the file's place.
struct Copy {
    path: PathBuf,
    file: File,
    is_in_place: bool,
}

impl Copy {
    /// Makes an empty file with the owner and the permissions of another one. What an interrupted
    /// attempt has left is replaced.
    fn make(of: &Path) -> io::Result<Self> {
        let mut path = of.as_os_str().to_owned();
        path.push(".compact");
        let path = PathBuf::from(path);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let copy = Self {
            path,
            file,
            is_in_place: false,
        };
        let original = fs::metadata(of)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, fchown};
            let (owner, group) = (original.uid(), original.gid());
            let made = copy.file.metadata()?;
            if (made.uid(), made.gid()) != (owner, group) {
                fchown(&copy.file, Some(owner), Some(group))?;
            }
        }
        copy.file.set_permissions(original.permissions())?;
        Ok(copy)
    }

    /// Copies all tables.
    fn fill(&self, from: &redb::ReadTransaction) -> Result<(), redb::Error> {
        // Not by its name, which may be a link by now.
        let backend = LimitedFile::new(self.file.try_clone()?)?;
        let mut database = builder().create_with_backend(backend)?;
        copy_table(from, &database, SESSIONS)?;
        copy_table(from, &database, ANNEXES)?;
        copy_table(from, &database, COPIES)?;
        copy_table(from, &database, OWNERS)?;
        copy_table(from, &database, UNPROVED)?;
        #[cfg(feature = "server")]
        copy_table(from, &database, LEGACY)?;
        while database.compact()? {}
        database.close()?;
        Ok(())
    }

    /// Puts the copy into the place of the file, and returns its length.
    fn replace(mut self, path: &Path) -> io::Result<u64> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.is_in_place = true;
        sync_parent(path)?;
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if !self.is_in_place {
            // The next attempt removes it otherwise.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn copy_table<const N: usize>(
    from: &redb::ReadTransaction,
    to: &redb::Database,
    definition: Definition<N>,
) -> Result<(), redb::Error> {
    let source = match from.open_table(definition) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        source => source?,
    };
    let mut after = None;
    loop {
        let transaction = to.begin_write()?;
        {
            let mut table = transaction.open_table(definition)?;
            let mut inserted = Ok(());
            after = walk(&source, after, AT_ONCE, |key, entry| {
                if inserted.is_ok() {
                    inserted = table.insert(key, entry).map(drop);
                }
            })?;
            inserted?;
        }
        transaction.commit()?;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn failed(error: io::Error) -> StoreError {
    let error: Failed = Arc::new(error.into());
    store_error(&error)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_the_copy_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        let store = FileStore::open(&path).unwrap();
        let copy = Copy::make(&path).unwrap();
        fs::remove_file(&copy.path).unwrap();
        std::os::unix::fs::symlink(&other, &copy.path).unwrap();
        let database = &store.contents.database;
        database.read(|transaction| copy.fill(transaction)).unwrap();
        assert!(!other.exists());
        assert!(copy.file.metadata().unwrap().len() > 0);
    }
}
