//! The contents of Redis, byte by byte: servers of the previous version read and write the same.

use super::*;
use wsgi_sessions::{Annex, Cookies, Handle, Owned, RetiredKey, Scheme, Sessions};

const GRACE: Duration = Duration::from_secs(5);

/// A time in 2100, which must be in the future for as long as this is tested.
const LATE: u64 = 4_102_444_800;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Makes a record as the first version wrote it, without the code of this crate.
fn former(version: u8, data: &[u8]) -> Vec<u8> {
    [
        &[1][..],
        &[version; 16],
        &86_400_000_u64.to_be_bytes(),
        &(LATE * 1_000).to_be_bytes(),
        &(LATE * 1_000 + 7_000).to_be_bytes(),
        &(data.len() as u64).to_be_bytes(),
        data,
    ]
    .concat()
}

fn read(version: u8, data: &[u8]) -> Record {
    Record {
        version: Version::from_bytes([version; 16]),
        data: data.to_vec(),
        idle: Duration::from_secs(86_400),
        idle_until: at(LATE),
        absolute_until: at(LATE + 7),
        annex: None,
    }
}

pub(super) fn owned(mut record: Record, owner: &str) -> Record {
    record.annex = Annex {
        owned: Some(Owned {
            owner: owner.to_owned(),
            handle: Handle::random().unwrap(),
            created: at(1),
            note: None,
        }),
        ..Annex::default()
    }
    .into_option();
    record
}

fn get(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let answer = raw(folder, &[b"GET", name.as_bytes()]);
    let (length, rest) = answer.split_at(answer.iter().position(|&byte| byte == b'\n')? + 1);
    (length != b"$-1\r\n").then(|| rest[..rest.len() - 2].to_vec())
}

fn set(folder: &Path, name: &str, value: &[u8]) {
    let answer = raw(folder, &[b"SET", name.as_bytes(), value]);
    assert_eq!(answer, b"+OK\r\n");
}

/// Returns how long Redis keeps a key, in milliseconds.
fn kept(folder: &Path, name: &str) -> i64 {
    let left = raw(folder, &[b"PTTL", name.as_bytes()]);
    let left = String::from_utf8(left).unwrap();
    left.trim().trim_start_matches(':').parse().unwrap()
}

fn names(folder: &Path) -> usize {
    let count = raw(folder, &[b"DBSIZE"]);
    let count = String::from_utf8(count).unwrap();
    count.trim().trim_start_matches(':').parse().unwrap()
}

fn beside(key: &Key) -> String {
    format!("session:{{{}}}:more", name(key))
}

#[test]
fn a_session_of_the_previous_version_is_read_saved_and_renewed() {
    let (_server, store, folder) = served();
    let (old, new, now) = (Key::of("an id"), Key::of("a new id"), SystemTime::now());
    set(folder.path(), &name(&old), &former(1, b"{\"visits\":1}"));
    let first = read(1, b"{\"visits\":1}");
    assert_eq!(store.load(&old, now).unwrap(), Load::Found(first.clone()));

    let second = read(2, b"{\"visits\":2}");
    let saved = store.save(&old, first.version, &second, now);
    assert_eq!(saved.unwrap(), Write::Done);
    let bytes = get(folder.path(), &name(&old)).unwrap();
    assert_eq!(bytes, former(2, b"{\"visits\":2}"));
    assert_eq!(names(folder.path()), 1, "a plain session has a single key");

    let third = read(3, b"{\"visits\":3}");
    let renewed = store.renew(&old, second.version, &new, &third, GRACE, now);
    assert_eq!(renewed.unwrap(), Write::Done);
    let bytes = get(folder.path(), &name(&new)).unwrap();
    assert_eq!(bytes, former(3, b"{\"visits\":3}"));
    let mark = get(folder.path(), &name(&old)).unwrap();
    let (zero, until) = mark.split_first().unwrap();
    let until = u64::from_be_bytes(until.try_into().unwrap());
    let millis = now.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!((*zero, until), (0, millis.as_millis() as u64 + 5_000));
    assert_eq!(store.load(&old, now).unwrap(), Load::Retired(second));
}

