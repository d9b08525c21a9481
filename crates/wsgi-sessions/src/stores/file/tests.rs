//! The store on a disk that fails on demand.

mod bounds;
pub(crate) mod disk;
mod power;
mod unfinished;
mod volatile_disk;

use std::{
    fs, io, mem,
    sync::Arc,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use redb::ReadableTableMetadata as _;

use self::disk::Disk;
use super::{
    FileStore, SyncFailed,
    commits::Needs,
    tables::{ANNEXES, COPIES, OWNERS, SESSIONS, Tables, UNPROVED},
};
use crate::{
    conformance,
    key::Key,
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::model,
    version::Version,
};

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

#[track_caller]
fn assert_found(store: &dyn Store, key: &Key, now: SystemTime, expected: &[u8]) {
    let loaded = store.load(key, now).unwrap();
    assert!(
        matches!(&loaded, Load::Found(found) if found.data == expected),
        "{loaded:?}"
    );
}

const NO_ROOM: [io::ErrorKind; 3] = [
    io::ErrorKind::StorageFull,
    io::ErrorKind::QuotaExceeded,
    io::ErrorKind::FileTooLarge,
];

#[test]
fn a_disk_that_refuses_writes_for_a_while_closes_nothing_and_loses_no_session() {
    for how in [&NO_ROOM[..], &[io::ErrorKind::Other]].concat() {
        let disk = Disk::default();
        let store = disk.store();
        let (key, other, now) = (Key::of("an id"), Key::of("another"), SystemTime::now());
        let (first, second) = (record(b"first", now), record(b"second", now));
        store.create(&key, &first, now).unwrap();
        store.create(&other, &first, now).unwrap();

        disk.fails_writing(Some(how));
        let saved = store.save(&key, first.version, &second, now);
        match saved {
            Err(StoreError::Full) if NO_ROOM.contains(&how) => {}
            Err(StoreError::Unavailable(_)) if !NO_ROOM.contains(&how) => {}
            saved => panic!("{how}: {saved:?}"),
        }
        for _ in 0..3 {
            let ended = store.end(&other, now);
            assert!(
                matches!(ended, Err(StoreError::Unavailable(_))),
                "{how}: {ended:?}"
            );
            assert_found(&store, &other, now, b"first");
        }

        disk.fails_writing(None);
        let again = store.save(&key, first.version, &second, now);
        assert_eq!(again.unwrap(), Write::Done, "{how}");
        let ended = store.end(&other, now);
        assert!(ended.unwrap(), "{how}");
        assert_eq!(disk.openings(), 1, "{how}");
        drop(store);
        let store = disk.store();
        assert_found(&store, &key, now, b"second");
        assert_eq!(store.load(&other, now).unwrap(), Load::Absent, "{how}");
    }
}

#[test]
fn refused_writes_are_gone_after_a_kill() {
    let disk = Disk::default();
    let store = disk.store();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let (first, second) = (record(b"first", now), record(b"second", now));
    store.create(&key, &first, now).unwrap();
    disk.fails_writing(Some(io::ErrorKind::StorageFull));
    assert!(store.save(&key, first.version, &second, now).is_err());
    assert!(store.end(&key, now).is_err());
    disk.fails_writing(None);
    mem::forget(store);
    assert_found(&disk.store(), &key, now, b"first");
}

#[test]
fn refused_writes_are_written_when_the_store_is_closed() {
    let disk = Disk::default();
    let store = disk.store_that_rests(|_| Duration::from_secs(3600));
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let (first, second) = (record(b"first", now), record(b"second", now));
    store.create(&key, &first, now).unwrap();
    disk.fails_writing(Some(io::ErrorKind::StorageFull));
    assert!(store.save(&key, first.version, &second, now).is_err());
    disk.fails_writing(None);
    drop(store);
    assert_found(&disk.store(), &key, now, b"second");
}

#[test]
fn a_disk_that_refuses_writes_is_tried_again_after_longer_and_longer_pauses() {
    let disk = Disk::default();
    let store = disk.store_that_rests(|failures| {
        if failures < 3 {
            Duration::ZERO
        } else {
            Duration::from_secs(3600)
        }
    });
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let (first, second) = (record(b"first", now), record(b"second", now));
    store.create(&key, &first, now).unwrap();
    disk.fails_writing(Some(io::ErrorKind::StorageFull));
    for _ in 0..4 {
        assert!(store.save(&key, first.version, &second, now).is_err());
    }
    disk.fails_writing(None);
    let saved = store.save(&key, first.version, &second, now);
    assert!(matches!(saved, Err(StoreError::Full)), "{saved:?}");
}

#[test]
fn a_file_that_cannot_be_reopened_is_tried_again_after_a_pause() {
    let disk = Disk::default();
    let store = disk.store_that_rests(|_| Duration::from_secs(3600));
    let (key, now) = (Key::of("an id"), SystemTime::now());
    fail(&store);
    for _ in 0..10 {
        assert!(store.load(&key, now).is_err());
    }
    assert_eq!(disk.openings(), 1, "it pauses");

    let store = disk.store();
    fail(&store);
    disk.fails_reading(Some(io::ErrorKind::Other));
    for _ in 0..3 {
        let loaded = store.load(&key, now);
        assert!(
            matches!(loaded, Err(StoreError::Unavailable(_))),
            "{loaded:?}"
        );
    }
    disk.fails_reading(None);
    assert!(matches!(store.load(&key, now), Ok(Load::Absent)));
}

/// Makes the engine stop.
fn fail(store: &FileStore) {
    let panicked = store.write::<(), _>(Needs::NOTHING, |_| panic!("as the engine does"));
    assert!(matches!(panicked, Err(StoreError::Corrupt)), "{panicked:?}");
}

#[test]
fn after_a_failure_a_session_is_read_without_reading_the_whole_file() {
    let disk = Disk::default();
    let store = disk.store();
    let now = SystemTime::now();
    let keys: Vec<_> = (0..100_u8).map(|number| Key::of([number])).collect();
    for key in &keys {
        store.create(key, &record(&[7; 40_000], now), now).unwrap();
    }
    fail(&store);

    let before = disk.bytes_read();
    assert_found(&store, &keys[7], now, &[7; 40_000]);
    let read = disk.bytes_read() - before;
    assert!(read < 200_000, "{read} bytes are read");

    for key in &keys {
        assert_found(&store, key, now, &[7; 40_000]);
    }
    let ended = store.end(&keys[0], now);
    assert!(ended.unwrap());
    drop(store);
    let store = disk.store();
    assert_eq!(store.load(&keys[0], now).unwrap(), Load::Absent);
    for key in &keys[1..] {
        assert_found(&store, key, now, &[7; 40_000]);
    }
}

/// Whether an error is a failed sync.
fn is_unsynced<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(cause)) if cause.is::<SyncFailed>())
}

