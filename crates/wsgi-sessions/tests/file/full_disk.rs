//! The store on a full disk: one in memory, of two megabytes.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tempfile::TempDir;
use wsgi_sessions::{FileStore, Key, Load, Record, Store, StoreError, Version, Write};

/// A mounted disk, unmounted when dropped.
struct Disk(TempDir);

impl Disk {
    /// Mounts a disk of two megabytes. Prints a line and returns `None` if this user may not.
    fn small() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // A new process, such as mount(8), would hold the locks of files for a moment.
        let mounted = mount(
            "tmpfs",
            folder.path(),
            "tmpfs",
            MountFlags::empty(),
            c"size=2m",
        );
        if mounted.is_ok() {
            return Some(Self(folder));
        }
        // Bypasses the harness, which hides the output of tests that pass.
        let _ = writeln!(io::stderr(), "skipped: no disk can be mounted here");
        None
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("sessions.redb")
    }

    fn filling(&self) -> PathBuf {
        self.0.path().join("filling")
    }

    /// Fills the disk.
    fn fill(&self) {
        let mut file = File::create(self.filling()).unwrap();
        for size in [4096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(self.0.path(), UnmountFlags::empty()).unwrap();
    }
}

fn record(data: &[u8], now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: data.to_vec(),
        idle: Duration::from_secs(60),
        idle_until: now + Duration::from_secs(60),
        absolute_until: now + Duration::from_secs(600),
        annex: None,
    }
}

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

/// Begins sessions, numbered from `first`, until there is no room for another. Returns their
/// records.
fn fill_with_sessions(store: &FileStore, first: u32, now: SystemTime) -> Vec<Record> {
    let mut records = Vec::new();
    for number in first.. {
        let record = record(&[7; 300], now);
        match store.create(&key(number), &record, now) {
            Ok(()) => {
                // The cookie has come back.
                assert!(store.touch(&key(number), record.idle_until, now).unwrap());
                records.push(record);
            }
            Err(StoreError::Full) => break,
            Err(error) => panic!("{error:?}"),
        }
        assert!(records.len() < 20_000, "the disk is not full");
    }
    records
}

