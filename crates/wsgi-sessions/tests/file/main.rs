//! The file store: the test suite, and what can happen to files.

mod former;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(unix)]
mod size_limit;
mod upkeep;

use std::{
    fs, io,
    sync::Arc,
    thread,
    time::{Duration, SystemTime},
};

use wsgi_sessions::{
    Damaged, FileStore, InUse, Key, Load, Record, Store, StoreError, Version, Write, conformance,
};

fn record(data: &[u8], now: SystemTime) -> Record {
    Record {
        version: Version::random().unwrap(),
        data: data.to_vec(),
        idle: Duration::from_secs(60),
        idle_until: now + Duration::from_secs(60),
        absolute_until: now + Duration::from_secs(600),
        annex: None,
    }
}

#[test]
fn the_suite_passes() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
    let store = Arc::new(store);
    conformance::suite(|| Arc::clone(&store));
}

#[test]
fn sessions_survive_closing_and_opening_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let first = record(b"first", now);
    let store = FileStore::open(&path).unwrap();
    store.create(&key, &first, now).unwrap();
    drop(store);
    let store = FileStore::open(&path).unwrap();
    let Load::Found(found) = store.load(&key, now).unwrap() else {
        panic!("the session is gone");
    };
    assert_eq!((found.version, found.data), (first.version, first.data));
}

#[test]
fn ids_are_not_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let store = FileStore::open(&path).unwrap();
    conformance::ids_are_hashed_at_rest(store, |part| {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(part.len()).any(|window| window == part)
    });
}

#[test]
fn a_file_that_is_open_elsewhere_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let _open = FileStore::open(&path).unwrap();
    let Err(StoreError::Unavailable(cause)) = FileStore::open(&path) else {
        panic!("it opens twice");
    };
    let in_use = cause.downcast_ref::<InUse>().expect("it says why");
    assert_eq!(in_use.path(), path);
}

#[test]
fn an_input_output_error_keeps_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("sessions.redb");
    let now = SystemTime::now();
    let failures = [
        FileStore::open(&path).map(drop),
        FileStore::check(&path, now).map(drop),
        FileStore::compact(&path).map(drop),
    ];
    for error in failures.map(Result::unwrap_err) {
        let StoreError::Unavailable(cause) = error else {
            panic!("{error}");
        };
        let cause = cause.downcast_ref::<io::Error>().expect("an I/O error");
        assert_eq!(cause.kind(), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_file_that_is_not_a_store_is_named_and_the_error_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "Something else than that. ".repeat(1000)).unwrap();
    let Err(StoreError::Unavailable(cause)) = FileStore::open(&path) else {
        panic!("it opens");
    };
    let damaged = cause.downcast_ref::<Damaged>().expect("it says why");
    assert_eq!(damaged.path(), path);
    assert!(damaged.to_string().contains("move it away"), "{damaged}");
    assert_eq!(fs::read(&path).unwrap().len(), 26_000, "it is left alone");
}

#[cfg(unix)]
#[test]
fn a_new_file_is_accessible_only_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    drop(FileStore::open(&path).unwrap());
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn simultaneous_saves_each_get_their_own_result() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
    let (store, now) = (Arc::new(store), SystemTime::now());
    let threads: Vec<_> = (0..8_u8)
        .map(|number| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let key = Key::of([number]);
                let mut standing = record(&[0], now);
                store.create(&key, &standing, now).unwrap();
                for count in 1..=25 {
                    let next = Record {
                        version: Version::random().unwrap(),
                        data: vec![count],
                        ..standing.clone()
                    };
                    assert_eq!(
                        store.save(&key, standing.version, &next, now).unwrap(),
                        Write::Done
                    );
                    let Load::Found(found) = store.load(&key, now).unwrap() else {
                        panic!("an acknowledged save is lost");
                    };
                    assert_eq!(found.data, [count]);
                    standing = next;
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}