#[test]
fn after_a_failed_sync_nothing_is_served_until_a_restart() {
    for how in [io::ErrorKind::Other, io::ErrorKind::StorageFull] {
        let disk = Disk::default();
        let store = disk.store();
        let (key, now) = (Key::of("an id"), SystemTime::now());
        let (first, second) = (record(b"first", now), record(b"second", now));
        store.create(&key, &first, now).unwrap();

        disk.fails_syncing(Some(how));
        assert!(is_unsynced(store.save(&key, first.version, &second, now)));
        disk.fails_syncing(None);
        for _ in 0..3 {
            assert!(is_unsynced(store.load(&key, now)));
            assert!(is_unsynced(store.create(&key, &second, now)));
            assert!(is_unsynced(store.save(&key, first.version, &second, now)));
            assert!(is_unsynced(store.touch(&key, now, now)));
            assert!(is_unsynced(store.end(&key, now)));
            assert!(is_unsynced(store.sweep(now, 1)));
        }
        drop(store);
        assert!(matches!(disk.store().load(&key, now), Ok(Load::Found(_))));
    }
}

#[test]
fn an_engine_that_panics_fails_its_call_but_no_later_one() {
    let store = Disk::default().store();
    fail(&store);
    let now = SystemTime::now();
    store
        .create(&Key::of("an id"), &record(b"", now), now)
        .unwrap();
}

