//! A disk in memory that fails on demand.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender},
    },
    time::Duration,
};

use redb::{StorageBackend, backends::InMemoryBackend};

use crate::stores::file::{FileStore, database::Database, medium::Medium};

/// A disk that outlives the database on it. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    bytes: Bytes,
    faults: Mutex<Faults>,
    held: Mutex<Option<(Sender<()>, Receiver<()>)>>,
    openings: AtomicUsize,
    bytes_read: AtomicUsize,
}

#[derive(Debug)]
struct Bytes(InMemoryBackend);

/// The error of each kind of work.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    reading: Option<io::ErrorKind>,
    /// Affects only writes that need more room.
    writing: Option<io::ErrorKind>,
    syncing: Option<io::ErrorKind>,
}

impl Default for Bytes {
    fn default() -> Self {
        Self(InMemoryBackend::new())
    }
}

impl Disk {
    /// Opens a store on this disk, without pauses after failures.
    pub(crate) fn store(&self) -> FileStore {
        self.store_that_rests(|_| Duration::ZERO)
    }

    pub(super) fn store_that_rests(&self, rest: fn(u32) -> Duration) -> FileStore {
        let disk = self.clone();
        let open = move || {
            disk.0.openings.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(disk.clone()) as Box<dyn Medium>)
        };
        FileStore::on(Database::opened_by(Box::new(open), rest).unwrap())
    }

    pub(super) fn openings(&self) -> usize {
        self.0.openings.load(Ordering::Relaxed)
    }

    pub(super) fn bytes_read(&self) -> usize {
        self.0.bytes_read.load(Ordering::Relaxed)
    }

    pub(super) fn fails_reading(&self, how: Option<io::ErrorKind>) {
        self.0.faults.lock().unwrap().reading = how;
    }

    pub(super) fn fails_writing(&self, how: Option<io::ErrorKind>) {
        self.0.faults.lock().unwrap().writing = how;
    }

    pub(crate) fn fails_syncing(&self, how: Option<io::ErrorKind>) {
        self.0.faults.lock().unwrap().syncing = how;
    }

    /// Delays the next sync. The receiver gets a message when it waits, and dropping the sender
    /// releases it.
    #[cfg(all(unix, feature = "server"))]
    pub(crate) fn holds_next_sync(&self) -> (Receiver<()>, Sender<()>) {
        let (waits, has_come) = std::sync::mpsc::channel();
        let (go, is_gone) = std::sync::mpsc::channel();
        *self.0.held.lock().unwrap() = Some((waits, is_gone));
        (has_come, go)
    }

    fn meet(&self, fault: impl Fn(Faults) -> Option<io::ErrorKind>) -> io::Result<()> {
        let faults = *self.0.faults.lock().unwrap();
        fault(faults).map_or(Ok(()), |kind| Err(kind.into()))
    }
}

impl Medium for Disk {
    fn allocate(&self, _offset: u64, _bytes: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn free(&self) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.0.bytes.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.meet(|faults| faults.reading)?;
        self.0.bytes_read.fetch_add(out.len(), Ordering::Relaxed);
        self.0.bytes.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.meet(|faults| faults.writing)?;
        self.0.bytes.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.meet(|faults| faults.syncing)?;
        let held = self.0.held.lock().unwrap().take();
        if let Some((waits, is_gone)) = held {
            waits.send(()).unwrap();
            assert!(is_gone.recv().is_err());
        }
        self.0.bytes.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // Rewriting existing data needs no more room.
        let is_more = offset > 0;
        if is_more {
            self.meet(|faults| faults.writing)?;
        }
        self.0.bytes.0.write(offset, data)
    }
}
