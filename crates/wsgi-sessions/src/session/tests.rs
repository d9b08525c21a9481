mod cross_site;
mod expiry;
mod faults;
mod flashes;
mod flood;
mod interleaved;
mod logout;
mod long_lives;
mod long_requests;
mod orders;
mod owners;
mod reentrant;
mod renewals;
mod reopened;
mod several_cookies;
mod unproved;

use std::time::{Duration, UNIX_EPOCH};

use faults::Faults;

use super::*;
use wsgi_cookies::Cookies;

use crate::{
    key::Key,
    record::Record,
    scheme::Scheme,
    sessions::Sessions,
    store::{Load, Store},
    store_error::StoreError,
    stores::memory::MemoryStore,
};

const NOW: SystemTime = UNIX_EPOCH;
const MINUTE: Duration = Duration::from_secs(60);

fn request(sessions: &Sessions, cookie: Option<&SetCookie>, now: SystemTime) -> Session {
    let header = cookie.map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
    let header = header.unwrap_or_default();
    sessions.open(&Cookies::parse(&header), Scheme::Http, now)
}

/// Begins a session with `n` at 0. Returns its cookie, which has come back once.
fn begun(sessions: &Sessions) -> SetCookie {
    let session = request(sessions, None, NOW);
    session.insert("n", 0).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let session = request(sessions, Some(&cookie), NOW);
    assert_eq!(session.get("n").unwrap(), Some(0));
    assert!(session.finish(NOW).unwrap().is_none());
    cookie
}

/// Renews a session and returns the new cookie.
fn renewed(sessions: &Sessions, old: &SetCookie) -> SetCookie {
    let session = request(sessions, Some(old), NOW);
    session.renew().unwrap();
    session.finish(NOW).unwrap().expect("a cookie")
}

fn n(sessions: &Sessions, cookie: &SetCookie) -> Option<u64> {
    request(sessions, Some(cookie), NOW).get("n").unwrap()
}

fn increment(session: &Session) -> Result<u64, Error> {
    session.update("n", |n: Option<u64>| n.unwrap_or(0) + 1)
}

fn faulty() -> (Sessions, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    (Sessions::new(Arc::clone(&faults)), faults)
}

#[test]
fn a_session_can_be_sent_shared_and_cloned() {
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    is_shared::<Session>();
    is_shared::<Sessions>();
}

#[test]
fn an_unused_session_does_not_ask_the_store() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let calls = faults.calls();
    let later = NOW + 60 * MINUTE;
    let session = request(&sessions, Some(&cookie), later);
    assert!(session.finish(later).unwrap().is_none());
    assert_eq!(faults.calls(), calls);
}

#[test]
fn a_visitor_without_a_session_costs_nothing_until_a_value_is_kept() {
    let (sessions, faults) = faulty();
    let session = request(&sessions, None, NOW);
    assert!(session.is_new().unwrap());
    assert_eq!(session.get::<u8>("n").unwrap(), None);
    session.insert("n", 1).unwrap();
    assert!(session.remove("n").unwrap());
    session.renew().unwrap();
    session.end().unwrap();
    assert!(session.finish(NOW).unwrap().is_none());
    assert_eq!(faults.calls(), 0);
}

#[test]
fn a_session_that_is_read_is_touched_once_per_interval() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let calls_at = |minutes| {
        let calls = faults.calls();
        let now = NOW + minutes * MINUTE;
        let session = request(&sessions, Some(&cookie), now);
        assert!(session.contains("n").unwrap());
        assert!(session.finish(now).unwrap().is_none());
        faults.calls() - calls
    };
    let calls = [0, 4, 5, 6, 9, 10].map(calls_at);
    assert_eq!(calls, [1, 1, 2, 1, 1, 2], "a load each, and two touches");
}

#[test]
fn an_edit_that_changes_nothing_is_not_saved() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let calls = faults.calls();
    let session = request(&sessions, Some(&cookie), NOW);
    session.insert("n", 0).unwrap();
    assert!(!session.remove("none").unwrap());
    session.update("n", |n: Option<u64>| n).unwrap();
    assert!(session.finish(NOW).unwrap().is_none());
    assert_eq!(faults.calls(), calls + 1, "only a load");
}

#[test]
fn an_id_that_was_not_issued_is_never_adopted() {
    let sessions = Sessions::new(MemoryStore::new());
    let planted = SetCookie::new("session", "A".repeat(24));
    let session = request(&sessions, Some(&planted), NOW);
    assert!(session.is_new().unwrap());
    session.insert("n", 1).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie of its own");
    assert_ne!(cookie.value(), planted.value());
    assert_eq!(n(&sessions, &planted), None);
    assert_eq!(n(&sessions, &cookie), Some(1));
}

#[test]
fn edits_of_two_requests_are_both_kept() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let [first, second] = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
    first.insert("first", 1).unwrap();
    second.insert("second", 2).unwrap();
    second.remove("n").unwrap();
    first.finish(NOW).unwrap();
    second.finish(NOW).unwrap();
    let session = request(&sessions, Some(&cookie), NOW);
    assert_eq!(session.get("first").unwrap(), Some(1));
    assert_eq!(session.get("second").unwrap(), Some(2));
    assert!(!session.contains("n").unwrap());
}

#[test]
fn an_update_runs_again_on_what_another_request_left() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.insert("mine", 1).unwrap();
    let mut seen = Vec::new();
    let n = session.update("n", |n: Option<u64>| {
        if seen.is_empty() {
            increment(&request(&sessions, Some(&cookie), NOW)).unwrap();
        }
        seen.extend(n);
        n.unwrap() + 10
    });
    assert_eq!((n.unwrap(), seen), (11, vec![0, 1]));
    let other = request(&sessions, Some(&cookie), NOW);
    assert_eq!(other.get("mine").unwrap(), Some(1), "saved together");
}

