mod threads;

use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;
use crate::{conformance, handle::Handle, record::Owned, stores::model};

const NOW: SystemTime = UNIX_EPOCH;

fn record(data: usize) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: vec![b' '; data],
        idle: Duration::from_secs(60),
        idle_until: NOW + Duration::from_secs(60),
        absolute_until: NOW + Duration::from_secs(600),
        annex: None,
    }
}

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

/// Adds a session whose cookie has come back.
fn add(store: &MemoryStore, number: u32, data: usize) -> Result<(), StoreError> {
    store.create(&key(number), &record(data), NOW)?;
    assert!(store.touch(&key(number), NOW, NOW)?);
    Ok(())
}

#[test]
fn the_suite_passes() {
    conformance::suite(MemoryStore::new);
}

#[test]
fn a_full_store_refuses_new_sessions_and_keeps_those_it_has() {
    let store = MemoryStore::new().max_sessions(2).max_bytes(100);
    add(&store, 1, 10).unwrap();
    add(&store, 2, 10).unwrap();
    assert!(matches!(add(&store, 3, 10), Err(StoreError::Full)));
    for number in [1, 2] {
        assert!(matches!(store.load(&key(number), NOW), Ok(Load::Found(_))));
    }
    assert_eq!(store.len(), 2);
}

#[test]
fn the_limit_of_bytes_applies_to_all_sessions_together() {
    let store = MemoryStore::new().max_sessions(10).max_bytes(100);
    add(&store, 1, 60).unwrap();
    assert!(matches!(add(&store, 2, 41), Err(StoreError::Full)));
    assert_eq!(store.len(), 1, "a refused session takes no place");
    add(&store, 2, 40).unwrap();

    let Ok(Load::Found(standing)) = store.load(&key(2), NOW) else {
        panic!("no session");
    };
    let grown = store.save(&key(2), standing.version, &record(41), NOW);
    assert!(matches!(grown, Err(StoreError::Full)));
    let shrunk = store.save(&key(2), standing.version, &record(1), NOW);
    assert_eq!(shrunk.unwrap(), Write::Done);
    assert_eq!(store.bytes.used(), 61);
    assert!(store.end(&key(1), NOW).unwrap());
    assert_eq!(store.bytes.used(), 1, "a logout frees the data at once");
}

#[test]
fn a_full_store_removes_sessions_that_are_over() {
    let store = MemoryStore::new().max_sessions(100).max_bytes(10_000);
    for number in 0..100 {
        add(&store, number, 100).unwrap();
    }
    assert!(matches!(add(&store, 100, 1), Err(StoreError::Full)));
    let later = NOW + Duration::from_secs(60);
    let new = Record {
        idle_until: later + Duration::from_secs(60),
        ..record(10_000)
    };
    store.create(&key(100), &new, later).unwrap();
    assert_eq!((store.len(), store.bytes.used()), (1, 10_000));
}

#[test]
fn a_session_that_was_given_less_time_gives_up_its_place_in_time() {
    let store = MemoryStore::new().max_sessions(1);
    let long = record(1);
    store.create(&key(1), &long, NOW).unwrap();
    let second = Duration::from_secs(1);
    let short = Record {
        idle_until: NOW + second,
        ..record(1)
    };
    let save = store.save(&key(1), long.version, &short, NOW).unwrap();
    assert_eq!(save, Write::Done);
    assert!(matches!(add(&store, 2, 1), Err(StoreError::Full)));
    let new = Record {
        idle_until: NOW + 2 * second,
        ..record(1)
    };
    store.create(&key(2), &new, NOW + second).unwrap();
    assert_eq!(store.sweep(NOW + 2 * second, 10).unwrap(), 1);
    assert!(store.is_empty());
}

#[test]
fn a_store_in_use_sweeps_itself() {
    let store = MemoryStore::new();
    for second in 0..20_000_u32 {
        let now = NOW + Duration::from_secs(second.into());
        let record = Record {
            idle_until: now + Duration::from_secs(60),
            absolute_until: now + Duration::from_secs(60),
            ..record(1)
        };
        store.create(&key(second), &record, now).unwrap();
        store.end(&key(second / 2), now).unwrap();
    }
    // Sixty are live. Each shard may still hold some that ended since its last write.
    assert!(store.len() < 60 + 16 * SHARDS, "{store:?}");
    let queued = |shard: usize| store.shards[shard].read().queued();
    assert!((0..SHARDS).map(queued).sum::<usize>() < 4 * (60 + 64 * SHARDS));
}

