//! Sessions whose cookie has not come back yet.

use super::*;

#[test]
fn a_session_whose_cookie_does_not_come_back_lives_for_an_hour() {
    let sessions = Sessions::new(MemoryStore::new());
    let begun = || {
        let session = request(&sessions, None, NOW);
        session.insert("n", 1).unwrap();
        session.finish(NOW).unwrap().expect("a cookie")
    };
    let is_new = |cookie: &SetCookie, now| {
        let session = request(&sessions, Some(cookie), now);
        let is_new = session.is_new().unwrap();
        session.finish(now).unwrap();
        is_new
    };
    let second = Duration::from_secs(1);
    assert!(is_new(&begun(), NOW + 60 * MINUTE));
    let cookie = begun();
    assert!(!is_new(&cookie, NOW + 60 * MINUTE - second));
    // From then on it lives as long as any other.
    assert!(!is_new(&cookie, NOW + 25 * 60 * MINUTE - 2 * second));
    assert!(is_new(&cookie, NOW + 60 * 60 * MINUTE));
}

#[test]
fn proof_costs_one_write() {
    let (sessions, faults) = faulty();
    let session = request(&sessions, None, NOW);
    session.insert("n", 1).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let calls = || {
        let calls = faults.calls();
        let session = request(&sessions, Some(&cookie), NOW);
        assert!(session.contains("n").unwrap());
        session.finish(NOW).unwrap();
        faults.calls() - calls
    };
    assert_eq!([calls(), calls(), calls()], [2, 1, 1]);
}

#[test]
fn the_first_use_is_saved_with_any_lifetimes() {
    for minutes in [6, 9, 30, 60, 65, 600] {
        let store = Arc::new(MemoryStore::new());
        let builder = Sessions::builder(Arc::clone(&store));
        let sessions = builder.idle_timeout(minutes * MINUTE).build().unwrap();
        let session = request(&sessions, None, NOW);
        session.insert("n", 1).unwrap();
        let cookie = session.finish(NOW).unwrap().expect("a cookie");
        let idle_until = || {
            let Load::Found(record) = store.load(&Key::of(cookie.value()), NOW).unwrap() else {
                panic!("no session");
            };
            record.idle_until
        };
        let before = idle_until();
        assert!(before >= NOW + minutes.min(60) * MINUTE / 2, "{minutes}");
        let now = NOW + 2 * MINUTE;
        let session = request(&sessions, Some(&cookie), now);
        assert!(session.contains("n").unwrap());
        session.finish(now).unwrap();
        assert_eq!(idle_until(), now + minutes * MINUTE, "{minutes}");
    }
}

#[test]
fn a_renewed_session_is_proved_if_the_old_one_was() {
    let store = Arc::new(MemoryStore::new().max_sessions(2).max_bytes(1 << 20));
    let sessions = Sessions::new(Arc::clone(&store));
    let old = begun(&sessions);
    let new = renewed(&sessions, &old);
    for _ in 0..10 {
        let flood = request(&sessions, None, NOW);
        flood.insert("n", 1).unwrap();
        flood.finish(NOW).unwrap();
    }
    assert_eq!(n(&sessions, &new), Some(0));

    // A session renewed from a retired id is unproved, and goes first.
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    let own = session.finish(NOW).unwrap().expect("a cookie");
    let key = Key::of(own.value());
    let Load::Found(record) = store.load(&key, NOW).unwrap() else {
        panic!("no session");
    };
    assert!(record.idle_until <= NOW + 61 * MINUTE);
    let flood = request(&sessions, None, NOW);
    flood.insert("n", 1).unwrap();
    flood.finish(NOW).unwrap();
    assert_eq!(n(&sessions, &own), None);
    assert_eq!(n(&sessions, &new), Some(0));
}

#[test]
fn renewing_needs_a_place_only_for_a_retired_id() {
    let store = Arc::new(MemoryStore::new().max_sessions(1).max_bytes(1 << 20));
    let sessions = Sessions::new(Arc::clone(&store));
    let old = begun(&sessions);
    let new = renewed(&sessions, &old);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    let full = session.finish(NOW);
    assert!(
        matches!(full, Err(Error::Store(StoreError::Full))),
        "{full:?}"
    );
    assert_eq!(n(&sessions, &new), Some(0));
}
