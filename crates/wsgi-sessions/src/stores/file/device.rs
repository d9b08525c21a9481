//! The storage of the engine's file. It tolerates a disk that refuses writes, and remembers a
//! failed sync.

use std::{
    error::Error,
    fmt, io,
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::{BackendError, StorageBackend};

use super::{
    locks::pass_on_locks, medium::Medium, reserve::Reserve, unfinished::is_unfinished,
    unwritten::Unwritten,
};

/// Error after a failed sync of the store's file: nobody knows what the file contains.
///
/// It is the source of [`StoreError::Unavailable`](crate::StoreError::Unavailable) from the call
/// that met the failure and from every later one. A system that fails to write may drop the data,
/// and report success at the next sync. The data that this process still reads may then differ from
/// the data after a loss of power. Check the disk and restart the process, which reads and checks
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
        f.write_str("a sync of the store's file failed; check the disk, then restart this process")
    }
}

impl Error for SyncFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// Whether a sync has failed, shared by all devices on one file.
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

/// A storage backend that never tells the engine about a refused write, because the engine would
/// then stop entirely and not even read.
///
/// Refused writes are kept in memory. The head of the file, which makes a commit count, is written
/// last. A commit that is only partly written therefore does not count for anyone who opens the
/// file. The refused writes are written again before the next commit begins. While that fails,
/// [`settle`](Device::settle) returns the error and nothing else is written, so that no page of the
/// last complete commit is overwritten. Only a failed sync is reported to the engine, and ends
/// everything.
///
/// Clones are the same device.
#[derive(Clone, Debug)]
pub(super) struct Device(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    medium: Box<dyn Medium>,
    health: Health,
    state: Mutex<State>,
    /// Whether a read may hit data that is kept in memory.
    covers: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    unwritten: Unwritten,
    reserve: Reserve,
}

impl Device {
    pub(super) fn new(medium: Box<dyn Medium>, health: Health) -> Self {
        Self(Arc::new(Inside {
            medium,
            health,
            state: Mutex::default(),
            covers: AtomicBool::new(false),
        }))
    }

    /// Reserves room past the end of the file.
    pub(super) fn take_reserve(&self) -> io::Result<()> {
        let len = self.0.medium.len()?;
        self.state().reserve.take(self.medium(), len);
        Ok(())
    }

    /// Locks the file against other processes, as a writing engine does. Returns whether that
    /// succeeded. The lock lasts until the device is dropped, or until an engine that wrote is
    /// closed.
    pub(super) fn lock(&self) -> io::Result<bool> {
        let locked = self
            .0
            .medium
            .try_lock_range(Bound::Unbounded, Bound::Unbounded);
        match locked {
            Ok(is_locked) => Ok(is_locked),
            Err(BackendError::Io(error)) => Err(error),
            // The engine does not lock such a medium either.
            Err(_) => Ok(true),
        }
    }

    /// Empties a file whose creation was interrupted. Returns whether that is settled: false means
    /// that another process has the file open.
    pub(super) fn clear_unfinished(&self) -> io::Result<bool> {
        if !is_unfinished(self.medium())? {
            return Ok(true);
        }
        let is_locked = self.lock()?;
        // Before the lock, another process may have finished it.
        if is_locked && is_unfinished(self.medium())? {
            self.0.medium.set_len(0)?;
        }
        Ok(is_locked)
    }

    /// Returns the device for an engine that only reads.
    pub(super) fn reader(&self) -> Reader {
        Reader(self.clone())
    }

    /// Returns the disk's error for a commit that the engine believes to be done.
    pub(super) fn refusal(&self) -> Option<io::Error> {
        let unwritten = &self.state().unwritten;
        unwritten.error().filter(|_| unwritten.is_committed)
    }

    /// Whether sessions of that size may begin.
    pub(super) fn admits(&self, bytes: u64) -> bool {
        let mut state = self.state();
        let len = self.0.medium.len();
        len.is_ok_and(|len| state.reserve.admits(self.medium(), len, bytes))
    }

    /// Returns how many of `bytes` may be written for live sessions.
    pub(super) fn bears(&self, bytes: u64) -> u64 {
        let mut state = self.state();
        let len = self.0.medium.len();
        len.map_or(bytes, |len| state.reserve.bears(self.medium(), len, bytes))
    }

