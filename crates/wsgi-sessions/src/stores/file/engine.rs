//! The engine on a device, for reading and writing or only for reading.

use std::sync::atomic::{AtomicU64, Ordering};

use redb::{ReadOnlyDatabase, ReadTransaction, ReadableDatabase, StorageBackend};

use super::{device::Device, examined::Examined, failure::Failure, held, tables::Tables};

/// The size of the engine's cache, in bytes.
const CACHE: usize = 64 << 20;

/// The engine with the open file.
pub(super) enum Engine {
    Writing {
        database: redb::Database,
        device: Device,
        /// The bytes of all sessions.
        held: AtomicU64,
    },
    /// After a failure. It reads committed data, and need not know which pages are free.
    Reading {
        database: ReadOnlyDatabase,
        device: Device,
    },
}

impl Engine {
    /// Opens the database after a check of all of it. A damaged file stays as it is.
    ///
    /// The engine verifies checksums only here. Without the check, a wrong bit in a key would make
    /// a session silently absent.
    pub(super) fn checked(device: &Device) -> Result<Self, redb::Error> {
        if !device.clear_unfinished()? {
            return Err(redb::Error::DatabaseAlreadyOpen);
        }
        if device.len()? > 0 {
            check(&Examined::new(device.clone()))?;
        }
        Self::repaired(device)
    }

    /// Opens a new or checked database for writing. If the file was not closed, the engine reads
    /// all of it to find out which pages are free.
    pub(super) fn repaired(device: &Device) -> Result<Self, redb::Error> {
        let database = builder().create_with_backend(device.clone())?;
        Self::prepared(database, device)
    }

    /// Reopens a checked database for reading.
    pub(super) fn to_be_read(device: Device) -> Result<Self, redb::Error> {
        if !device.lock()? {
            return Err(redb::Error::DatabaseAlreadyOpen);
        }
        // The engine refuses to read a file that was not closed, unless it may have a writer.
        let mut builder = builder();
        builder.set_concurrency_mode(redb::ConcurrencyMode::SingleWriter);
        let database = builder.open_read_only_with_backend(device.reader())?;
        Ok(Self::Reading { database, device })
    }

    /// Creates the tables, so that readers can rely on them. This commit also lets the engine reuse
    /// the pages that the last one freed, which a full disk needs.
    fn prepared(database: redb::Database, device: &Device) -> Result<Self, redb::Error> {
        device.take_reserve()?;
        let transaction = database.begin_write()?;
        let mut tables = Tables::of(&transaction, 0);
        let bytes = tables
            .make()
            .and_then(|()| held::remove_left_over(&mut tables))
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
            held: AtomicU64::new(bytes),
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

    /// Compacts the file and truncates it. There must be no readers.
    pub(super) fn compact(&mut self) -> Result<(), redb::Error> {
        if let Self::Writing { database, .. } = self {
            database.compact()?;
        }
        Ok(())
    }

    /// Writes in one transaction, and returns the number of bytes removed. The commit may not be on
    /// the disk until the device says so.
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

/// Makes a last attempt to write what the disk refused.
impl Drop for Engine {
    fn drop(&mut self) {
        // If this fails, the file is as before that commit, which nobody was told about.
        let _ = self.device().settle();
    }
}

/// Opens a database that is examined, and checks all of it.
///
/// The engine repairs in memory what it can. It does not say what it repaired, so it may be more
/// than its own bookkeeping.
pub(super) fn check<B>(file: &Examined<B>) -> Result<redb::Database, redb::Error>
where
    B: StorageBackend,
{
    let mut database = builder().create_with_backend(file.clone())?;
    if database.check_integrity()? {
        return Ok(database);
    }
    let why = "the file failed its check";
    Err(redb::Error::Corrupted(why.to_owned()))
}

pub(super) fn builder() -> redb::Builder {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE);
    builder
}
