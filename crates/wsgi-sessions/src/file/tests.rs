//! What the store does when its disk fails. The disk is one that can be told to.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::FileStore;
use super::database::Database;
use crate::{Key, Load, Record, Store, StoreError, Version, Write};

/// A disk that is full while it is told so. It stays when the database on it is closed.
#[derive(Clone, Debug)]
struct Disk {
    bytes: Arc<InMemoryBackend>,
    is_full: Arc<AtomicBool>,
}

impl Disk {
    fn check(&self) -> io::Result<()> {
        let is_full = self.is_full.load(Ordering::Relaxed);
        if is_full {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            Ok(())
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.bytes.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.bytes.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.bytes.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.bytes.write(offset, data)
    }
}

fn store_on(disk: &Disk) -> FileStore {
    let disk = disk.clone();
    let open = move || redb::Builder::new().create_with_backend(disk.clone());
    FileStore::on(Database::opened_by(Box::new(open)).unwrap())
}

fn record(data: &[u8], now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: data.to_vec(),
        idle: Duration::from_secs(60),
        idle_until: now + Duration::from_secs(60),
        absolute_until: now + Duration::from_secs(600),
    }
}

#[test]
fn a_disk_that_was_full_for_a_while_ends_no_service_and_loses_no_session() {
    let disk = Disk {
        bytes: Arc::new(InMemoryBackend::new()),
        is_full: Arc::default(),
    };
    let store = store_on(&disk);
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let (first, second) = (record(b"first", now), record(b"second", now));
    store.create(&key, &first, now).unwrap();

    disk.is_full.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let saved = store.save(&key, first.version, &second, now);
        assert!(
            matches!(saved, Err(StoreError::Full | StoreError::Unavailable(_))),
            "{saved:?}"
        );
    }

    disk.is_full.store(false, Ordering::Relaxed);
    let found = |expected: &[u8]| {
        let loaded = store.load(&key, now).unwrap();
        assert!(
            matches!(&loaded, Load::Found(found) if found.data == expected),
            "{loaded:?}"
        );
    };
    found(b"first");
    assert_eq!(
        store.save(&key, first.version, &second, now).unwrap(),
        Write::Done
    );
    found(b"second");
}

#[test]
fn an_engine_that_panics_fails_its_call_and_none_after() {
    let disk = Disk {
        bytes: Arc::new(InMemoryBackend::new()),
        is_full: Arc::default(),
    };
    let store = store_on(&disk);
    let panicked = store.write::<(), _>(|_| panic!("as the engine does"));
    assert!(matches!(panicked, Err(StoreError::Corrupt)), "{panicked:?}");
    let now = SystemTime::now();
    store
        .create(&Key::of("an id"), &record(b"", now), now)
        .unwrap();
}

#[test]
fn a_file_with_wrong_bits_is_corrupt_and_no_session_in_it_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let now = SystemTime::now();
    let keys: Vec<_> = (0..20_u8).map(|number| Key::of([number])).collect();
    let store = FileStore::open(&path).unwrap();
    for key in &keys {
        store.create(key, &record(&[7; 1000], now), now).unwrap();
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        let end = bytes.len().min(at + 64);
        bytes[at..end].iter_mut().for_each(|byte| *byte ^= 0x10);
        fs::write(&path, bytes).unwrap();
        // Where nothing is kept, wrong bits do no harm.
        let Ok(store) = FileStore::open(&path) else {
            continue;
        };
        for key in &keys {
            assert!(
                !matches!(store.load(key, now), Ok(Load::Absent | Load::Retired)),
                "at {at}"
            );
        }
    }
}

#[test]
fn a_sweep_looks_at_no_more_than_it_may_and_comes_to_all() {
    let disk = Disk {
        bytes: Arc::new(InMemoryBackend::new()),
        is_full: Arc::default(),
    };
    let store = store_on(&disk);
    let now = SystemTime::now();
    for number in 0..10_u8 {
        store
            .create(&Key::of([number]), &record(b"", now), now)
            .unwrap();
    }
    let live = Key::of("lives");
    let later = now + Duration::from_secs(60);
    store.create(&live, &record(b"", later), later).unwrap();
    let swept: Vec<_> = (0..4).map(|_| store.sweep(later, 4).unwrap()).collect();
    assert!(swept.iter().all(|&count| count <= 4), "{swept:?}");
    assert_eq!(swept.iter().sum::<usize>(), 10, "{swept:?}");
    assert!(matches!(store.load(&live, later).unwrap(), Load::Found(_)));
}
