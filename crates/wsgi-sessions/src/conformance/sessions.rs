//! Checks of what visitors see of a store.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::SystemTime,
};

use super::{
    browser::Browser,
    fixtures::{after, key, load, record, seconds, start},
};
use crate::{
    error::Error,
    key::Key,
    session::Session,
    store::{Load, Store, Write},
    store_error::StoreError,
};

/// One less than the calls that are made at once: a further thread renews.
const THREADS: usize = 4;
const UPDATES: usize = 500;

pub(super) fn count_up(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    for visit in 1..=3 {
        let count = |visits: Option<u64>| visits.unwrap_or(0) + 1;
        let seen = browser.visit(now, |session| session.update("visits", count));
        assert_eq!(seen, visit);
    }
}

pub(super) fn values_of_any_size(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    for size in [1, 1 << 20] {
        let value = "x".repeat(size);
        browser.visit(now, |session| session.insert("value", &value));
        let read = browser.visit(now, |session| session.get::<String>("value"));
        assert!(read == Some(value), "a value of {size} bytes");
    }
}

pub(super) fn no_update_is_lost(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    begin(&browser, now);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..UPDATES).for_each(|_| update(&browser, now)));
        }
    });
    assert_eq!(counted(&browser, now), THREADS * UPDATES);
}

pub(super) fn no_update_is_lost_to_a_renewal(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    begin(&browser, now);
    let first = browser.id();
    let running = AtomicUsize::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let _done = Done(&running);
                (0..UPDATES).for_each(|_| update(&browser, now));
            });
        }
        while running.load(Ordering::Relaxed) > 0 {
            renew(&browser, now);
        }
        renew(&browser, now);
    });
    assert_ne!(browser.id(), first);
    assert_eq!(counted(&browser, now), THREADS * UPDATES);
}

/// Counts a thread as finished when it ends, even by a panic.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn begin(browser: &Browser, now: SystemTime) {
    browser.visit(now, |session| session.insert("count", 0));
    // The cookie comes back.
    assert_eq!(counted(browser, now), 0);
}

fn counted(browser: &Browser, now: SystemTime) -> usize {
    let count = browser.visit(now, |session| session.get("count"));
    count.expect("a count")
}

/// Makes a visit that counts, and repeats it while its id is retired or already unknown.
fn update(browser: &Browser, now: SystemTime) {
    loop {
        let session = browser.request(now);
        if session.is_new().expect("is_new") {
            continue;
        }
        match session.update("count", |count: Option<usize>| count.map(|count| count + 1)) {
            Ok(count) => {
                count.expect("a count");
                return browser.response(&session, now).expect("a response");
            }
            Err(Error::Retired | Error::Ended) => thread::yield_now(),
            Err(error) => panic!("an update failed: {error:?}"),
        }
    }
}

/// Makes a visit that renews, unless the others prevent it.
fn renew(browser: &Browser, now: SystemTime) {
    let session = browser.request(now);
    session.renew().expect("renew");
    match browser.response(&session, now) {
        Ok(()) | Err(Error::Contended) => {}
        Err(error) => panic!("a renewal failed: {error:?}"),
    }
}

pub(super) fn a_logout_is_final(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    begin(&browser, now);
    let id = browser.id().expect("an id");
    let late = browser.request(now);
    late.insert("count", 1).expect("insert");
    let [reader, second] = [(); 2].map(|()| browser.request(now));
    assert_eq!(reader.get("count").expect("get"), Some(0));

    browser.visit(now, Session::end);
    assert_eq!(browser.id(), None);
    second.end().expect("a logout that came second");
    second.finish(now).expect("a response");
    assert!(matches!(late.finish(now), Err(Error::Ended)));
    assert!(matches!(late.finish(now), Ok(None)));
    let later = now + seconds(20 * 60);
    assert!(matches!(reader.finish(later), Ok(None)));
    assert_eq!(load(store, &Key::of(id), now), Load::Absent);
}

