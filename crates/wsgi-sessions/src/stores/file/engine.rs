//! The engine on a device: to read and write, or only to read.

use std::sync::atomic::{AtomicU64, Ordering};

use redb::{ReadOnlyDatabase, ReadTransaction, ReadableDatabase};

use super::device::Device;
use super::tables::{Failure, Tables};

/// What of the file is kept in memory, at most.
const CACHE: usize = 64 << 20;

/// The engine that has the file open.
pub(super) enum Engine {
    Writing {
        database: redb::Database,
        device: Device,
        /// How many bytes the sessions have.
        held: AtomicU64,
    },
    /// After a failure: it reads what was committed, and needs not know which pages are free.
    Reading {
        database: ReadOnlyDatabase,
        device: Device,
    },
}

impl Engine {
    /// Opens the database, and checks all of it.
    ///
    /// The engine verifies checksums only here. Without them a key with a wrong bit would be a session
    /// that is absent, and nobody would know.
    pub(super) fn checked(device: &Device) -> Result<Self, redb::Error> {
        let mut database = builder().create_with_backend(device.clone())?;
        if !database.check_integrity()? {
            // The engine does not say what it mended, so that may be more than its own accounts.
            let why = "the file failed its check, and was repaired";
            return Err(redb::Error::Corrupted(why.to_owned()));
        }
        Self::prepared(database, device)
    }

    /// Opens again for writing what was checked before. The engine finds out which pages are free,
    /// for which it reads all of the file.
    pub(super) fn repaired(device: &Device) -> Result<Self, redb::Error> {
        let database = builder().create_with_backend(device.clone())?;
        Self::prepared(database, device)
    }

    /// Opens again for reading what was checked before.
    pub(super) fn to_be_read(device: Device) -> Result<Self, redb::Error> {
        if !device.lock()? {
            return Err(redb::Error::DatabaseAlreadyOpen);
        }
        // The engine refuses to read what was not closed, unless someone may be writing it.
        let mut builder = builder();
        builder.set_concurrency_mode(redb::ConcurrencyMode::SingleWriter);
        let database = builder.open_read_only_with_backend(device.reader())?;
        Ok(Self::Reading { database, device })
    }

    /// Makes the tables, so that reading need not ask whether they are there. This commit also has
    /// the engine use again what the last one set free, which a full disk needs.
    fn prepared(database: redb::Database, device: &Device) -> Result<Self, redb::Error> {
        device.take_reserve()?;
        let transaction = database.begin_write()?;
        let mut tables = Tables::of(&transaction, 0);
        let held = tables
            .make()
            .and_then(|()| tables.remove_left_over())
            .and_then(|()| tables.count_bytes())
            .map_err(Failure::into_database)?;
        drop(tables);
        transaction.commit()?;
        if let Some(error) = device.refusal() {
            return Err(error.into());
        }
        Ok(Self::Writing {
            database,
            device: device.clone(),
            held: AtomicU64::new(held),
        })
    }

    pub(super) fn device(&self) -> &Device {
        match self {
            Self::Writing { device, .. } | Self::Reading { device, .. } => device,
        }
    }

    pub(super) fn begin_read(&self) -> Result<ReadTransaction, redb::Error> {
        Ok(match self {
            Self::Writing { database, .. } => database.begin_read()?,
            Self::Reading { database, .. } => database.begin_read()?,
        })
    }

    /// Moves what is in the file together, and cuts off what is free then, for which nobody may be
    /// reading.
    pub(super) fn compact(&mut self) -> Result<(), redb::Error> {
        if let Self::Writing { database, .. } = self {
            database.compact()?;
        }
        Ok(())
    }

    /// Writes in one transaction, and says how many bytes that removed. It is not known to be on the
    /// disk before the device says so.
    pub(super) fn commit(
        &self,
        write: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<u64, redb::Error> {
        let Self::Writing { database, held, .. } = self else {
            return Err(redb::Error::DatabaseClosed);
        };
        let transaction = database.begin_write()?;
        let mut tables = Tables::of(&transaction, held.load(Ordering::Relaxed));
        write(&mut tables)?;
        let changes = tables.changes();
        drop(tables);
        if changes.is_any {
            transaction.commit()?;
            held.store(changes.held, Ordering::Relaxed);
        } else {
            transaction.abort()?;
        }
        Ok(changes.freed)
    }
}

/// The last chance for what the disk refused.
impl Drop for Engine {
    fn drop(&mut self) {
        // Where this fails, the file stands as it did before that commit, which nobody was told of.
        let _ = self.device().settle();
    }
}

fn builder() -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE);
    builder
}
