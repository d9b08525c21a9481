//! Checks that records come back as they were stored.

use std::sync::Arc;

use super::fixtures::{after, created, key, record, seconds, stands, start, version};
use crate::{
    handle::Handle,
    key::Key,
    record::{Annex, OwnExpiry, Owned, Record, RetiredKey},
    store::{Store, Write},
    store_error::StoreError,
};

pub(super) fn come_back_as_they_were(store: &Arc<dyn Store>) {
    let now = start();
    let (first, second) = (created(store, now), created(store, now));
    stands(store, &first.0, &first.1, now);
    stands(store, &second.0, &second.1, now);
}

pub(super) fn of_any_size(store: &Arc<dyn Store>) {
    let now = start();
    for size in [0, 1, 255, 65_536, 1 << 20] {
        // Contains every byte value, so that a store which takes its data for text fails.
        let data: Vec<u8> = (0..size).map(|at| at as u8).collect();
        let (key, record) = (key(), record(data, now));
        store.create(&key, &record, now).expect("create");
        stands(store, &key, &record, now);
    }
    let (key, large) = (key(), record(vec![b' '; Record::MAX_DATA + 1], now));
    let refused = store.create(&key, &large, now);
    assert!(matches!(refused, Err(StoreError::TooLarge)), "{refused:?}");
    let (key, small) = created(store, now);
    let large = Record {
        version: version(),
        ..large
    };
    let refused = store.save(&key, small.version, &large, now);
    assert!(matches!(refused, Err(StoreError::TooLarge)), "{refused:?}");
    stands(store, &key, &small, now);
}

pub(super) fn annexes(store: &Arc<dyn Store>) {
    let now = start();
    let whole = Annex {
        owned: Some(Owned {
            owner: "o".repeat(Annex::MAX_OWNER),
            handle: Handle::random().expect("randomness"),
            created: now,
            note: Some("n".repeat(Annex::MAX_NOTE)),
        }),
        expiry: Some(OwnExpiry::new(seconds(60), true)),
        retired_keys: vec![
            RetiredKey {
                key: key(),
                until: now + seconds(5),
            };
            Annex::MAX_RETIRED_KEYS
        ],
    };
    let (key, plain) = created(store, now);
    let mut first = after(&plain, "with one");
    first.annex = whole.clone().into_option();
    save(store, &key, &plain, &first, now);
    stands(store, &key, &first, now);
    assert!(store.touch(&key, now + seconds(90), now).expect("touch"));
    first.idle_until = now + seconds(90);
    stands(store, &key, &first, now);
    let conflict = store.save(&key, plain.version, &after(&plain, "late"), now);
    assert_eq!(conflict.expect("save"), Write::Conflict(first.clone()));
    // A record without an annex removes the old one.
    let bare = Record {
        annex: None,
        ..after(&first, "without one")
    };
    save(store, &key, &first, &bare, now);
    stands(store, &key, &bare, now);

    let mut large = after(&bare, "too large");
    let mut annex = whole;
    if let Some(owned) = &mut annex.owned {
        owned.owner.push('o');
    }
    large.annex = annex.into_option();
    let refused = store.save(&key, bare.version, &large, now);
    assert!(matches!(refused, Err(StoreError::TooLarge)), "{refused:?}");
    stands(store, &key, &bare, now);
}

#[track_caller]
fn save(store: &dyn Store, key: &Key, old: &Record, new: &Record, now: std::time::SystemTime) {
    let save = store.save(key, old.version, new, now);
    assert_eq!(save.expect("save"), Write::Done);
}