/// Waits until another session can begin.
#[track_caller]
fn wait_for_room(store: &FileStore, now: SystemTime) {
    let end = Instant::now() + Duration::from_secs(20);
    while let Err(error) = store.create(&Key::of("new"), &record(b"", now), now) {
        assert!(matches!(error, StoreError::Full), "{error:?}");
        assert!(Instant::now() < end, "no session can begin");
        thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn assert_full(created: &Result<(), StoreError>) {
    assert!(matches!(created, Err(StoreError::Full)), "{created:?}");
}

#[test]
fn live_sessions_are_saved_and_ended_on_a_full_disk() {
    let Some(disk) = Disk::small() else { return };
    let store = FileStore::open(disk.file()).unwrap();
    let now = SystemTime::now();
    let records = fill_with_sessions(&store, 0, now);
    assert!(records.len() > 1000, "{}", records.len());
    disk.fill();

    for (number, first) in (0..).zip(&records) {
        let next = Record {
            version: Version::random().unwrap(),
            data: vec![8; 300],
            ..first.clone()
        };
        let saved = store.save(&key(number), first.version, &next, now);
        assert_eq!(saved.unwrap(), Write::Done, "{number} of {}", records.len());
        let until = now + Duration::from_secs(90);
        assert!(store.touch(&key(number), until, now).unwrap(), "{number}");
    }
    assert_full(&store.create(&Key::of("new"), &record(b"", now), now));
    for number in 0..records.len() as u32 {
        let ended = store.end(&key(number), now);
        assert!(ended.unwrap(), "{number}");
        assert_eq!(store.load(&key(number), now).unwrap(), Load::Absent);
    }
}

#[test]
fn a_disk_filled_by_sessions_recovers_when_they_are_over() {
    let Some(disk) = Disk::small() else { return };
    let store = FileStore::open(disk.file()).unwrap();
    let now = SystemTime::now();
    let records = fill_with_sessions(&store, 0, now);
    let later = now + Duration::from_secs(60);
    let mut swept = 0;
    for _ in 0..20 {
        swept += store.sweep(later, 1000).unwrap();
    }
    assert_eq!(swept, records.len());
    wait_for_room(&store, later);
    let again = fill_with_sessions(&store, records.len() as u32, later);
    let (again, before) = (again.len(), records.len());
    assert!(again > before * 3 / 4, "{again} of {before}");
}

#[test]
fn a_disk_filled_by_something_else_takes_sessions_once_that_is_gone() {
    let Some(disk) = Disk::small() else { return };
    let store = FileStore::open(disk.file()).unwrap();
    let now = SystemTime::now();
    let first = record(b"first", now);
    store.create(&key(0), &first, now).unwrap();
    assert!(store.touch(&key(0), first.idle_until, now).unwrap());
    disk.fill();
    let records = fill_with_sessions(&store, 1, now);
    assert_full(&store.create(&Key::of("new"), &record(b"", now), now));
    for _ in 0..1000 {
        assert!(matches!(store.load(&key(0), now), Ok(Load::Found(_))));
    }
    fs::remove_file(disk.filling()).unwrap();
    wait_for_room(&store, now);
    drop(store);
    let store = FileStore::open(disk.file()).unwrap();
    for number in 0..=records.len() as u32 {
        assert!(matches!(store.load(&key(number), now), Ok(Load::Found(_))));
    }
}

#[test]
fn sessions_that_end_among_others_make_room_on_a_full_disk() {
    let Some(disk) = Disk::small() else { return };
    let store = FileStore::open(disk.file()).unwrap();
    let now = SystemTime::now();
    let records = fill_with_sessions(&store, 0, now);
    let later = now + Duration::from_secs(60);
    for (number, first) in (0..).zip(&records).step_by(5) {
        let next = Record {
            version: Version::random().unwrap(),
            idle_until: later + Duration::from_secs(60),
            ..first.clone()
        };
        let saved = store.save(&key(number), first.version, &next, now);
        assert_eq!(saved.unwrap(), Write::Done, "{number}");
    }
    for _ in 0..20 {
        store.sweep(later, 1000).unwrap();
    }
    wait_for_room(&store, later);
    let again = fill_with_sessions(&store, records.len() as u32, later).len();
    assert!(again > records.len() / 2, "{again} of {}", records.len());
    for number in (0..records.len() as u32).step_by(5) {
        assert!(matches!(
            store.load(&key(number), later),
            Ok(Load::Found(_))
        ));
    }
}

#[test]
fn sessions_whose_cookie_has_not_come_back_give_way_on_a_full_disk() {
    let Some(disk) = Disk::small() else { return };
    let store = FileStore::open(disk.file()).unwrap();
    let now = SystemTime::now();
    let mut visitor = record(&[7; 300], now);
    store.create(&Key::of("a visitor"), &visitor, now).unwrap();
    let mut refused = 0;
    for number in 0..8_000 {
        // Sessions are over in the order in which they begin.
        let at = now + Duration::from_millis(number.into());
        match store.create(&key(number), &record(&[7; 300], at), at) {
            Ok(()) => {}
            Err(StoreError::Full) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        if number % 100 == 0 {
            let next = Record {
                version: Version::random().unwrap(),
                ..visitor.clone()
            };
            let saved = store.save(&Key::of("a visitor"), visitor.version, &next, now);
            assert_eq!(saved.unwrap(), Write::Done, "{number}");
            visitor = next;
        }
    }
    assert_eq!(refused, 0);
    let found = store.load(&Key::of("a visitor"), now).unwrap();
    assert!(matches!(found, Load::Found(_)));
    let new = store.load(&key(7_999), now).unwrap();
    assert!(matches!(new, Load::Found(_)));
    assert_eq!(store.load(&key(0), now).unwrap(), Load::Absent);
}

#[test]
fn a_compaction_without_room_leaves_the_file_as_it_is() {
    let Some(disk) = Disk::small() else { return };
    let now = SystemTime::now();
    let store = FileStore::open(disk.file()).unwrap();
    for number in 0..100 {
        let record = record(&[7; 3000], now);
        store.create(&key(number), &record, now).unwrap();
    }
    drop(store);
    disk.fill();
    let before = fs::read(disk.file()).unwrap();
    let error = FileStore::compact(disk.file()).unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error:?}");
    assert_eq!(
        fs::read_dir(disk.0.path()).unwrap().count(),
        2,
        "a copy is left"
    );
    let statistics = FileStore::check(disk.file(), now).unwrap();
    assert_eq!(statistics.live, 100);
    assert_eq!(statistics.file_bytes, before.len() as u64);
    fs::remove_file(disk.filling()).unwrap();
    FileStore::compact(disk.file()).unwrap();
    assert_eq!(FileStore::check(disk.file(), now).unwrap().live, 100);
}
