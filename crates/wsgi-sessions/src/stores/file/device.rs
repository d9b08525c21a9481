//! What the engine keeps its file on. It remembers that a sync failed.

use std::error::Error;
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use redb::{BackendError, StorageBackend};

/// A sync of the store's file failed, so nobody knows what the file holds.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from the call
/// that met it, and from each that follows. A system that fails to write may give up what was to be
/// written, and say nothing of it at the next sync: what this process still reads may not be what a
/// loss of power leaves. Look after the disk, then start the process again, which reads and checks
/// the whole file.
///
/// ```
/// # use wsgi_sessions::{StoreError, SyncFailed};
/// fn is_to_restart(error: &StoreError) -> bool {
///     matches!(error, StoreError::Unavailable(cause) if cause.is::<SyncFailed>())
/// }
///
/// assert!(!is_to_restart(&StoreError::Full));
/// ```
#[derive(Clone, Debug)]
pub struct SyncFailed(pub(super) Arc<io::Error>);

impl fmt::Display for SyncFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sync of the store's file failed; see to the disk, then restart this process")
    }
}

impl Error for SyncFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// Whether a sync has failed, for all devices on one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<OnceLock<SyncFailed>>);

impl Health {
    fn check(&self) -> io::Result<()> {
        self.0
            .get()
            .cloned()
            .map_or(Ok(()), |failed| Err(io::Error::other(failed)))
    }

    fn note(&self, error: io::Error) -> io::Error {
        let failed = self.0.get_or_init(|| SyncFailed(Arc::new(error)));
        io::Error::other(failed.clone())
    }
}

/// A backend that does nothing more once a sync of its file failed.
#[derive(Debug)]
pub(super) struct Device {
    backend: Box<dyn StorageBackend>,
    health: Health,
}

impl Device {
    pub(super) fn new(backend: Box<dyn StorageBackend>, health: Health) -> Self {
        Self { backend, health }
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        self.health.check()?;
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.health.check()?;
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.health.check()?;
        self.backend.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.health.check()?;
        self.backend
            .sync_data()
            .map_err(|error| self.health.note(error))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.health.check()?;
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.backend.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.query_lock_range(start, end)
    }
}
