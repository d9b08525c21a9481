//! The end of a session, and races with it.

use super::*;

#[test]
fn values_set_after_a_logout_begin_a_new_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.end().unwrap();
    assert!(session.is_empty().unwrap());
    session.insert("goodbye", true).unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(new.value(), old.value());
    let session = request(&sessions, Some(&new), NOW);
    assert_eq!(session.take("goodbye").unwrap(), Some(true));
    assert!(!session.contains("n").unwrap());
}

#[test]
fn a_logout_removes_the_cookie() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.end().unwrap();
    let removal = session.finish(NOW).unwrap().expect("a removal");
    assert_eq!(
        removal.to_header_value().unwrap(),
        "session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"
    );
}

#[test]
fn a_logout_with_a_retired_id_ends_it_and_removes_the_cookie() {
    for has_looked in [false, true] {
        let sessions = Sessions::new(MemoryStore::new());
        let old = begun(&sessions);
        let logout = request(&sessions, Some(&old), NOW);
        if has_looked {
            assert_eq!(logout.get("n").unwrap(), Some(0));
        }
        let new = renewed(&sessions, &old);
        logout.end().unwrap();
        let removal = logout.finish(NOW).unwrap().expect("a removal");
        assert_eq!(removal.value(), "");
        assert!(request(&sessions, Some(&old), NOW).is_new().unwrap());
        assert_eq!(
            n(&sessions, &new),
            Some(0),
            "the request with the new id goes on"
        );
    }
}

#[test]
fn two_simultaneous_logouts_both_succeed() {
    for has_looked in [false, true] {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun(&sessions);
        let [first, second] = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
        if has_looked {
            assert_eq!(second.get("n").unwrap(), Some(0));
        }
        first.end().unwrap();
        assert!(first.finish(NOW).unwrap().is_some());
        for _ in 0..2 {
            second.end().unwrap();
        }
        // By now the browser may have the cookie of another session. A request that has seen this
        // session removes the cookie all the same.
        assert_eq!(second.finish(NOW).unwrap().is_some(), has_looked);
    }
}

#[test]
fn a_logout_everywhere_and_here_removes_the_cookie() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.login("user-17").unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let session = request(&sessions, Some(&cookie), NOW);
    let owner = session.owner().unwrap().expect("an owner");
    assert_eq!(sessions.end_all(&owner, NOW).unwrap(), 1);
    session.end().unwrap();
    assert_eq!(session.finish(NOW).unwrap().expect("a removal").value(), "");
}

#[test]
fn after_a_logout_the_old_cookie_gets_a_new_session_at_once() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    request(&sessions, Some(&old), NOW).end().unwrap();
    let session = request(&sessions, Some(&old), NOW);
    assert!(session.is_new().unwrap());
    session.insert("n", 7).unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(new.value(), old.value());
    assert_eq!(n(&sessions, &new), Some(7));
    assert_eq!(n(&sessions, &old), None);
}

#[test]
fn a_request_that_had_loaded_the_session_cannot_bring_it_back() {
    type Change = fn(&Session) -> Result<(), Error>;
    let changes: [(&str, Change); 3] = [
        ("insert", |session| session.insert("a", 1)),
        ("update", |session| increment(session).map(drop)),
        ("renew", Session::renew),
    ];
    for (name, change) in changes {
        let store = Arc::new(MemoryStore::new());
        let sessions = Sessions::new(Arc::clone(&store));
        let cookie = begun(&sessions);
        let late = request(&sessions, Some(&cookie), NOW);
        assert_eq!(late.get("n").unwrap(), Some(0));
        request(&sessions, Some(&cookie), NOW).end().unwrap();
        let refused = change(&late).and_then(|()| late.finish(NOW));
        assert!(matches!(refused, Err(Error::Ended)), "{name}");
        assert!(matches!(late.insert("a", 1), Err(Error::Ended)), "{name}");
        assert!(late.finish(NOW).unwrap().is_none(), "{name}: no cookie");
        assert!(store.is_empty(), "{name}");
    }
}