    /// Returns how many bytes must have been removed before compacting helps the reserve.
    pub(super) fn worth_compacting(&self) -> u64 {
        self.0.medium.len().map_or(u64::MAX, Reserve::wanted)
    }

    /// Writes what the disk has refused before.
    ///
    /// # Errors
    ///
    /// Fails while the disk still refuses it.
    pub(super) fn settle(&self) -> io::Result<()> {
        self.0.health.check()?;
        let mut state = self.state();
        if !state.unwritten.is_refused() {
            return Ok(());
        }
        self.write_out(&mut state)?;
        self.sync()
    }

    /// Writes all data that is kept in memory, the head last.
    fn write_out(&self, state: &mut State) -> io::Result<()> {
        let State { unwritten, reserve } = state;
        let medium = self.medium();
        if let Some(len) = unwritten.len {
            reserve.set_len(medium, len)?;
            unwritten.len = None;
        }
        unwritten.drain(|offset, block| reserve.write(medium, offset, block))?;
        if let Some(head) = &unwritten.head {
            reserve.write(medium, 0, head)?;
        }
        *unwritten = Unwritten::default();
        self.0.covers.store(false, Ordering::Release);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let synced = self.0.medium.sync_data();
        synced.map_err(|error| self.0.health.note(error))
    }

    /// Returns the state for writing. Fails if the last commit counts for the engine but not on the
    /// disk.
    fn writable(&self) -> io::Result<MutexGuard<'_, State>> {
        self.0.health.check()?;
        let state = self.state();
        if state.unwritten.is_committed {
            return Err(state
                .unwritten
                .error()
                .unwrap_or(io::ErrorKind::Other.into()));
        }
        Ok(state)
    }

    fn medium(&self) -> &dyn Medium {
        &*self.0.medium
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        self.0.health.check()?;
        let state = self.state();
        state.unwritten.len.map_or_else(|| self.0.medium.len(), Ok)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.health.check()?;
        if !self.0.covers.load(Ordering::Acquire) {
            return self.0.medium.read(offset, out);
        }
        let state = self.state();
        let end = self.0.medium.len()?;
        // Refused data may be past the end of the file.
        let there = end.saturating_sub(offset).min(out.len() as u64) as usize;
        self.0.medium.read(offset, &mut out[..there])?;
        out[there..].fill(0);
        state.unwritten.cover(offset, out);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.writable()?;
        let State { unwritten, reserve } = &mut *state;
        if !unwritten.is_refused() {
            match reserve.set_len(self.medium(), len) {
                Ok(()) => return Ok(()),
                Err(error) => unwritten.refuse(error),
            }
        }
        unwritten.cut(len);
        unwritten.len = Some(len);
        self.0.covers.store(true, Ordering::Release);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.writable()?;
        let ends_commit = state.unwritten.head.is_some();
        if let Err(error) = self.write_out(&mut state) {
            state.unwritten.refuse(error);
            state.unwritten.is_committed = ends_commit;
            return Ok(());
        }
        self.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.writable()?;
        let State { unwritten, reserve } = &mut *state;
        if offset == 0 {
            unwritten.head = Some(data.to_vec());
        } else {
            if !unwritten.is_refused() {
                match reserve.write(self.medium(), offset, data) {
                    Ok(()) => return Ok(()),
                    Err(error) => unwritten.refuse(error),
                }
            }
            unwritten.keep(offset, data);
        }
        self.0.covers.store(true, Ordering::Release);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.0.medium.close()
    }

    pass_on_locks!(self, self.0.medium);
}

/// The byte that a writing engine locks while the file is consistent. A file that was not closed is
/// consistent if this process wrote it, because the head was written last.
const CONSISTENT: u64 = (1 << 62) + 4;

/// A device that is already locked, for an engine that reads while another may write.
#[derive(Debug)]
pub(super) struct Reader(Device);

impl StorageBackend for Reader {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn write(&self, _offset: u64, _data: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn try_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(
        &self,
        _start: Bound<u64>,
        _end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    /// No other process has locked anything. Only the byte for a consistent file counts as locked.
    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let consistent = Bound::Included(CONSISTENT);
        Ok((start, end) == (consistent, consistent))
    }
}
