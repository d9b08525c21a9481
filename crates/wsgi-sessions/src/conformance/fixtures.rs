//! Times, keys, records and calls that checks share.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    key::Key,
    record::{Record, RetiredKey},
    store::{Load, Store, Write},
    version::Version,
};

/// The time at which a check begins: now, in whole seconds, so that a store which keeps
/// milliseconds loses nothing.
pub(super) fn start() -> SystemTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UNIX_EPOCH + seconds(since.expect("a clock after 1970").as_secs())
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn key() -> Key {
    Key::of(version().to_bytes())
}

pub(super) fn version() -> Version {
    Version::random().expect("randomness")
}

/// Makes a record that may idle for a minute and lives for ten.
pub(super) fn record(data: impl Into<Vec<u8>>, now: SystemTime) -> Record {
    Record {
        version: version(),
        data: data.into(),
        idle: seconds(60),
        idle_until: now + seconds(60),
        absolute_until: now + seconds(600),
        annex: None,
    }
}

/// Makes the successor of a record, with new data and a new version.
pub(super) fn after(record: &Record, data: impl Into<Vec<u8>>) -> Record {
    Record {
        version: version(),
        data: data.into(),
        ..record.clone()
    }
}

/// Creates a record in a store.
pub(super) fn created(store: &dyn Store, now: SystemTime) -> (Key, Record) {
    let (key, record) = (key(), record("first", now));
    store.create(&key, &record, now).expect("create");
    (key, record)
}

/// Renews a key with a grace of 30 seconds. The new key is not returned.
#[track_caller]
pub(super) fn renew(
    store: &dyn Store,
    old: &Key,
    expected: Version,
    record: &Record,
    now: SystemTime,
) -> Write {
    let renewal = store.renew(old, expected, &key(), record, seconds(30), now);
    renewal.expect("renew")
}

/// Makes the successor of a record in a renewal, which has the old key among its retired keys.
pub(super) fn renewed(
    old: &Key,
    record: &Record,
    data: impl Into<Vec<u8>>,
    until: SystemTime,
) -> Record {
    let mut renewed = after(record, data);
    let annex = renewed.annex.get_or_insert_default();
    annex
        .retired_keys
        .insert(0, RetiredKey { key: *old, until });
    renewed
}

#[track_caller]
pub(super) fn stands(store: &dyn Store, key: &Key, record: &Record, now: SystemTime) {
    assert_eq!(load(store, key, now), Load::Found(record.clone()));
}

#[track_caller]
pub(super) fn load(store: &dyn Store, key: &Key, now: SystemTime) -> Load {
    store.load(key, now).expect("load")
}
