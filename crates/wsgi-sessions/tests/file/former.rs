//! Files of the version before owners and readable copies, and that version's use of ours.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use redb::{ReadableDatabase as _, TableDefinition};
use tempfile::TempDir;
use wsgi_sessions::{
    Annex, FileStore, Handle, Key, Load, Owned, Record, RetiredKey, Store, StoreError, Version,
    Write,
};

/// A file written by the former version, without its many zeros: its length in eight bytes, and
/// then its parts, each after its offset and its length in four bytes.
///
/// It has five sessions, "id 0" to "id 4". "id 1" was touched, and "id 3" was retired.
const PARTS: &[u8] = include_bytes!("former.parts");

/// The only table that the former version knows.
const SESSIONS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("sessions");

/// The time at which the sessions began.
fn begun() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(4_000_000_000)
}

fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*number)
}

/// Writes the file of the former version into a new folder.
fn former() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let mut parts = PARTS;
    let length = u64::from_be_bytes(number(&mut parts).unwrap());
    let mut bytes = vec![0; length.try_into().unwrap()];
    while let Some(place) = number(&mut parts) {
        let place = u32::from_be_bytes(place) as usize;
        let length = u32::from_be_bytes(number(&mut parts).unwrap()) as usize;
        let (part, rest) = parts.split_at(length);
        bytes[place..place + length].copy_from_slice(part);
        parts = rest;
    }
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn key(number: u8) -> Key {
    Key::of(format!("id {number}"))
}

fn record(number: u8) -> Record {
    let now = begun();
    Record {
        version: Version::from_bytes([number; 16]),
        data: format!("{{\"visits\":{number}}}").into(),
        idle: Duration::from_secs(3600),
        idle_until: now + Duration::from_secs(3600),
        absolute_until: now + Duration::from_secs(86_400),
        annex: None,
    }
}

#[test]
fn a_file_of_the_former_version_is_read_and_written() {
    let (_folder, path) = former();
    let (store, now) = (FileStore::open(&path).unwrap(), begun());
    for number in [0, 2, 4] {
        let found = Load::Found(record(number));
        assert_eq!(store.load(&key(number), now).unwrap(), found);
    }
    let touched = Record {
        idle_until: now + Duration::from_secs(7200),
        ..record(1)
    };
    let found = Load::Found(touched.clone());
    assert_eq!(store.load(&key(1), now).unwrap(), found);

    // That version kept no copy for a retired key, which cannot be changed or reused.
    assert_eq!(store.load(&key(3), now).unwrap(), Load::Absent);
    let late = store.save(&key(3), record(3).version, &record(9), now);
    assert_eq!(late.unwrap(), Write::Retired);
    let taken = store.create(&key(3), &record(9), now);
    assert!(matches!(taken, Err(StoreError::Exists)), "{taken:?}");

    let saved = store.save(&key(0), record(0).version, &record(5), now);
    assert_eq!(saved.unwrap(), Write::Done);
    let grace = Duration::from_secs(5);
    let renewed = store.renew(&key(2), record(2).version, &key(6), &record(6), grace, now);
    assert_eq!(renewed.unwrap(), Write::Done);
    assert!(store.end(&key(4), now).unwrap());
    drop(store);

    let store = FileStore::open(&path).unwrap();
    let load = |number| store.load(&key(number), now).unwrap();
    assert_eq!(load(0), Load::Found(record(5)));
    assert_eq!(load(1), Load::Found(touched));
    assert_eq!(load(2), Load::Retired(record(2)));
    assert_eq!(load(4), Load::Absent);
    assert_eq!(load(6), Load::Found(record(6)));
    let end = now + Duration::from_secs(86_400);
    assert_eq!(store.sweep(end, 100).unwrap(), 5);
}

/// Returns the entry that the former version reads under a key.
fn entry(path: &Path, key: &Key) -> Option<Vec<u8>> {
    let database = redb::Database::open(path).unwrap();
    let table = database.begin_read().unwrap().open_table(SESSIONS).unwrap();
    let entry = table.get(key.as_bytes()).unwrap();
    entry.map(|entry| entry.value().to_vec())
}

/// Makes a mark: a zero and the end of the grace in milliseconds.
fn mark(until: SystemTime) -> Vec<u8> {
    let since = until.duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    [&[0][..], &since.to_be_bytes()].concat()
}

#[test]
fn the_former_version_finds_its_entries_in_a_file_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let (store, now) = (FileStore::open(&path).unwrap(), begun());
    for number in 0..3 {
        store.create(&key(number), &record(number), now).unwrap();
    }
    let grace = Duration::from_secs(5);
    let mut login = record(7);
    login.annex = Some(Box::new(Annex {
        owned: Some(Owned {
            owner: "user-17".to_owned(),
            handle: Handle::from_bytes([7; 16]),
            created: now,
            note: None,
        }),
        retired_keys: vec![RetiredKey {
            key: key(1),
            until: now + grace,
        }],
        ..Annex::default()
    }));
    let renewed = store.renew(&key(1), record(1).version, &key(7), &login, grace, now);
    assert_eq!(renewed.unwrap(), Write::Done);
    assert!(store.end(&key(2), now).unwrap());
    drop(store);
    assert_eq!(entry(&path, &key(0)), Some(record(0).encode()));
    assert_eq!(entry(&path, &key(1)), Some(mark(now + grace)));
    assert_eq!(entry(&path, &key(2)), None);
    assert_eq!(entry(&path, &key(7)), Some(record(7).encode()));
}

#[test]
fn changes_of_the_former_version_keep_the_owner_and_its_removals_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let (store, now) = (FileStore::open(&path).unwrap(), begun());
    let owned = |number| {
        let mut record = record(number);
        record.annex = Some(Box::new(Annex {
            owned: Some(Owned {
                owner: "user-17".to_owned(),
                handle: Handle::from_bytes([number; 16]),
                created: now,
                note: None,
            }),
            ..Annex::default()
        }));
        record
    };
    for number in 0..3 {
        store.create(&key(number), &owned(number), now).unwrap();
    }
    drop(store);

    // The former version saves one session and removes another.
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut table = transaction.open_table(SESSIONS).unwrap();
    let saved = record(9).encode();
    table.insert(key(0).as_bytes(), &*saved).unwrap();
    table.remove(key(1).as_bytes()).unwrap();
    drop(table);
    transaction.commit().unwrap();
    drop(database);

    let store = FileStore::open(&path).unwrap();
    let expected = Record {
        annex: owned(0).annex,
        ..record(9)
    };
    assert_eq!(store.load(&key(0), now).unwrap(), Load::Found(expected));
    assert_eq!(store.load(&key(1), now).unwrap(), Load::Absent);
    assert_eq!(store.list("user-17", now).unwrap().len(), 2);
    // A reused key has nothing of the old session.
    store.create(&key(1), &record(1), now).unwrap();
    assert_eq!(store.load(&key(1), now).unwrap(), Load::Found(record(1)));
    assert_eq!(store.end_all("user-17", now).unwrap(), 2);
    assert_eq!(store.load(&key(1), now).unwrap(), Load::Found(record(1)));
}
