//! Checks of the deadlines, to the second, by the caller's clock.

use std::{sync::Arc, time::Duration};

use super::fixtures::{after, created, key, load, record, renew, seconds, stands, start};
use crate::{
    key::Key,
    record::Record,
    store::{Load, Store, Write},
};

pub(super) fn idle(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    stands(store, &key, &first, now + seconds(59));
    ended(store, &first, &key, seconds(60));
}

pub(super) fn absolute(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = (key(), record("short", now));
    let first = Record {
        absolute_until: now + seconds(10),
        ..first
    };
    store.create(&key, &first, now).expect("create");
    stands(store, &key, &first, now + seconds(9));
    ended(store, &first, &key, seconds(10));
}

/// Checks that nothing brings back a record that is over.
#[track_caller]
fn ended(store: &dyn Store, first: &Record, key: &Key, after_start: Duration) {
    let now = first.idle_until - first.idle + after_start;
    assert_eq!(load(store, key, now), Load::Absent);
    assert!(!store.touch(key, now + seconds(60), now).expect("touch"));
    let save = store.save(key, first.version, &after(first, "late"), now);
    assert_eq!(save.expect("save"), Write::Gone);
    let renewal = renew(store, key, first.version, &after(first, "late"), now);
    assert_eq!(renewal, Write::Gone);
    assert!(!store.end(key, now).expect("end"));
    assert_eq!(load(store, key, now), Load::Absent);
    let new = record("new", now);
    store.create(key, &new, now).expect("the key is free");
    stands(store, key, &new, now);
}

pub(super) fn touch(store: &Arc<dyn Store>) {
    let now = start();
    let (key, first) = created(store, now);
    let touch = |until, now| store.touch(&key, until, now).expect("touch");
    assert!(touch(now + seconds(110), now + seconds(50)));
    let touched = Record {
        idle_until: now + seconds(110),
        ..first.clone()
    };
    stands(store, &key, &touched, now + seconds(109));
    assert!(touch(now + seconds(80), now + seconds(50)), "it is live");
    stands(store, &key, &touched, now + seconds(109));
    let save = store.save(&key, first.version, &after(&touched, "2"), now);
    assert_eq!(save.expect("save"), Write::Done, "a touch is not a write");
    assert!(touch(now + seconds(900), now + seconds(100)));
    let at = now + seconds(600);
    assert_eq!(
        load(store, &key, at),
        Load::Absent,
        "past the absolute deadline"
    );
}

pub(super) fn sweep(store: &Arc<dyn Store>) {
    let now = start();
    let over: Vec<_> = (0..20).map(|_| created(store, now).0).collect();
    let retired: Vec<_> = (0..20).map(|_| created(store, now)).collect();
    let retired = retired.into_iter().map(|(key, first)| {
        let short = Record {
            idle_until: now + seconds(1),
            ..after(&first, "renewed")
        };
        let renewal = renew(store, &key, first.version, &short, now);
        assert_eq!(renewal, Write::Done);
        key
    });
    let retired: Vec<_> = retired.collect();
    let later = now + seconds(60);
    let (lives, record) = created(store, later);
    let (touched, kept) = created(store, now);
    let until = now + seconds(100);
    assert!(store.touch(&touched, until, now).expect("touch"));
    let kept = Record {
        idle_until: until,
        ..kept
    };

    // The number of removals depends on the other contents of the store.
    for _ in 0..50 {
        store.sweep(later, 7).expect("sweep");
    }
    for key in over.iter().chain(&retired) {
        assert_eq!(load(store, key, later), Load::Absent);
    }
    stands(store, &lives, &record, later);
    stands(store, &touched, &kept, later);
}