#[test]
fn a_damaged_entry_is_an_error_until_it_is_ended() {
    let store = Arc::new(Disk::default().store());
    let damaged = Arc::clone(&store);
    conformance::corrupt_records_are_errors(store, |key| {
        let key = *key;
        let damage = move |tables: &mut Tables<'_>| tables.sessions.insert(key.as_bytes(), b"junk");
        damaged.write(Needs::NOTHING, damage).unwrap();
    });
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
        // Wrong bits in unused parts do no harm.
        let Ok(store) = FileStore::open(&path) else {
            continue;
        };
        for key in &keys {
            assert!(
                !matches!(store.load(key, now), Ok(Load::Absent | Load::Retired(_))),
                "at {at}"
            );
        }
    }
}

/// Returns the number of entries in all tables.
fn entries(store: &FileStore) -> u64 {
    let count = store.contents.database.read(|transaction| {
        let mut count = 0;
        for table in [
            SESSIONS,
            ANNEXES,
            COPIES,
            #[cfg(feature = "server")]
            super::tables::LEGACY,
        ] {
            count += transaction.open_table(table)?.len()?;
        }
        count += transaction.open_table(OWNERS)?.len()?;
        Ok(count + transaction.open_table(UNPROVED)?.len()?)
    });
    count.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_store_behaves_like_the_model(steps in model::steps()) {
        let store = Disk::default().store();
        model::run(&store, steps);
        prop_assert_eq!((entries(&store), held(&store)), (0, 0));
    }
}

/// Returns the number of bytes that the store counts for its records.
fn held(store: &FileStore) -> u64 {
    let work = |tables: &mut Tables<'_>| {
        assert_eq!(tables.held(), tables.count_bytes()?, "the actual bytes");
        Ok(tables.held())
    };
    store.write(Needs::NOTHING, work).unwrap()
}

#[test]
fn new_sessions_replace_those_that_are_over_without_a_sweep() {
    const LIVE: u64 = 200;
    let store = Disk::default().store();
    let start = SystemTime::now();
    for number in 0..10 * LIVE {
        // Each session lives for a minute, and 200 begin in a minute.
        let now = start + Duration::from_millis(number * 60_000 / LIVE);
        let key = Key::of(number.to_be_bytes());
        store.create(&key, &record(b"", now), now).unwrap();
    }
    // Each session is also in the table of unproved ones.
    let kept = entries(&store) / 2;
    assert!((LIVE..LIVE * 5 / 4).contains(&kept), "{kept}");
}

#[cfg(feature = "server")]
#[test]
fn new_values_of_wsgi_utils_clients_replace_those_that_are_over() {
    const LIVE: u64 = 200;
    let store = Disk::default().store();
    let (start, minute) = (SystemTime::now(), Duration::from_secs(60));
    for number in 0..10 * LIVE {
        let now = start + Duration::from_millis(number * 60_000 / LIVE);
        store
            .legacy_set(&number.to_be_bytes(), b"", minute, now)
            .unwrap();
    }
    let kept = entries(&store);
    assert!((LIVE..LIVE * 5 / 4).contains(&kept), "{kept}");
}

#[test]
fn a_sweep_keeps_to_its_limit_and_reaches_every_entry() {
    let store = Disk::default().store();
    let now = SystemTime::now();
    for number in 0..10_u8 {
        store
            .create(&Key::of([number]), &record(b"", now), now)
            .unwrap();
    }
    let live = Key::of("lives");
    let later = now + Duration::from_secs(60);
    store.create(&live, &record(b"", later), now).unwrap();
    let swept: Vec<_> = (0..4).map(|_| store.sweep(later, 4).unwrap()).collect();
    assert!(swept.iter().all(|&count| count <= 4), "{swept:?}");
    assert_eq!(swept.iter().sum::<usize>(), 10, "{swept:?}");
    assert!(matches!(store.load(&live, later).unwrap(), Load::Found(_)));
}
