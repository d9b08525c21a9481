//! Checks of which writes are done.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use super::fixtures::{after, created, key, load, record, renew, seconds, stands, start, version};
use crate::{
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
};

pub(super) fn absent(store: &Arc<dyn Store>) {
    let (now, key) = (start(), key());
    let record = record("never", now);
    assert_eq!(load(store, &key, now), Load::Absent);
    let save = store.save(&key, version(), &record, now);
    assert_eq!(save.expect("save"), Write::Gone);
    assert!(!store.touch(&key, now + seconds(60), now).expect("touch"));
    assert_eq!(renew(store, &key, version(), &record, now), Write::Gone);
    assert!(!store.end(&key, now).expect("end"));
    assert_eq!(load(store, &key, now), Load::Absent);
}

pub(super) fn create_never_overwrites(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    let other = record("other", now);
    let taken = |now| {
        let again = store.create(&key, &other, now);
        assert!(matches!(again, Err(StoreError::Exists)), "{again:?}");
    };
    taken(now);
    stands(store, &key, &first, now);
    let renewed = after(&first, "renewed");
    let renewal = renew(store, &key, first.version, &renewed, now);
    assert_eq!(renewal, Write::Done);
    taken(now);
    assert_eq!(load(store, &key, now), Load::Retired(first));
}

pub(super) fn save_replaces_what_it_expects(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    let second = Record {
        idle_until: now + seconds(90),
        ..after(&first, "second, and longer")
    };
    let save = store.save(&key, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    stands(store, &key, &second, now);
    for expected in [first.version, version()] {
        let save = store.save(&key, expected, &after(&first, "late"), now);
        assert_eq!(save.expect("save"), Write::Conflict(second.clone()));
    }
    stands(store, &key, &second, now);
}

pub(super) fn a_repeated_write_is_done(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    store.create(&key, &first, now).expect("the same once more");
    let second = after(&first, "second");
    for _ in 0..2 {
        let save = store.save(&key, first.version, &second, now);
        assert_eq!(save.expect("save"), Write::Done);
    }
    stands(store, &key, &second, now);
}

pub(super) fn an_end_is_final(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    let second = after(&first, "second");
    let save = store.save(&key, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    assert!(store.end(&key, now).expect("end"));
    for expected in [first.version, second.version] {
        let late = after(&first, "late");
        let save = store.save(&key, expected, &late, now);
        assert_eq!(save.expect("save"), Write::Gone);
        assert_eq!(renew(store, &key, expected, &late, now), Write::Gone);
    }
    assert!(!store.touch(&key, now + seconds(90), now).expect("touch"));
    assert_eq!(load(store, &key, now), Load::Absent);
    assert!(!store.end(&key, now).expect("end"), "it is unknown");
    let other = record("other", now);
    store.create(&key, &other, now).expect("the key is free");
    stands(store, &key, &other, now);
}

pub(super) fn one_of_two_writers_wins(store: &Arc<dyn Store>) {
    const WRITERS: usize = 5;
    let now = start();
    for _ in 0..20 {
        let (key, first) = created(store, now);
        let together = Barrier::new(WRITERS);
        let write = || {
            let mine = after(&first, "mine");
            together.wait();
            let save = store.save(&key, first.version, &mine, now);
            (mine, save.expect("save"))
        };
        let writes: Vec<_> = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
            let joined = writers.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|writer| writer.expect("a writer")).collect()
        });
        let mut done = writes.iter().filter(|(_, write)| *write == Write::Done);
        let (winner, _) = done.next().expect("a writer that wins");
        assert!(done.next().is_none(), "two writers replaced one version");
        stands(store, &key, winner, now);
        for (_, write) in writes.iter().filter(|(_, write)| *write != Write::Done) {
            assert_eq!(*write, Write::Conflict(winner.clone()));
        }
    }
}
