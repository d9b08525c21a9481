//! What goes in comes out.

use std::sync::Arc;

use super::{created, key, record, stands, start, version};
use crate::{Record, Store, StoreError};

pub(super) fn come_back_as_they_were(store: &Arc<dyn Store>) {
    let now = start();
    let (first, second) = (created(store, now), created(store, now));
    stands(store, &first.0, &first.1, now);
    stands(store, &second.0, &second.1, now);
}

pub(super) fn of_any_size(store: &Arc<dyn Store>) {
    let now = start();
    for size in [0, 1, 255, 65_536, 1 << 20] {
        // Every byte value, so that a store which takes its data for text fails.
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
