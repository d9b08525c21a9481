//! A disk in memory whose power can be cut.
//!
//! It keeps what the system keeps for a file: the data that was synced, and everything that came
//! after it. A loss of power keeps any part of the latter. Of each sector it keeps the synced bytes
//! or those of any later write, independently of all other sectors, so that writes are lost, done
//! in another order, and torn. Of the length it keeps the synced one or any later one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use proptest::{prelude::RngExt as _, test_runner::TestRng};
use redb::StorageBackend;

use crate::{
    store_error::StoreError,
    stores::file::{
        FileStore,
        database::{Database, store_error},
        medium::Medium,
    },
};

const SECTOR: usize = 512;

type Sector = [u8; SECTOR];

/// A disk whose power can be cut. Clones are the same disk.
#[derive(Clone, Debug)]
pub(super) struct VolatileDisk(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    /// The file as programs see it.
    seen: Vec<u8>,
    /// The file as it was at the last sync.
    synced: Vec<u8>,
    /// The contents of each sector since the last sync.
    sectors: BTreeMap<usize, Vec<Sector>>,
    /// The lengths since the last sync.
    lengths: Vec<usize>,
    /// The number of changes and syncs until the power is cut.
    left: u64,
    /// The largest length of the file with its reserve.
    capacity: u64,
}

impl VolatileDisk {
    /// A new disk, with power for this many changes and syncs.
    pub(super) fn new(left: u64, capacity: u64) -> Self {
        Self::of(Vec::new(), left, capacity)
    }

    fn of(bytes: Vec<u8>, left: u64, capacity: u64) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            seen: bytes.clone(),
            synced: bytes,
            sectors: BTreeMap::new(),
            lengths: Vec::new(),
            left,
            capacity,
        })))
    }

    pub(super) fn store(&self) -> Result<FileStore, StoreError> {
        let disk = self.clone();
        let open = move || Ok(Box::new(disk.clone()) as Box<dyn Medium>);
        let database = Database::opened_by(Box::new(open), |_| Duration::ZERO);
        Ok(FileStore::on(
            database.map_err(|error| store_error(&Arc::new(error)))?,
        ))
    }

    pub(super) fn has_power(&self) -> bool {
        self.inside().left > 0
    }

    pub(super) fn len(&self) -> u64 {
        self.inside().seen.len() as u64
    }

    /// The disk after a loss of power, with power for this many changes and syncs.
    pub(super) fn after_loss(&self, random: &mut TestRng, left: u64) -> Self {
        let inside = self.inside();
        let mut bytes = inside.synced.clone();
        // How many sectors in a hundred lose everything, and how many keep everything.
        let (lost, kept) =
            [(0, 100), (5, 95), (33, 33), (95, 5), (100, 0), (0, 0)][random.random_range(0..6)];
        for (number, contents) in &inside.sectors {
            let chance = random.random_range(0..100);
            let content = match chance {
                _ if chance < lost => continue,
                _ if chance >= 100 - kept => contents.len() - 1,
                _ => random.random_range(0..contents.len()),
            };
            let start = number * SECTOR;
            bytes.resize(bytes.len().max(start + SECTOR), 0);
            bytes[start..start + SECTOR].copy_from_slice(&contents[content]);
        }
        let lengths = inside.lengths.len();
        let length = match random.random_range(0..=lengths) {
            0 => inside.synced.len(),
            number => inside.lengths[number - 1],
        };
        bytes.resize(length, 0);
        Self::of(bytes, left, inside.capacity)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }
}

impl Inside {
    /// Spends power. The last change is done, but its caller does not learn that.
    fn spend(&mut self) -> io::Result<()> {
        if self.left == 0 {
            return Err(io::Error::other("no power"));
        }
        self.left -= 1;
        Ok(())
    }

    fn check(&self) -> io::Result<()> {
        match self.left {
            0 => Err(io::Error::other("no power")),
            _ => Ok(()),
        }
    }

    fn fits(&self, end: u64) -> io::Result<()> {
        match end <= self.capacity {
            true => Ok(()),
            false => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    /// Notes the contents of the sectors with these bytes.
    fn note(&mut self, start: usize, end: usize) {
        for number in start / SECTOR..end.div_ceil(SECTOR) {
            let mut content = [0; SECTOR];
            let start = self.seen.len().min(number * SECTOR);
            let end = self.seen.len().min(start + SECTOR);
            content[..end - start].copy_from_slice(&self.seen[start..end]);
            self.sectors.entry(number).or_default().push(content);
        }
    }
}

impl Medium for VolatileDisk {
    fn allocate(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let inside = self.inside();
        inside.check()?;
        inside.fits(offset + bytes)
    }

    fn free(&self) -> io::Result<u64> {
        let inside = self.inside();
        Ok(inside.capacity - inside.seen.len() as u64)
    }
}

impl StorageBackend for VolatileDisk {
    fn len(&self) -> io::Result<u64> {
        self.inside().check()?;
        Ok(Self::len(self))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let inside = self.inside();
        inside.check()?;
        let start = offset as usize;
        let bytes = inside.seen.get(start..start + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut inside = self.inside();
        inside.spend()?;
        inside.fits(len)?;
        let (before, len) = (inside.seen.len(), len as usize);
        inside.seen.resize(len, 0);
        inside.lengths.push(len);
        if len < before {
            inside.note(len, before);
        }
        inside.check()
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inside = self.inside();
        inside.spend()?;
        inside.check()?; // the power fails during the sync
        let Inside {
            seen,
            synced,
            sectors,
            lengths,
            ..
        } = &mut *inside;
        synced.resize(seen.len(), 0);
        let numbers: BTreeSet<_> = sectors.keys().copied().collect();
        for number in numbers {
            let start = seen.len().min(number * SECTOR);
            let end = seen.len().min(start + SECTOR);
            synced[start..end].copy_from_slice(&seen[start..end]);
        }
        sectors.clear();
        lengths.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inside = self.inside();
        inside.spend()?;
        let (start, end) = (offset as usize, offset as usize + data.len());
        inside.fits(end as u64)?;
        if end > inside.seen.len() {
            inside.seen.resize(end, 0);
            inside.lengths.push(end);
        }
        inside.seen[start..end].copy_from_slice(data);
        inside.note(start, end);
        inside.check()
    }
}
