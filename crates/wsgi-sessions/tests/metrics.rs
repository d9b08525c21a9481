//! The numbers of a store's operations.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use wsgi_exposition::Exposition;
use wsgi_metrics::{Page, Source};
use wsgi_sessions::{
    Cookies, Key, Load, MemoryStore, Record, Scheme, Sessions, Store, StoreMetrics, Write,
};

const MINUTE: Duration = Duration::from_secs(60);

fn record(data: &str, now: SystemTime) -> Record {
    Record::new(data, MINUTE, 10 * MINUTE, now).unwrap()
}

/// The numbers that are not zero.
fn counts(metrics: &StoreMetrics) -> Vec<(&'static str, &'static str, u64)> {
    let counts = metrics.operations();
    counts.filter(|(_, _, count)| *count > 0).collect()
}

#[test]
fn every_operation_is_counted_by_its_result() {
    let (metrics, now) = (StoreMetrics::new("memory"), SystemTime::now());
    let store = metrics.around(MemoryStore::new());
    let [old, new, other] = ["an id", "another", "a third"].map(Key::of);
    let first = record("1", now);
    store.create(&old, &first, now).unwrap();
    store.create(&old, &record("2", now), now).unwrap_err();
    assert_eq!(store.load(&old, now).unwrap(), Load::Found(first.clone()));
    assert_eq!(store.load(&other, now).unwrap(), Load::Absent);
    let second = record("2", now);
    assert_eq!(
        store.save(&old, first.version, &second, now).unwrap(),
        Write::Done
    );
    let late = store
        .save(&old, first.version, &record("3", now), now)
        .unwrap();
    assert!(matches!(late, Write::Conflict(_)));
    assert_eq!(
        store.save(&other, first.version, &second, now).unwrap(),
        Write::Gone
    );
    assert!(store.touch(&old, now + 2 * MINUTE, now).unwrap());
    assert!(!store.touch(&other, now + 2 * MINUTE, now).unwrap());
    let third = record("3", now);
    let grace = Duration::from_secs(5);
    let renewed = store
        .renew(&old, second.version, &new, &third, grace, now)
        .unwrap();
    assert_eq!(renewed, Write::Done);
    assert!(matches!(store.load(&old, now).unwrap(), Load::Retired(_)));
    assert_eq!(
        store.save(&old, second.version, &third, now).unwrap(),
        Write::Retired
    );
    assert!(store.end(&new, now).unwrap());
    assert!(!store.end(&other, now).unwrap());
    assert_eq!(store.end_all("nobody", now).unwrap(), 0);
    assert!(store.list("nobody", now).unwrap().is_empty());
    store.sweep(now, 10).unwrap();
    assert_eq!(
        counts(&metrics),
        [
            ("create", "done", 1),
            ("create", "error", 1),
            ("load", "done", 1),
            ("load", "absent", 1),
            ("load", "retired", 1),
            ("save", "done", 1),
            ("save", "absent", 1),
            ("save", "retired", 1),
            ("save", "conflict", 1),
            ("touch", "done", 1),
            ("touch", "absent", 1),
            ("renew", "done", 1),
            ("end", "done", 1),
            ("end", "absent", 1),
            ("end_all", "done", 1),
            ("list", "done", 1),
            ("sweep", "done", 1),
        ]
    );
    assert_eq!((metrics.loads(), metrics.saves()), (3, 3));
    assert_eq!((metrics.conflicts(), metrics.failures()), (1, 1));
}

#[test]
fn sessions_of_several_threads_lose_no_number() {
    let metrics = StoreMetrics::new("memory");
    let sessions = Sessions::new(metrics.around(MemoryStore::new()));
    let now = SystemTime::now();
    let cookie = sessions
        .begin(Scheme::Http, now, |session| session.insert("n", 0))
        .unwrap();
    let (created, updates) = (metrics.saves(), 50);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..updates {
                    let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, now);
                    session
                        .update("n", |n: Option<u64>| n.unwrap_or(0) + 1)
                        .unwrap();
                    session.finish(now).unwrap();
                }
            });
        }
    });
    let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, now);
    assert_eq!(session.get::<u64>("n").unwrap(), Some(4 * updates));
    assert_eq!(metrics.saves(), created + 4 * updates);
    // After several conflicts an update loads the record again.
    let loads = 4 * updates + 1;
    assert!((loads..=loads + metrics.conflicts()).contains(&metrics.loads()));
    assert_eq!(metrics.failures(), 0);
}

#[test]
fn stores_are_told_apart_on_a_page() {
    let stores = ["memory", "red\"is\n"].map(StoreMetrics::new);
    for metrics in &stores {
        let store = metrics.around(MemoryStore::new());
        let load = store.load(&Key::of("an id"), SystemTime::now());
        assert_eq!(load.unwrap(), Load::Absent);
    }
    let mut page = Page::new();
    stores
        .iter()
        .for_each(|metrics| metrics.write_to(&mut page));
    let page = Exposition::read(&page.to_string()).unwrap();
    for store in ["memory", "red\"is\n"] {
        for (operation, result, count) in [("load", "absent", 1.0), ("save", "done", 0.0)] {
            let labels = [
                ("store", store),
                ("operation", operation),
                ("result", result),
            ];
            let found = page.value("wsgi_sessions_operations_total", &labels);
            assert_eq!(found, Some(count), "{store}: {operation}");
        }
    }
}

#[cfg(feature = "conformance")]
#[test]
fn a_store_whose_operations_are_counted_is_as_good_a_store() {
    let metrics = StoreMetrics::new("memory");
    wsgi_sessions::conformance::suite(|| metrics.around(MemoryStore::new()));
}