pub(super) fn a_retired_id_reads_and_changes_nothing(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    begin(&browser, now);
    let [reader, writer, updater] = [(); 3].map(|()| browser.request(now));
    browser.visit(now, |session| {
        session.insert("user", "Ada")?;
        session.renew()
    });
    assert!(browser.id().is_some());

    for late in [&reader, &writer, &updater] {
        assert!(late.is_retired().expect("is_retired"));
        assert_eq!(late.get("count").expect("get"), Some(0));
        assert_eq!(late.get::<String>("user").expect("get"), None);
    }
    writer.insert("count", 9).expect("an edit of its own");
    assert!(matches!(writer.finish(now), Err(Error::Retired)));
    let update = updater.update("count", |_: Option<u8>| 9);
    assert!(matches!(update, Err(Error::Retired)));
    for late in [reader, writer, updater] {
        assert!(matches!(late.finish(now), Ok(None)), "no cookie");
    }
    assert_eq!(counted(&browser, now), 0, "the new id is untouched");
}

pub(super) fn deadlines(store: &Arc<dyn Store>) {
    const DAY: u64 = 24 * 60 * 60;
    let now = start();
    let begun = || {
        let browser = Browser::of(store);
        begin(&browser, now);
        move |after| browser.visit(now + seconds(after), Session::is_new)
    };
    let is_new = begun();
    // Each visit extends the session by a day, and all of them by at most fourteen.
    for visit in 1..=14 {
        assert!(!is_new(visit * (DAY - 1)), "after visit {visit}");
    }
    assert!(!is_new(14 * DAY - 1));
    assert!(is_new(14 * DAY));

    let is_new = begun();
    assert!(!is_new(DAY - 1));
    assert!(!is_new(2 * DAY - 2));
    assert!(is_new(3 * DAY - 2));
}

pub(super) fn data_of_another_kind(store: &Arc<dyn Store>) {
    let (now, browser) = (start(), Browser::of(store));
    begin(&browser, now);
    let key = Key::of(browser.id().expect("an id"));
    let Load::Found(standing) = load(store, &key, now) else {
        panic!("no session");
    };
    let junk = after(&standing, "not JSON");
    let save = store.save(&key, standing.version, &junk, now);
    assert_eq!(save.expect("save"), Write::Done);

    let session = browser.request(now);
    let read = session.get::<u8>("count");
    assert!(matches!(read, Err(Error::Store(StoreError::Corrupt))));
    let read = session.insert("count", 1);
    assert!(matches!(read, Err(Error::Store(StoreError::Corrupt))));
    session.end().expect("a logout goes through");
    assert!(session.finish(now).expect("finish").is_some());
    assert_eq!(load(store, &key, now), Load::Absent);
}

pub(super) fn hashed_at_rest(store: &Arc<dyn Store>, found_at_rest: impl Fn(&[u8]) -> bool) {
    const MARK: &str = "7b1f6ab0a0f74b0d9e0c7d0f4a6c3f15";
    let (now, browser) = (start(), Browser::of(store));
    browser.visit(now, |session| session.insert("mark", MARK));
    let id = browser.id().expect("an id");
    assert!(found_at_rest(MARK.as_bytes()), "the data is not found");
    assert!(!found_at_rest(id.as_bytes()), "the id is stored in clear");
}

pub(super) fn corrupt(store: &Arc<dyn Store>, corrupt: impl Fn(&Key)) {
    let (now, key) = (start(), key());
    let standing = record("whole", now);
    store.create(&key, &standing, now).expect("create");
    corrupt(&key);
    let is_corrupt = |error: Option<StoreError>| {
        assert!(matches!(error, Some(StoreError::Corrupt)), "{error:?}");
    };
    is_corrupt(store.load(&key, now).err());
    let next = after(&standing, "next");
    is_corrupt(store.save(&key, standing.version, &next, now).err());
    is_corrupt(store.touch(&key, now + seconds(90), now).err());
    let renewal = store.renew(
        &key,
        standing.version,
        &self::key(),
        &next,
        seconds(30),
        now,
    );
    is_corrupt(renewal.err());
    assert!(store.end(&key, now).expect("end"));
    assert_eq!(load(store, &key, now), Load::Absent);
}
