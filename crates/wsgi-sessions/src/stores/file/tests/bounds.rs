//! The limits of the store, and what gives way when it is full.

use std::time::{Duration, SystemTime};

use super::{disk::Disk, held, record};
use crate::{
    key::Key,
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::file::{FileStore, failure::Failure, held::put, room::Wanted},
};

/// Adds a session whose cookie has come back.
fn add(store: &FileStore, number: u32, data: usize, now: SystemTime) -> Result<(), StoreError> {
    let (key, record) = (numbered(number), record(&vec![7; data], now));
    store.create(&key, &record, now)?;
    assert!(store.touch(&key, record.idle_until, now)?);
    Ok(())
}

fn numbered(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

fn is_found(store: &FileStore, number: u32, now: SystemTime) -> bool {
    matches!(store.load(&numbered(number), now).unwrap(), Load::Found(_))
}

#[track_caller]
fn assert_full(created: &Result<(), StoreError>) {
    assert!(matches!(created, Err(StoreError::Full)), "{created:?}");
}

/// The number of bytes of a record besides its data.
const HEAD: u64 = 49;

#[test]
fn a_full_store_refuses_new_sessions_and_keeps_those_in_use() {
    let now = SystemTime::now();
    let by_number = Disk::default().store().max_sessions(10);
    let by_bytes = Disk::default().store().max_bytes(10 * (HEAD + 100));
    for store in [by_number, by_bytes] {
        for number in 0..10 {
            add(&store, number, 100, now).unwrap();
        }
        assert_full(&add(&store, 10, 100, now));
        assert!((0..10).all(|number| is_found(&store, number, now)));
        assert!(store.end(&numbered(3), now).unwrap());
        add(&store, 10, 100, now).unwrap();
        assert_full(&add(&store, 11, 100, now));
        // Sessions that are over make room.
        let later = now + Duration::from_secs(60);
        add(&store, 11, 100, later).unwrap();
        assert!(is_found(&store, 11, later));
    }
}

#[test]
fn a_full_store_searches_far_for_sessions_that_are_over_only_once_per_commit() {
    let (now, many) = (SystemTime::now(), 10_000);
    let store = Disk::default().store().max_sessions(many.into());
    let new = record(b"", now);
    let filled = store.contents.commit(false, |tables| {
        let mut numbers = 0..many;
        let put = numbers.try_for_each(|number| put(tables, &numbered(number), &new, now));
        put.map_err(Failure::into_database)
    });
    assert!(filled.is_ok());
    let mut looked = Vec::new();
    let refused = store.contents.commit(false, |tables| {
        for _ in 0..3 {
            let from = tables.swept;
            assert!(tables.make_room(Wanted::session(&new), now).is_err());
            let (to, mut count) = (tables.swept, 0);
            let look = |key: &[u8; 32], _: &[u8]| count += usize::from(Some(*key) <= to);
            let walked = tables.sessions.walk(from, usize::MAX, look);
            walked.map_err(Failure::into_database)?;
            looked.push(count);
        }
        Ok(())
    });
    assert!(refused.is_ok());
    assert_eq!(looked, [64 + 4096, 64, 64]);
}

#[test]
fn a_flood_of_unproved_sessions_keeps_nobody_out_and_ends_no_session_in_use() {
    let now = SystemTime::now();
    let store = Disk::default().store().max_sessions(50);
    for number in 0..10 {
        add(&store, number, 10, now).unwrap();
    }
    for number in 100..500_u32 {
        // Sessions are over in the order in which they begin.
        let at = now + Duration::from_millis(number.into());
        store
            .create(&numbered(number), &record(b"", at), at)
            .unwrap();
    }
    assert!((0..10).all(|number| is_found(&store, number, now)));
    assert!((460..500).all(|number| is_found(&store, number, now)));
    assert!(!(100..460).any(|number| is_found(&store, number, now)));

    // Saving and renewing prove a session.
    let Load::Found(standing) = store.load(&numbered(470), now).unwrap() else {
        panic!("no session");
    };
    let next = record(b"saved", now);
    let saved = store.save(&numbered(470), standing.version, &next, now);
    assert_eq!(saved.unwrap(), Write::Done);
    let next = record(b"logged in", now);
    let renewed = renew(&store, 471, 50, &next, now);
    assert_eq!(renewed.unwrap(), Write::Done);
    for number in 1000..1100 {
        store
            .create(&numbered(number), &record(b"", now), now)
            .unwrap();
    }
    assert!(
        (0..10)
            .chain([470, 50])
            .all(|number| is_found(&store, number, now))
    );
}

fn renew(
    store: &FileStore,
    old: u32,
    new: u32,
    record: &Record,
    now: SystemTime,
) -> Result<Write, StoreError> {
    let (Load::Found(standing) | Load::Retired(standing)) =
        store.load(&numbered(old), now).unwrap()
    else {
        panic!("no session");
    };
    let (grace, [old, new]) = (Duration::from_secs(5), [old, new].map(numbered));
    store.renew(&old, standing.version, &new, record, grace, now)
}

#[test]
fn a_renewal_needs_no_place_and_a_copy_is_the_first_to_go() {
    let now = SystemTime::now();
    let bytes = 4 * (HEAD + 100);
    let store = Disk::default().store().max_sessions(3).max_bytes(bytes);
    for number in 0..3 {
        add(&store, number, 100, now).unwrap();
    }
    let next = || record(&[7; 80], now);
    assert_eq!(renew(&store, 0, 10, &next(), now).unwrap(), Write::Done);
    let copy = store.load(&numbered(0), now).unwrap();
    assert!(matches!(copy, Load::Retired(_)), "{copy:?}");
    // There is no room for another copy, but the renewal needs none.
    assert_eq!(renew(&store, 1, 11, &next(), now).unwrap(), Write::Done);
    assert_eq!(store.load(&numbered(1), now).unwrap(), Load::Absent);
    // A retired id is renewed into a separate session, which needs a place.
    let refused = renew(&store, 0, 12, &next(), now);
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    // A record that has grown takes the room of the copy.
    let grown = record(&[7; 150], now);
    assert_eq!(renew(&store, 2, 13, &grown, now).unwrap(), Write::Done);
    assert_eq!(store.load(&numbered(0), now).unwrap(), Load::Absent);
    assert!(
        [10, 11, 13]
            .iter()
            .all(|&number| is_found(&store, number, now))
    );
    assert!(held(&store) <= bytes);
}

#[test]
fn a_file_beyond_its_limits_loses_nothing_and_takes_no_new_session() {
    let (now, disk) = (SystemTime::now(), Disk::default());
    let store = disk.store();
    for number in 0..20 {
        add(&store, number, 100, now).unwrap();
    }
    drop(store);
    let store = disk.store().max_bytes(10 * (HEAD + 100));
    assert_full(&add(&store, 20, 100, now));
    for number in 0..20 {
        let Load::Found(standing) = store.load(&numbered(number), now).unwrap() else {
            panic!("{number} is lost");
        };
        let next = record(&[8; 100], now);
        let saved = store.save(&numbered(number), standing.version, &next, now);
        assert_eq!(saved.unwrap(), Write::Done);
        let renewed = renew(&store, number, 100 + number, &record(&[9; 100], now), now);
        assert_eq!(renewed.unwrap(), Write::Done);
    }
    assert!((100..120).all(|number| is_found(&store, number, now)));
}
