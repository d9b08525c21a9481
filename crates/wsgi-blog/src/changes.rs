//! The right to change entries.

use std::{
    fs::{self, File},
    io::{self, Write},
    ops::Deref,
};

use crate::{
    entry::{Entry, Head},
    folder::sync,
    name::Name,
    store::Store,
    store_error::StoreError,
    timestamp::Timestamp,
};

/// The name of a file until its entry is whole. No other program's file is likely to have it.
const NEW: &str = "blog.new";

/// The right to change entries, which one writer has at a time. It can read them, too, so nobody
/// comes between what it reads and what it writes.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    store: &'a Store,
    /// Its lock is lifted on drop.
    _lock: File,
}

impl Store {
    /// Waits until no other writer is left, in this process or another.
    pub(crate) fn change(&self) -> Result<Changes<'_>, StoreError> {
        Ok(Changes {
            store: self,
            _lock: self.lock()?,
        })
    }
}

impl Changes<'_> {
    /// Writes an entry, in place of the current one if there is one. If this succeeds, it is on the
    /// disk. After an error or a crash, either the old entry is there or the new one, as a whole.
    pub(crate) fn put(
        &mut self,
        name: Name,
        text: String,
        current: Option<&Entry>,
    ) -> Result<Entry, StoreError> {
        let limit = self.store.limits().entries;
        if current.is_none() && self.store.paths()?.len() >= limit {
            return Err(StoreError::Full(limit));
        }
        let earlier = current.map_or(Timestamp::default(), |current| current.head.updated);
        let updated = Timestamp::after(earlier);
        let created = current.map_or(updated, |current| current.head.created);
        let entry = Entry {
            head: Head {
                name,
                created,
                updated,
            },
            text,
        };
        self.write(&entry)?;
        Ok(entry)
    }

    /// Removes an entry for good. After an error or a crash, it is there as a whole or not at all.
    pub(crate) fn remove(&mut self, entry: &Entry) -> Result<(), StoreError> {
        fs::remove_file(self.store.path(&entry.head.name))?;
        sync(self.store.folder())?;
        Ok(())
    }

    /// Writes the file under another name first, so that its own never has a part of it.
    fn write(&self, entry: &Entry) -> io::Result<()> {
        let new = self.store.folder().join(NEW);
        let written = File::create(&new)
            .and_then(|mut file| {
                file.write_all(&entry.to_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, self.store.path(&entry.head.name)));
        if written.is_err() {
            let _ = fs::remove_file(&new); // what is left, the next writer overwrites
        }
        written?;
        sync(self.store.folder())
    }
}

impl Deref for Changes<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
    }
}
