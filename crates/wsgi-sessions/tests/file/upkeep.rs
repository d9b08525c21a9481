//! Counting, checking and compacting a file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use wsgi_sessions::{
    Cookies, Damaged, FileStore, InUse, Key, Load, Scheme, Sessions, Store, StoreError, Write,
};

use crate::record;

/// A closed file with this number of sessions, most of which were ended again.
fn file(sessions: u32, ended: u32, now: SystemTime) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let store = FileStore::open(&path).unwrap();
    for number in 0..sessions {
        let record = record(&[number as u8; 2000], now);
        store.create(&key(number), &record, now).unwrap();
    }
    for number in 0..ended {
        assert!(store.end(&key(number), now).unwrap());
    }
    drop(store);
    (folder, path)
}

fn key(number: u32) -> Key {
    Key::of(number.to_be_bytes())
}

#[track_caller]
fn damage(error: StoreError) -> Damaged {
    match error {
        StoreError::Unavailable(cause) => *cause.downcast().expect("damage"),
        error => panic!("{error}"),
    }
}

#[test]
fn a_session_whose_cookie_has_not_come_back_has_no_use_in_the_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
    let (store, now) = (
        Arc::new(store),
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
    );
    let sessions = Sessions::new(Arc::clone(&store));
    let begin = |now| sessions.begin(Scheme::Http, now, |session| session.insert("n", 1));
    let cookie = begin(now).unwrap();
    let statistics = store.statistics(now).unwrap();
    assert_eq!((statistics.live, statistics.unproved), (1, 1));
    assert_eq!((statistics.oldest_use, statistics.newest_use), (None, None));

    let later = now + Duration::from_secs(60);
    let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, later);
    assert_eq!(session.get("n").unwrap(), Some(1));
    session.finish(later).unwrap();
    begin(later + Duration::from_secs(60)).unwrap();
    let statistics = store.statistics(later).unwrap();
    assert_eq!((statistics.live, statistics.unproved), (2, 1));
    assert_eq!(
        (statistics.oldest_use, statistics.newest_use),
        (Some(later), Some(later))
    );
}

#[test]
fn statistics_tell_the_kinds_of_entries_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("sessions.redb")).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let seconds = Duration::from_secs;
    let empty = store.statistics(now).unwrap();
    assert_eq!(
        (empty.live, empty.entry_bytes, empty.oldest_use),
        (0, 0, None)
    );
    assert!(empty.file_bytes > 0);
    let first = record(b"first", now);
    for number in 0..4 {
        store
            .create(&key(number), &record(b"first", now), now)
            .unwrap();
    }
    store.create(&key(4), &first, now).unwrap();
    let (soon, later) = (now + seconds(10), now + seconds(50));
    assert!(store.touch(&key(0), later + seconds(60), later).unwrap());
    assert!(store.touch(&key(1), soon + seconds(60), soon).unwrap());
    let renewed = record(b"second", later);
    let grace = seconds(30);
    let renewal = store.renew(&key(4), first.version, &key(5), &renewed, grace, later);
    assert_eq!(renewal.unwrap(), Write::Done);
    let statistics = store.statistics(later).unwrap();
    assert_eq!((statistics.live, statistics.unproved), (5, 2));
    assert_eq!((statistics.retired, statistics.expired), (1, 0));
    assert_eq!(statistics.oldest_use, Some(soon));
    assert_eq!(statistics.newest_use, Some(later));
    assert!(statistics.entry_bytes > 5 * 50 && statistics.unreadable == 0);
    let statistics = store.statistics(later + seconds(40)).unwrap();
    assert_eq!(
        (statistics.live, statistics.retired, statistics.expired),
        (2, 0, 4)
    );
    let end = store.statistics(later + seconds(60)).unwrap();
    assert_eq!((end.live, end.expired), (0, 6));
}

#[test]
fn a_check_of_a_whole_file_counts_its_entries_and_changes_nothing() {
    let now = SystemTime::now();
    let (_folder, path) = file(20, 5, now);
    let bytes = fs::read(&path).unwrap();
    let statistics = FileStore::check(&path, now).unwrap();
    assert_eq!((statistics.live, statistics.unreadable), (15, 0));
    assert_eq!(statistics.file_bytes, bytes.len() as u64);
    assert!(fs::read(&path).unwrap() == bytes, "the file has changed");
}

#[test]
fn a_file_that_was_not_closed_is_not_damaged_and_stays_so() {
    let now = SystemTime::now();
    let (folder, path) = file(20, 5, now);
    let store = FileStore::open(&path).unwrap();
    store.create(&key(99), &record(b"last", now), now).unwrap();
    let copy = folder.path().join("copy");
    fs::copy(&path, &copy).unwrap();
    let bytes = fs::read(&copy).unwrap();
    assert_eq!(FileStore::check(&copy, now).unwrap().live, 16);
    assert!(fs::read(&copy).unwrap() == bytes, "the file has changed");
}

