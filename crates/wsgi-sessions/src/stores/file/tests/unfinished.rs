//! Files whose creation was interrupted.

use std::fs;

use super::{assert_found, record};
use crate::{
    key::Key,
    store::Store,
    store_error::StoreError,
    stores::file::{Damaged, FileStore, InUse},
};

#[test]
fn a_file_whose_creation_was_interrupted_is_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let (key, now) = (Key::of("an id"), std::time::SystemTime::now());
    drop(FileStore::open(&path).unwrap());
    let head = fs::read(&path).unwrap()[..512].to_vec();
    for length in [1, 8, 9, 511, 4096, 5000, 1 << 20] {
        let mut bytes = head.clone();
        bytes[..9].fill(0);
        bytes.resize(length, 0);
        fs::write(&path, &bytes).unwrap();
        let store = FileStore::open(&path).unwrap();
        store.create(&key, &record(b"", now), now).unwrap();
        drop(store);
        assert_found(&FileStore::open(&path).unwrap(), &key, now, b"");
    }
}

#[test]
fn a_file_that_lacks_only_its_mark_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let now = std::time::SystemTime::now();
    let store = FileStore::open(&path).unwrap();
    store
        .create(&Key::of("an id"), &record(b"", now), now)
        .unwrap();
    let second = FileStore::open(&path);
    assert!(matches!(second, Err(StoreError::Unavailable(cause)) if cause.is::<InUse>()));
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    for damaged in [9, 4096] {
        bytes[..damaged].fill(0);
        fs::write(&path, &bytes).unwrap();
        let opened = FileStore::open(&path);
        assert!(matches!(opened, Err(StoreError::Unavailable(cause)) if cause.is::<Damaged>()));
        assert!(fs::read(&path).unwrap() == bytes);
    }
}