#[test]
fn a_closure_may_use_its_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    let n = session.update("n", |n: Option<u64>| {
        session.insert("seen", n).unwrap();
        n.unwrap() + 1
    });
    assert_eq!(n.unwrap(), 1);
    let mut last = 0;
    let endless = session.update("n", |n: Option<u64>| {
        last += 1;
        session.insert("seen", last).unwrap();
        n
    });
    assert!(matches!(endless, Err(Error::Contended)));
}

#[test]
fn a_closure_that_panics_changes_nothing() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    let update = || session.update("n", |_: Option<u64>| -> u64 { std::panic::panic_any(()) });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(update));
    assert!(caught.is_err());
    assert_eq!(increment(&session).unwrap(), 1);
}

#[test]
fn the_cookie_of_a_saved_session_is_available_without_finishing() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);

    let failing = request(&sessions, Some(&old), NOW);
    failing.insert("lost", 1).unwrap();
    assert!(failing.cookie().is_none());
    let failing = request(&sessions, Some(&old), NOW);
    failing.renew().unwrap();
    assert!(failing.cookie().is_none(), "the old id is still valid");
    increment(&failing).unwrap();
    let new = failing.cookie().expect("the new id");
    assert_ne!(new.value(), old.value());
    assert_eq!(n(&sessions, &new), Some(1));
    assert_eq!(failing.finish(NOW).unwrap(), Some(new.clone()));
    assert_eq!(failing.cookie(), Some(new.clone()), "after finishing, too");

    let failing = request(&sessions, Some(&new), NOW);
    failing.end().unwrap();
    assert_eq!(failing.cookie().expect("a removal").value(), "");
}

#[test]
fn a_session_is_used_once_the_request_has_read_or_changed_it() {
    type Look = fn(&Session);
    let looks: [(&str, Look); 6] = [
        ("get", |session| assert!(session.get::<u8>("n").is_ok())),
        ("is_new", |session| assert!(session.is_new().is_ok())),
        ("insert", |session| session.insert("n", 1).unwrap()),
        ("update", |session| assert!(increment(session).is_ok())),
        ("renew", |session| session.renew().unwrap()),
        ("end", |session| session.end().unwrap()),
    ];
    let sessions = Sessions::new(MemoryStore::new());
    for (name, look) in looks {
        let cookie = begun(&sessions);
        for cookie in [None, Some(&cookie)] {
            let session = request(&sessions, cookie, NOW);
            assert!(!session.is_used(), "{name}");
            look(&session);
            assert!(session.is_used(), "{name}");
        }
    }
    let unused = request(&sessions, Some(&begun(&sessions)), NOW);
    unused.finish(NOW).unwrap();
    assert!(!unused.is_used());
}

#[test]
fn a_finished_session_refuses_changes_that_would_be_lost() {
    let sessions = Sessions::new(MemoryStore::new());
    let new = request(&sessions, None, NOW);
    assert!(new.finish(NOW).unwrap().is_none());
    assert!(matches!(increment(&new), Err(Error::Finished)));

    let cookie = begun(&sessions);
    let kept = request(&sessions, Some(&cookie), NOW);
    assert!(kept.finish(NOW).unwrap().is_none());
    assert!(matches!(kept.insert("a", 1), Err(Error::Finished)));
    assert!(matches!(kept.clear(), Err(Error::Finished)));
    assert!(matches!(kept.renew(), Err(Error::Finished)));
    assert_eq!(increment(&kept).unwrap(), 1, "this needs no cookie");
    assert_eq!(n(&sessions, &cookie), Some(1));
}

#[test]
fn a_session_that_is_too_large_is_refused_and_the_old_one_stays() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.insert("n", "x".repeat(Record::MAX_DATA)).unwrap();
    let refused = session.finish(NOW);
    assert!(matches!(refused, Err(Error::Store(StoreError::TooLarge))));
    assert_eq!(n(&sessions, &cookie), Some(0));
}

#[test]
fn a_value_of_another_type_is_kept() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    session.insert("n", "text").unwrap();
    assert!(matches!(session.take::<u8>("n"), Err(Error::Value(_))));
    assert!(matches!(increment(&session), Err(Error::Value(_))));
    assert_eq!(session.get("n").unwrap(), Some("text".to_owned()));
}

#[test]
fn debug_shows_neither_id_nor_data() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.insert("secret", "hush").unwrap();
    assert_eq!(format!("{session:?}"), "Session { .. }");
}

#[cfg(feature = "signed")]
#[test]
fn a_session_in_use_gets_a_cookie_with_the_new_key() {
    use wsgi_cookies::{Key, Keyring};
    let key = |byte| Key::from_bytes([byte; 32]).unwrap();
    let store = Arc::new(MemoryStore::new());
    let signed = |keyring: Keyring| {
        let builder = Sessions::builder(Arc::clone(&store));
        builder.signed(keyring).build().unwrap()
    };
    let old = begun(&signed(Keyring::new(key(1))));
    let sessions = signed(Keyring::new(key(2)).verifying_key(key(1)));
    let session = request(&sessions, Some(&old), NOW);
    assert_eq!(session.get("n").unwrap(), Some(0));
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(n(&signed(Keyring::new(key(2))), &new), Some(0));
    let session = request(&sessions, Some(&new), NOW);
    assert_eq!(session.get("n").unwrap(), Some(0));
    assert!(session.finish(NOW).unwrap().is_none());
}