#[test]
fn a_sweep_keeps_to_its_limit_and_reaches_every_session() {
    let store = MemoryStore::new();
    for number in 0..1_000 {
        add(&store, number, 1).unwrap();
    }
    assert_eq!(store.sweep(NOW, 7).unwrap(), 0);
    let later = NOW + Duration::from_secs(60);
    let mut left = 1_000;
    while left > 0 {
        let removed = store.sweep(later, 7).unwrap();
        assert!((1..=7).contains(&removed));
        left -= removed;
    }
    assert!(store.is_empty());
    assert_eq!(store.bytes.used(), 0);
}

#[test]
fn sessions_that_end_early_leave_nothing() {
    let store = MemoryStore::new().max_sessions(10).max_bytes(100);
    add(&store, 0, 1).unwrap();
    for number in 1..100_000 {
        add(&store, number, 1).unwrap();
        assert!(store.end(&key(number), NOW).unwrap());
    }
    let queued = |shard: usize| store.shards[shard].read().queued();
    assert!((0..SHARDS).map(queued).sum::<usize>() < 200 * SHARDS);
    let later = NOW + Duration::from_secs(60);
    assert_eq!(store.sweep(later, usize::MAX).unwrap(), 1);
    assert!(store.is_empty());
}

#[test]
fn a_copy_is_kept_if_there_is_room_and_is_the_first_to_go() {
    let store = MemoryStore::new().max_sessions(10).max_bytes(100);
    add(&store, 1, 40).unwrap();
    let renew = |old, new, data| {
        let Ok(Load::Found(standing)) = store.load(&key(old), NOW) else {
            panic!("no session");
        };
        let grace = Duration::from_secs(5);
        let (old, new) = (key(old), key(new));
        store.renew(&old, standing.version, &new, &record(data), grace, NOW)
    };
    assert_eq!(renew(1, 2, 40).unwrap(), Write::Done);
    assert_eq!(store.bytes.used(), 80);
    assert!(matches!(store.load(&key(1), NOW), Ok(Load::Retired(_))));
    // There is no room for another copy, but the renewal needs none.
    assert_eq!(renew(2, 3, 40).unwrap(), Write::Done);
    assert_eq!(store.load(&key(2), NOW).unwrap(), Load::Absent);
    assert!(matches!(store.load(&key(1), NOW), Ok(Load::Retired(_))));
    // A new session takes the room of the copy.
    add(&store, 4, 60).unwrap();
    assert_eq!(store.load(&key(1), NOW).unwrap(), Load::Absent);
    assert_eq!((store.len(), store.bytes.used()), (2, 100));
    assert!(
        matches!(renew(3, 5, 41), Err(StoreError::Full)),
        "it has grown"
    );
    assert_eq!(renew(3, 5, 39).unwrap(), Write::Done);
    assert_eq!(
        (store.len(), store.bytes.used(), store.copies.used()),
        (2, 99, 0)
    );
}

#[test]
fn an_unproved_session_that_grows_takes_the_room_of_others() {
    let store = MemoryStore::new().max_sessions(10).max_bytes(100);
    for number in 1..=2 {
        store.create(&key(number), &record(50), NOW).unwrap();
    }
    let Ok(Load::Found(oldest)) = store.load(&key(1), NOW) else {
        panic!("no session");
    };
    let save = store.save(&key(1), oldest.version, &record(60), NOW);
    assert_eq!(save.unwrap(), Write::Done);
    assert_eq!(store.load(&key(2), NOW).unwrap(), Load::Absent);
}

#[test]
fn an_owner_without_sessions_leaves_nothing() {
    let store = MemoryStore::new().max_sessions(5).max_bytes(1 << 20);
    for number in 0..1_000 {
        let mut record = record(10);
        record.annex.get_or_insert_default().owned = Some(Owned {
            owner: format!("user-{number}"),
            handle: Handle::from_bytes([7; 16]),
            created: NOW,
            note: None,
        });
        store.create(&key(number), &record, NOW).unwrap();
    }
    assert_eq!(store.owners.len(), 5, "the others were removed");
    store
        .sweep(NOW + Duration::from_secs(60), usize::MAX)
        .unwrap();
    assert_eq!((store.owners.len(), store.bytes.used()), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn the_store_behaves_like_the_model(steps in model::steps()) {
        let store = MemoryStore::new();
        model::run(&store, steps);
        // Everything that was taken has been given back.
        let held = [&store.sessions, &store.copies, &store.bytes].map(Meter::used);
        prop_assert_eq!((held, store.owners.len()), ([0; 3], 0));
    }
}