#[test]
fn a_check_says_where_a_wrong_bit_is() {
    let now = SystemTime::now();
    let (_folder, path) = file(40, 0, now);
    let whole = fs::read(&path).unwrap();
    let (mut found, mut harmless) = (0, 0);
    // One bit in each of some pages, also in free ones, where it harms nobody.
    for offset in (100..whole.len()).step_by(5 * 4096) {
        let mut bytes = whole.clone();
        bytes[offset] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        match FileStore::check(&path, now) {
            Ok(statistics) => {
                assert_eq!(statistics.live, 40, "a bit at {offset} hides sessions");
                harmless += 1;
            }
            Err(error) => {
                let damaged = damage(error);
                assert_eq!(damaged.path(), path);
                let range = damaged.bytes().unwrap();
                assert!(range.contains(&(offset as u64)), "{range:?}, not {offset}");
                found += 1;
            }
        }
        assert!(fs::read(&path).unwrap() == bytes, "the file has changed");
    }
    assert!(found >= 3, "{found} found, and {harmless} harmless");
}

#[test]
fn an_open_leaves_a_damaged_file_as_it_is() {
    let now = SystemTime::now();
    let (folder, path) = file(40, 0, now);
    let closed = fs::read(&path).unwrap();
    let store = FileStore::open(&path).unwrap();
    store.create(&key(99), &record(b"last", now), now).unwrap();
    let left_open = fs::read(&path).unwrap();
    drop(store);
    let path = folder.path().join("copy");
    for whole in [closed, left_open] {
        let mut found = 0;
        for offset in (100..whole.len()).step_by(5 * 4096) {
            let mut bytes = whole.clone();
            bytes[offset] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            let is_damaged = FileStore::check(&path, now).is_err();
            let opened = FileStore::open(&path);
            assert_eq!(opened.is_err(), is_damaged, "a bit at {offset}");
            if let Err(error) = opened {
                damage(error);
                found += 1;
                assert!(
                    fs::read(&path).unwrap() == bytes,
                    "with a bit at {offset}, the file has changed"
                );
            }
        }
        assert!(found >= 3, "{found} found");
    }
}

#[test]
fn what_is_not_a_store_is_named_and_left_alone() {
    let (folder, now) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let path = folder.path().join("sessions.redb");
    for bytes in [&b"no store"[..], &[1; 10_000], &[0xff; 70_000]] {
        fs::write(&path, bytes).unwrap();
        damage(FileStore::check(&path, now).unwrap_err());
        let StoreError::Unavailable(_) = FileStore::compact(&path).unwrap_err() else {
            panic!("it is not a store");
        };
        assert!(fs::read(&path).unwrap() == bytes, "the file has changed");
    }
    let missing = folder.path().join("missing");
    assert!(FileStore::check(&missing, now).is_err());
    assert!(FileStore::compact(&missing).is_err());
    assert!(!missing.exists());
    assert_eq!(files(folder.path()), ["sessions.redb"]);
}

#[test]
fn an_open_file_is_neither_checked_nor_compacted() {
    let now = SystemTime::now();
    let (_folder, path) = file(1, 0, now);
    let store = FileStore::open(&path).unwrap();
    let check = FileStore::check(&path, now).map(drop);
    let compaction = FileStore::compact(&path).map(drop);
    for error in [check.unwrap_err(), compaction.unwrap_err()] {
        let StoreError::Unavailable(cause) = error else {
            panic!("{error}");
        };
        assert!(cause.is::<InUse>(), "{cause}");
    }
    assert!(matches!(store.load(&key(0), now), Ok(Load::Found(_))));
}

fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let name = |file: std::io::Result<fs::DirEntry>| file.unwrap().file_name();
    files
        .map(|file| name(file).into_string().unwrap())
        .collect()
}

#[test]
fn a_compacted_file_has_the_same_sessions_and_is_smaller() {
    let now = SystemTime::now();
    let (folder, path) = file(300, 290, now);
    // An interrupted attempt has left something.
    fs::write(folder.path().join("sessions.redb.compact"), "half a copy").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let (before, after) = FileStore::compact(&path).unwrap();
    assert!(after < before / 2, "{before} and {after}");
    assert_eq!(fs::metadata(&path).unwrap().len(), after);
    assert_eq!(files(folder.path()), ["sessions.redb"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
    assert_eq!(FileStore::check(&path, now).unwrap().live, 10);
    let store = FileStore::open(&path).unwrap();
    for number in 0..300 {
        let found = store.load(&key(number), now).unwrap();
        assert_eq!(matches!(found, Load::Found(_)), number >= 290, "{number}");
    }
    assert_eq!(store.end_all("nobody", now).unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_to_a_compacted_file_stays_one() {
    let now = SystemTime::now();
    let (folder, path) = file(3, 0, now);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    FileStore::compact(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(FileStore::check(&link, now).unwrap().live, 3);
}