#[test]
fn a_key_that_the_previous_version_retired_is_unknown_and_cannot_be_changed() {
    let (_server, store, folder) = served();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let mark = [&[0][..], &(LATE * 1_000).to_be_bytes()].concat();
    set(folder.path(), &name(&key), &mark);
    assert_eq!(store.load(&key, now).unwrap(), Load::Absent);
    let (version, late) = (Version::from_bytes([1; 16]), read(2, b"late"));
    let saved = store.save(&key, version, &late, now);
    assert_eq!(saved.unwrap(), Write::Retired);
    let renewed = store.renew(&key, version, &Key::of("new"), &late, GRACE, now);
    assert_eq!(renewed.unwrap(), Write::Gone);
    assert!(!store.touch(&key, at(LATE + 1), now).unwrap());
    assert_eq!(get(folder.path(), &name(&key)).unwrap(), mark);
}

#[test]
fn a_session_that_the_previous_version_saves_keeps_its_owner() {
    let (_server, store, folder) = served();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let first = owned(read(1, b"1"), "user-17");
    store.create(&key, &first, now).unwrap();
    // That version reads and writes only the record.
    let bytes = get(folder.path(), &name(&key)).unwrap();
    assert_eq!(bytes, former(1, b"1"));
    set(folder.path(), &name(&key), &former(2, b"2"));
    let second = Record {
        annex: first.annex.clone(),
        ..read(2, b"2")
    };
    assert_eq!(store.load(&key, now).unwrap(), Load::Found(second));
    assert_eq!(store.list("user-17", now).unwrap().len(), 1);
    assert_eq!(store.end_all("user-17", now).unwrap(), 1);
    assert_eq!(names(folder.path()), 0, "nothing is left");
}

#[test]
fn redis_removes_the_annex_of_a_session_with_it() {
    let (_server, store, folder) = served();
    let (old, new, now) = (Key::of("an id"), Key::of("a new id"), SystemTime::now());
    let mut first = owned(record(b"1", now), "user-17");
    store.create(&old, &first, now).unwrap();
    let minutes = |range: std::ops::Range<i64>, name: &str| {
        let left = kept(folder.path(), name);
        assert!(
            range.contains(&(left / 60_000)),
            "{name} is kept for {left} ms"
        );
    };
    minutes(5..7, &name(&old));
    minutes(14..16, &beside(&old));
    let list = "session:{owner:user-17}";
    minutes(24 * 60..24 * 60 + 16, list);

    let login = {
        let annex = first.annex.as_mut().unwrap();
        let mut login = record(b"2", now);
        let mut annex = annex.clone();
        let until = now + GRACE;
        annex.retired_keys.push(RetiredKey { key: old, until });
        login.annex = Some(annex);
        login
    };
    let renewed = store.renew(&old, first.version, &new, &login, GRACE, now);
    assert_eq!(renewed.unwrap(), Write::Done);
    minutes(5..6, &name(&old));
    minutes(5..6, &beside(&old));
    assert!(store.end(&new, now).unwrap());
    assert_eq!(names(folder.path()), 0, "nothing is left");
}

#[test]
fn an_annex_does_not_outlive_an_unproved_session_for_long() {
    let (_server, store, folder) = served();
    let (key, now) = (Key::of("an id"), SystemTime::now());
    let minute = Duration::from_secs(60);
    let mut first = owned(record(b"1", now), "user-17");
    (first.idle, first.absolute_until) = (10 * minute, now + 60 * minute);
    store.create(&key, &first, now).unwrap();
    let left = kept(folder.path(), &beside(&key)) / 60_000;
    assert!((6..12).contains(&left), "{left} minutes");

    let later = now + Duration::from_secs(1);
    assert!(store.touch(&key, later + first.idle, later).unwrap());
    let left = kept(folder.path(), &beside(&key)) / 60_000;
    assert!((63..66).contains(&left), "{left} minutes");
    assert_eq!(store.list("user-17", later).unwrap().len(), 1);
}

#[test]
fn a_visitor_whose_session_another_program_has_overwritten_gets_a_new_one() {
    let (_server, store, folder) = served();
    let (sessions, now) = (Sessions::new(store), SystemTime::now());
    let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    session.insert("visits", 1).unwrap();
    let cookie = session.finish(now).unwrap().unwrap();
    let header = format!("{}={}", cookie.name(), cookie.value());
    set(folder.path(), &name(&Key::of(cookie.value())), b"junk");

    let session = sessions.open(&Cookies::parse(&header), Scheme::Http, now);
    assert!(session.is_new().unwrap() && session.has_foreign());
    session.insert("visits", 1).unwrap();
    let new = session.finish(now).unwrap().unwrap();
    assert_ne!(new.value(), cookie.value());
    let bytes = get(folder.path(), &name(&Key::of(cookie.value())));
    assert_eq!(bytes.unwrap(), b"junk", "it is left alone");
}
