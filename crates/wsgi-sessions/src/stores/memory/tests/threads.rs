//! Many threads on a full store.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::*;

/// Creates sessions whose cookie never comes back, until it is told to stop.
fn flood(store: &MemoryStore, thread: u32, stop: &AtomicBool) {
    let mut number = thread << 24;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let record = record(number as usize % 100);
        store.create(&key(number), &record, NOW).expect("room");
        if number.is_multiple_of(7) {
            store.end(&key(number), NOW).unwrap();
        }
    }
}

/// Visits, saves, and renews a session, again and again.
fn visit(store: &MemoryStore, thread: u32) {
    let mut number = thread << 24;
    let mut standing = record(100);
    loop {
        // The session may be removed before it has been touched.
        number += 1;
        store.create(&key(number), &standing, NOW).expect("room");
        if store.touch(&key(number), NOW, NOW).unwrap() {
            break;
        }
    }
    for round in 0..3_000_u32 {
        let (old, next) = (key(number), record(50 + round as usize % 100));
        let write = if round.is_multiple_of(3) {
            number += 1;
            let grace = Duration::from_secs(5 * u64::from(round % 2));
            store.renew(&old, standing.version, &key(number), &next, grace, NOW)
        } else {
            store.save(&old, standing.version, &next, NOW)
        };
        assert_eq!(write.unwrap(), Write::Done, "round {round}");
        standing = next;
    }
    assert!(store.end(&key(number), NOW).unwrap());
}

#[test]
fn a_full_store_used_by_many_threads_counts_right_and_loses_no_session_in_use() {
    let store = MemoryStore::new().max_sessions(50).max_bytes(4_000);
    let stop = AtomicBool::new(false);
    let results = thread::scope(|scope| {
        for thread in 1..=2 {
            let (store, stop) = (&store, &stop);
            scope.spawn(move || flood(store, thread, stop));
        }
        let visitor = |thread| {
            let store = &store;
            scope.spawn(move || visit(store, thread))
        };
        let visitors: Vec<_> = (10..13_u32).map(visitor).collect();
        let results = visitors.into_iter().map(thread::ScopedJoinHandle::join);
        let results: Vec<_> = results.collect();
        stop.store(true, Ordering::Relaxed);
        results
    });
    assert!(results.iter().all(Result::is_ok));
    assert!(
        store.len() <= 50 && store.bytes.used() <= 4_000,
        "{store:?}"
    );
    store
        .sweep(NOW + Duration::from_secs(60), usize::MAX)
        .unwrap();
    let held = [&store.sessions, &store.copies, &store.bytes].map(Meter::used);
    assert_eq!(held, [0; 3]);
}