#[test]
fn a_logout_within_the_grace_leaves_no_id_that_can_be_renewed() {
    let store = Arc::new(MemoryStore::new());
    let sessions = Sessions::new(Arc::clone(&store));
    let first = begun(&sessions);
    let late = request(&sessions, Some(&first), NOW);
    assert_eq!(late.get("n").unwrap(), Some(0));
    let second = renewed(&sessions, &first);
    let third = renewed(&sessions, &second);
    // A later save keeps the list of retired keys.
    increment(&request(&sessions, Some(&third), NOW)).unwrap();
    request(&sessions, Some(&third), NOW).end().unwrap();
    for id in [&first, &second, &third] {
        let session = request(&sessions, Some(id), NOW);
        assert!(session.is_new().unwrap());
        session.renew().unwrap();
        assert!(session.finish(NOW).unwrap().is_none());
    }
    late.renew().unwrap();
    assert!(matches!(late.finish(NOW), Err(Error::Ended)));
    store.sweep(NOW, usize::MAX).unwrap();
    assert!(store.is_empty());
}

#[test]
fn a_logout_after_a_renewal_in_one_request_ends_the_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    increment(&session).unwrap();
    let new = session.cookie().expect("the new id");
    session.end().unwrap();
    assert_eq!(session.finish(NOW).unwrap().expect("a removal").value(), "");
    for id in [&old, &new] {
        assert!(request(&sessions, Some(id), NOW).is_new().unwrap());
    }
}

#[test]
fn a_logout_without_a_session_has_nothing_to_end() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let expired = NOW + 24 * 60 * MINUTE;
    for (cookie, now) in [(None, NOW), (Some(&cookie), expired)] {
        let session = request(&sessions, cookie, now);
        session.insert("n", 1).unwrap();
        session.end().unwrap();
        assert!(session.finish(now).unwrap().is_none());
    }
    let session = request(&sessions, Some(&cookie), NOW);
    session.end().unwrap();
    session.end().unwrap();
}

/// Ends a session in different ways while a login with it runs.
#[test]
fn a_login_outlives_the_end_of_the_session_and_keeps_only_what_it_has_set() {
    type End = fn(&Sessions, &SetCookie);
    let ends: [(&str, End); 3] = [
        ("a logout", |sessions, old| {
            request(sessions, Some(old), NOW).end().unwrap();
        }),
        ("a logout everywhere", |sessions, _| {
            assert_eq!(sessions.end_all("Ada", NOW).unwrap(), 1);
        }),
        ("a renewal and a logout", |sessions, old| {
            let new = renewed(sessions, old);
            request(sessions, Some(&new), NOW).end().unwrap();
        }),
    ];
    for (name, end) in ends {
        for (user, is_updated) in [("Ada", false), ("Ada", true), ("Bob", false)] {
            let sessions = Sessions::new(MemoryStore::new());
            let old = begun(&sessions);
            let session = request(&sessions, Some(&old), NOW);
            session.login("Ada").unwrap();
            session.insert("cart", 7).unwrap();
            let old = session.finish(NOW).unwrap().expect("a cookie");

            let session = request(&sessions, Some(&old), NOW);
            assert_eq!(session.owner().unwrap().as_deref(), Some("Ada"), "{name}");
            let handle = session.handle().unwrap();
            end(&sessions, &old);
            session.login(user).unwrap();
            session.insert("name", user).unwrap();
            session.set_note("a phone").unwrap();
            if is_updated {
                assert_eq!(increment(&session).unwrap(), 1, "{name}");
            }
            let new = session.finish(NOW).unwrap().expect("a cookie");
            assert_ne!(new.value(), old.value(), "{name}");

            let session = request(&sessions, Some(&new), NOW);
            assert_eq!(session.owner().unwrap().as_deref(), Some(user), "{name}");
            assert_ne!(session.handle().unwrap(), handle, "{name}");
            let keys = if is_updated {
                &["n", "name"][..]
            } else {
                &["name"]
            };
            assert_eq!(session.keys().unwrap(), keys, "{name}");
            let list = sessions.list(user, NOW).unwrap();
            assert_eq!(list.len(), 1, "{name}");
            assert_eq!(list[0].note(), Some("a phone"), "{name}");
            assert!(
                request(&sessions, Some(&old), NOW).is_new().unwrap(),
                "{name}"
            );
        }
    }
}

#[test]
fn a_login_after_a_change_that_has_found_the_end_needs_a_restart() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    assert!(!session.is_new().unwrap());
    request(&sessions, Some(&old), NOW).end().unwrap();
    assert!(matches!(increment(&session), Err(Error::Ended)));
    assert!(matches!(session.login("Ada"), Err(Error::Ended)));
    session.restart().unwrap();
    session.login("Ada").unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    let session = request(&sessions, Some(&new), NOW);
    assert_eq!(session.owner().unwrap().as_deref(), Some("Ada"));
}
