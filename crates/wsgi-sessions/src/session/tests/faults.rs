//! A store that fails on demand, and the sessions in it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::{listed::Listed, store::Write, version::Version};

#[derive(Default)]
pub(super) struct Faults {
    store: MemoryStore,
    calls: AtomicUsize,
    down: AtomicBool,
}

impl Faults {
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    fn up(&self) -> Result<&MemoryStore, StoreError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.down.load(Ordering::Relaxed) {
            return Err(StoreError::unavailable("told to fail"));
        }
        Ok(&self.store)
    }
}

impl Store for Faults {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.up()?.create(key, record, now)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        self.up()?.load(key, now)
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.up()?.save(key, expected, record, now)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        self.up()?.touch(key, idle_until, now)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.up()?.renew(old, expected, new, record, grace, now)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        self.up()?.end(key, now)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        self.up()?.end_all(owner, now)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        self.up()?.list(owner, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.up()?.sweep(now, at_most)
    }
}

#[track_caller]
fn is_down<T>(result: Result<T, Error>) {
    let error = result.err().expect("an error");
    assert!(error.is_temporary(), "{error:?}");
}

#[test]
fn a_store_that_is_down_never_looks_like_an_empty_session() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    faults.set_down(true);
    is_down(session.get::<u64>("n"));
    is_down(session.contains("n"));
    is_down(session.is_empty());
    is_down(session.is_new());
    is_down(session.is_retired());
    is_down(session.insert("n", 1));
    is_down(session.remove("n"));
    is_down(session.take::<u64>("n"));
    is_down(session.clear());
    is_down(increment(&session));
    is_down(session.renew());
    is_down(session.end());
    faults.set_down(false);
    assert_eq!(session.get::<u64>("n").unwrap(), Some(0));
    assert!(session.finish(NOW).unwrap().is_none());
}

#[test]
fn a_failed_finish_can_be_repeated() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.insert("n", 1).unwrap();
    faults.set_down(true);
    is_down(session.finish(NOW));
    faults.set_down(false);
    assert!(session.finish(NOW).unwrap().is_none());
    assert_eq!(n(&sessions, &cookie), Some(1));
}

#[test]
fn a_failed_update_does_not_change_the_session() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    assert_eq!(session.get::<u64>("n").unwrap(), Some(0));
    faults.set_down(true);
    is_down(increment(&session));
    assert_eq!(session.get::<u64>("n").unwrap(), Some(0));
    faults.set_down(false);
    assert_eq!(increment(&session).unwrap(), 1);
}

#[test]
fn a_new_session_that_could_not_be_saved_gets_no_cookie() {
    let (sessions, faults) = faulty();
    let session = request(&sessions, None, NOW);
    session.insert("n", 1).unwrap();
    faults.set_down(true);
    is_down(session.finish(NOW));
    faults.set_down(false);
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(n(&sessions, &cookie), Some(1));
}

#[test]
fn a_session_that_is_only_read_needs_no_touch() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let late = NOW + 20 * 60 * MINUTE;
    for is_changed in [false, true] {
        let session = request(&sessions, Some(&cookie), late);
        assert_eq!(session.get::<u64>("n").unwrap(), Some(0));
        faults.set_down(true);
        if is_changed {
            session.insert("n", 1).unwrap();
            is_down(session.finish(late));
        } else {
            assert!(session.finish(late).unwrap().is_none());
            assert!(session.take_touch_error().is_some());
        }
        assert!(session.take_touch_error().is_none());
        faults.set_down(false);
    }
    let session = request(&sessions, Some(&cookie), late);
    session.get::<u64>("n").unwrap();
    session.finish(late).unwrap();
    let session = request(&sessions, Some(&cookie), late + 20 * 60 * MINUTE);
    assert_eq!(session.get("n").unwrap(), Some(0), "it was touched then");
}

#[cfg(feature = "signed")]
#[test]
fn a_cookie_is_not_signed_again_unless_the_store_says_that_its_session_is_live() {
    use wsgi_cookies::{Key, Keyring};
    let key = |byte| Key::from_bytes([byte; 32]).unwrap();
    let faults = Arc::new(Faults::default());
    let signed = |keyring: Keyring| {
        let builder = Sessions::builder(Arc::clone(&faults));
        builder.signed(keyring).build().unwrap()
    };
    let old = begun(&signed(Keyring::new(key(1))));
    let rotated = signed(Keyring::new(key(2)).verifying_key(key(1)));
    let session = request(&rotated, Some(&old), NOW);
    assert_eq!(session.get("n").unwrap(), Some(0));
    faults.set_down(true);
    is_down(session.finish(NOW));
    assert!(session.take_touch_error().is_none() && session.cookie().is_none());
    faults.set_down(false);
    assert!(session.finish(NOW).unwrap().is_some());
}

#[test]
fn a_touch_that_a_later_write_makes_up_for_has_no_error() {
    let again = |session: &Session, late| {
        session.reopen();
        assert!(session.finish(late).unwrap().is_none());
    };
    let updates = |session: &Session, _| assert_eq!(increment(session).unwrap(), 1);
    for makes_up in [again as fn(&Session, SystemTime), updates] {
        let (sessions, faults) = faulty();
        let cookie = begun(&sessions);
        let late = NOW + 20 * 60 * MINUTE;
        let session = request(&sessions, Some(&cookie), late);
        session.get::<u64>("n").unwrap();
        faults.set_down(true);
        session.finish(late).unwrap();
        faults.set_down(false);
        makes_up(&session, late);
        assert!(session.take_touch_error().is_none());
    }
}
