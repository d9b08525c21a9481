//! The folder of a blog.
//!
//! | file | content |
//! |---|---|
//! | `blog` | the blog's id, and the time of its creation; writers lock it |
//! | *SHA-256 of a name*`.entry` | an entry |
//! | `blog.new` | an entry that is being written, or that a killed writer has left |
//!
//! Readers take no lock: a file is replaced as a whole, so they see an entry before a change or
//! after it. Writers, of this process and of others, take turns. Files with other names are
//! ignored.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    damage::Damage,
    entry::{Entry, Head},
    folder,
    identity::Identity,
    limits::Limits,
    lock,
    name::Name,
    store_error::StoreError,
};

/// The usual time that a writer waits for others. A change takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest text of an entry that was written with a greater limit than the blog has now.
const MAX_OLD_BYTES: u64 = 16 << 20;

/// A folder of entries.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    limits: Limits,
    identity: Identity,
    /// The time that a writer waits for others.
    patience: Duration,
}

impl Store {
    /// Opens a folder. A missing one is created, with a new identity.
    pub(crate) fn open(folder: &Path, limits: Limits) -> Result<Self, StoreError> {
        folder::create(folder)?;
        let mut file = lock::wait(folder, PATIENCE)?;
        let mut content = String::new();
        let mut limited = Read::by_ref(&mut file).take(Identity::MAX_BYTES);
        limited.read_to_string(&mut content)?;
        // It is empty if the folder is new, and also if its creator was killed at this place.
        if content.is_empty() {
            content = Identity::new().content();
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            folder::sync(folder)?;
        }
        let foreign = || StoreError::Damaged(folder.join(lock::FILE), Damage::Foreign);
        Ok(Self {
            folder: folder.to_owned(),
            limits,
            identity: Identity::parse(&content).ok_or_else(foreign)?,
            patience: PATIENCE,
        })
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads an entry. `None` if there is none of this name.
    pub(crate) fn get(&self, name: &Name) -> Result<Option<Entry>, StoreError> {
        let path = self.path(name);
        let entry = match self.read(&path, u64::MAX)? {
            Some(bytes) => Entry::from_bytes(&bytes),
            None => return Ok(None),
        };
        match entry {
            Ok(entry) if entry.head.name == *name => Ok(Some(entry)),
            Ok(_) => Err(StoreError::Damaged(path, Damage::Renamed)),
            Err(damage) => Err(StoreError::Damaged(path, damage)),
        }
    }

    /// The heads of all entries, the newest first. Files that cannot be read are told of beside
    /// them, so that one of them hides no other entry.
    pub(crate) fn heads(&self) -> Result<(Vec<Head>, Vec<StoreError>), StoreError> {
        let (mut heads, mut damaged) = (Vec::new(), Vec::new());
        for path in self.paths()? {
            let head = match self.read(&path, Head::MAX_BYTES) {
                Ok(Some(bytes)) => match Head::from_bytes(&bytes) {
                    Ok(head) if self.path(&head.name) == path => Ok(head),
                    Ok(_) => Err(StoreError::Damaged(path, Damage::Renamed)),
                    Err(damage) => Err(StoreError::Damaged(path, damage)),
                },
                Ok(None) => continue, // it was removed meanwhile
                Err(error) => Err(error),
            };
            match head {
                Ok(head) => heads.push(head),
                Err(error) => damaged.push(error),
            }
        }
        heads.sort_by(|a, b| (b.created, b.name.as_str()).cmp(&(a.created, a.name.as_str())));
        Ok((heads, damaged))
    }

    /// Waits until no other writer is left, in this process or another. The lock is lifted when the
    /// file is dropped.
    pub(crate) fn lock(&self) -> Result<File, StoreError> {
        lock::wait(&self.folder, self.patience)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, name: &Name) -> PathBuf {
        self.folder.join(name.file_name())
    }

    /// The files of entries.
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut paths = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "entry")
            {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// Reads at most the first `max_bytes` of a file. `None` if it is missing.
    fn read(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let damaged = |damage| Err(StoreError::Damaged(path.to_owned(), damage));
        let longest = MAX_OLD_BYTES.max(self.limits.entry_bytes.into()) + Head::MAX_BYTES;
        match path.symlink_metadata() {
            Ok(file) if !file.is_file() => return damaged(Damage::NotAFile),
            Ok(file) if file.len() > longest => return damaged(Damage::TooLong),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let mut bytes = Vec::new();
        match File::open(path) {
            Ok(file) => file.take(max_bytes.min(longest)).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_does_not_wait_for_ever_and_a_reader_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || Store::open(folder.path(), Limits::default()).expect("a store");
        let (first, mut second) = (open(), open());
        second.patience = Duration::from_millis(5);
        let name = Name::parse("a").expect("a name");
        let mut changes = first.change().expect("the right to change");
        let put = changes.put(name.clone(), "x".to_owned(), None);
        put.expect("an entry");
        assert!(matches!(second.change(), Err(StoreError::Busy)));
        assert!(second.get(&name).expect("no failure").is_some());
        drop(changes);
        assert!(second.change().is_ok());
    }
}
