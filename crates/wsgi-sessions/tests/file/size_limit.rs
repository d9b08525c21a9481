//! The store in a process whose files have a limit (setrlimit(2)), beyond which SIGXFSZ would end
//! the process.

use std::process::Command;

use rustix::process::{Resource, getrlimit, setrlimit};

use super::*;

/// Runs an ignored test in a process of its own.
#[track_caller]
fn run(test: &str) {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", test, "--ignored"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {text}", output.status);
    assert!(text.contains("1 passed"), "{text}");
}

fn limit_files(bytes: u64) {
    let mut limit = getrlimit(Resource::Fsize);
    limit.current = Some(bytes);
    setrlimit(Resource::Fsize, limit).unwrap();
}

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

#[test]
fn a_file_without_room_cannot_be_opened_and_does_not_end_the_process() {
    run("size_limit::opens_without_room");
}

#[test]
#[ignore = "limits the files of its process"]
fn opens_without_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let before = getrlimit(Resource::Fsize);
    limit_files(512);
    for _ in 0..2 {
        let error = FileStore::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Full), "{error:?}");
    }
    setrlimit(Resource::Fsize, before).unwrap();
    FileStore::open(&path).unwrap();
}

#[test]
fn a_file_that_may_not_grow_is_full_and_does_not_end_the_process() {
    run("size_limit::fills_its_file");
}

#[test]
#[ignore = "limits the files of its process"]
fn fills_its_file() {
    const LIMIT: u64 = 2_500_000;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let store = FileStore::open(&path).unwrap();
    let now = SystemTime::now();
    let before = getrlimit(Resource::Fsize);
    limit_files(LIMIT);
    let record = record(&[7; 20_000], now);
    let mut count = 0;
    let full = loop {
        match store.create(&key(count), &record, now) {
            Err(error) => break error,
            Ok(()) => assert!(store.touch(&key(count), record.idle_until, now).unwrap()),
        }
        count += 1;
    };
    assert!(matches!(full, StoreError::Full), "{full:?}");
    assert!(count > 10, "{count}");
    assert!(path.metadata().unwrap().len() <= LIMIT);
    let check_all = |store: &FileStore| {
        for number in 0..count {
            let found = store.load(&key(number), now).unwrap();
            assert!(matches!(found, Load::Found(_)), "{number} is lost");
        }
        let created = store.create(&Key::of("new"), &record, now);
        assert!(matches!(created, Err(StoreError::Full)), "{created:?}");
    };
    check_all(&store);
    drop(store);

    // Now it is larger than a file may be.
    limit_files(100_000);
    check_all(&FileStore::open(&path).unwrap());
    let error = FileStore::compact(&path).unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error:?}");
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        1,
        "no copy is left"
    );

    setrlimit(Resource::Fsize, before).unwrap();
    let store = FileStore::open(&path).unwrap();
    store.create(&Key::of("new"), &record, now).unwrap();
    assert!(store.end(&key(0), now).unwrap());
}
