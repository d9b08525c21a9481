//! A new id, and the fate of the old one.

use super::*;

#[test]
fn a_renewal_keeps_the_data_and_a_concurrent_update() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    session.insert("user", "Ada").unwrap();
    increment(&request(&sessions, Some(&old), NOW)).unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(new.value(), old.value());
    let session = request(&sessions, Some(&new), NOW);
    assert_eq!(session.get("user").unwrap(), Some("Ada".to_owned()));
    assert_eq!(session.get("n").unwrap(), Some(1));
    assert!(request(&sessions, Some(&old), NOW).is_retired().unwrap());
}

#[test]
fn an_update_after_a_renewal_is_never_stored_under_the_old_id() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    increment(&session).unwrap();
    let load = sessions.store().load(&Key::of(old.value()), NOW);
    assert!(
        matches!(load, Ok(Load::Retired(_))),
        "before the request ends"
    );
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(n(&sessions, &new), Some(1));
}

#[test]
fn a_renewal_does_not_make_a_session_live_longer() {
    let builder = Sessions::builder(MemoryStore::new());
    let sessions = builder.lifetime(24 * 60 * MINUTE).build().unwrap();
    let mut cookie = begun(&sessions);
    for hour in 1..24 {
        let now = NOW + hour * 60 * MINUTE;
        let session = request(&sessions, Some(&cookie), now);
        session.renew().unwrap();
        cookie = session.finish(now).unwrap().expect("a cookie");
    }
    let is_new = |now| request(&sessions, Some(&cookie), now).is_new().unwrap();
    assert!(!is_new(NOW + 24 * 60 * MINUTE - Duration::from_secs(1)));
    assert!(is_new(NOW + 24 * 60 * MINUTE));
}

#[test]
fn a_retired_id_reads_the_session_before_the_renewal() {
    for insert_first in [false, true] {
        let sessions = Sessions::new(MemoryStore::new());
        let old = begun(&sessions);
        let login = request(&sessions, Some(&old), NOW);
        if insert_first {
            login.insert("user", "Ada").unwrap();
        }
        login.renew().unwrap();
        login.insert("user", "Ada").unwrap();
        login.remove("n").unwrap();
        let new = login.finish(NOW).unwrap().expect("a cookie");

        let late = request(&sessions, Some(&old), NOW);
        assert!(late.is_retired().unwrap() && !late.is_new().unwrap());
        assert_eq!(late.get("n").unwrap(), Some(0));
        assert!(!late.contains("user").unwrap());
        assert!(late.finish(NOW).unwrap().is_none(), "no cookie");
        assert!(late.cookie().is_none());
        let login = request(&sessions, Some(&new), NOW);
        assert_eq!(login.keys().unwrap(), ["user"]);
    }
}

#[test]
fn a_form_sent_twice_logs_in_twice_and_keeps_the_cart() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    // Either both requests are running at the same time, or the second is late.
    for is_late in [false, true] {
        let login = || {
            let session = request(&sessions, Some(&old), NOW);
            session.insert("user", "Ada").unwrap();
            session.login("user-17").unwrap();
            session
        };
        let (first, second) = (login(), login());
        let first = first.finish(NOW).unwrap().expect("a cookie");
        let second = if is_late { login() } else { second };
        let second = second.finish(NOW).unwrap().expect("a cookie");
        assert!(first.value() != second.value() && old.value() != second.value());
        for cookie in [&first, &second] {
            let session = request(&sessions, Some(cookie), NOW);
            assert_eq!(session.get("n").unwrap(), Some(0), "the cart");
            assert_eq!(session.get("user").unwrap(), Some("Ada".to_owned()));
            assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
        }
    }
}

#[test]
fn a_session_renewed_from_a_retired_id_inherits_its_deadline_and_its_owner() {
    let day = 24 * 60 * MINUTE;
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let login = request(&sessions, Some(&old), NOW);
    login.login("user-17").unwrap();
    let old = login.finish(NOW).unwrap().expect("a cookie");
    let now = NOW + 20 * 60 * MINUTE;
    let renew = || {
        let session = request(&sessions, Some(&old), now);
        session.renew().unwrap();
        session.finish(now).unwrap().expect("a cookie")
    };
    let (first, second) = (renew(), renew());
    let handle = |cookie| request(&sessions, Some(cookie), now).handle().unwrap();
    assert_ne!(handle(&first), handle(&second), "a separate session");
    for cookie in [&first, &second] {
        let session = request(&sessions, Some(cookie), now);
        assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
        session.finish(now).unwrap();
        let key = Key::of(cookie.value());
        let Load::Found(record) = sessions.store().load(&key, now).unwrap() else {
            panic!("no session");
        };
        assert_eq!(record.absolute_until, NOW + 14 * day);
    }
}

#[test]
fn a_plain_change_of_a_retired_session_is_refused() {
    type Change = fn(&Session) -> Result<(), Error>;
    let changes: [(&str, Change); 6] = [
        ("insert", |session| session.insert("a", 1)),
        ("remove", |session| session.remove("n").map(drop)),
        ("clear", Session::clear),
        ("flash", |session| session.flash("hello")),
        ("set_owner", |session| session.set_owner("me")),
        ("update", |session| increment(session).map(drop)),
    ];
    for (name, change) in changes {
        let sessions = Sessions::new(MemoryStore::new());
        let old = begun(&sessions);
        let new = renewed(&sessions, &old);
        let late = request(&sessions, Some(&old), NOW);
        let refused = change(&late).and_then(|()| late.finish(NOW));
        assert!(matches!(refused, Err(Error::Retired)), "{name}");
        assert!(late.finish(NOW).unwrap().is_none(), "{name}: no cookie");
        assert_eq!(n(&sessions, &old), Some(0), "{name}");
        assert_eq!(n(&sessions, &new), Some(0), "{name}");
    }
}

#[test]
fn an_update_that_a_renewal_overtook_is_refused() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let late = request(&sessions, Some(&old), NOW);
    assert_eq!(late.get("n").unwrap(), Some(0));
    renewed(&sessions, &old);
    assert!(matches!(increment(&late), Err(Error::Retired)));
    assert_eq!(late.get("n").unwrap(), Some(0), "it can be read");
    late.renew().unwrap();
    assert_eq!(increment(&late).unwrap(), 1, "and renewed");
    let own = late.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(n(&sessions, &own), Some(1));
    assert_eq!(n(&sessions, &old), Some(0));
}

#[test]
fn after_the_grace_the_id_is_unknown() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    renewed(&sessions, &old);
    let is_new = |seconds| {
        let session = request(&sessions, Some(&old), NOW + Duration::from_secs(seconds));
        session.is_new().unwrap()
    };
    assert!(!is_new(4));
    assert!(is_new(5));
}

#[test]
fn a_grace_of_zero_turns_it_off() {
    let builder = Sessions::builder(MemoryStore::new());
    let sessions = builder.retire_grace(Duration::ZERO).build().unwrap();
    let old = begun(&sessions);
    let new = renewed(&sessions, &old);
    assert!(request(&sessions, Some(&old), NOW).is_new().unwrap());
    assert_eq!(n(&sessions, &new), Some(0));
}

#[test]
fn a_renewal_without_grace_shuts_out_every_former_id() {
    let sessions = Sessions::new(MemoryStore::new());
    let first = begun(&sessions);
    let second = renewed(&sessions, &first);
    for renew_first in [false, true] {
        let session = request(&sessions, Some(&second), NOW);
        if renew_first {
            session.renew().unwrap();
        }
        session.renew_without_grace().unwrap();
        session.renew().unwrap();
        let third = session.finish(NOW).unwrap();
        for old in [&first, &second] {
            assert!(request(&sessions, Some(old), NOW).is_new().unwrap());
        }
        if let Some(third) = third {
            assert_eq!(n(&sessions, &third), Some(0));
            break;
        }
    }
}

#[test]
fn repeated_renewals_keep_only_a_few_retired_ids() {
    let store = Arc::new(MemoryStore::new());
    let sessions = Sessions::new(Arc::clone(&store));
    let mut ids = vec![begun(&sessions)];
    for _ in 0..50 {
        let last = ids.last().unwrap();
        ids.push(renewed(&sessions, last));
    }
    let last = ids.pop().unwrap();
    let retired = |cookie: &&SetCookie| request(&sessions, Some(cookie), NOW).is_retired().unwrap();
    assert_eq!(ids.iter().filter(retired).count(), 8);
    assert!(
        ids[42..].iter().all(|cookie| retired(&cookie)),
        "only the last ones"
    );
    request(&sessions, Some(&last), NOW).end().unwrap();
    assert_eq!(ids.iter().filter(retired).count(), 0);
    assert!(store.is_empty());
}

#[test]
fn restart_begins_an_empty_session_in_any_case() {
    let sessions = Sessions::new(MemoryStore::new());
    let none = None;
    let live = begun(&sessions);
    let retired = begun(&sessions);
    renewed(&sessions, &retired);
    let ended = begun(&sessions);
    request(&sessions, Some(&ended), NOW).end().unwrap();
    for old in [none, Some(&live), Some(&retired), Some(&ended)] {
        for has_looked in [false, true] {
            let session = request(&sessions, old, NOW);
            if has_looked {
                session.insert("lost", 1).unwrap();
            }
            session.restart().unwrap();
            assert!(session.is_empty().unwrap());
            let new = session.finish(NOW).unwrap().expect("a cookie");
            let session = request(&sessions, Some(&new), NOW);
            assert!(!session.is_new().unwrap() && session.is_empty().unwrap());
            if let Some(old) = old {
                assert_ne!(new.value(), old.value());
                assert!(request(&sessions, Some(old), NOW).is_new().unwrap());
            }
        }
    }
}

/// It does not even sign the old id with the new key.
#[cfg(feature = "signed")]
#[test]
fn a_retired_session_sets_no_cookie_when_keys_are_rotated() {
    use wsgi_cookies::{Key, Keyring};
    let key = |byte| Key::from_bytes([byte; 32]).unwrap();
    let store = Arc::new(MemoryStore::new());
    let signed = |keyring: Keyring| {
        let builder = Sessions::builder(Arc::clone(&store));
        builder.signed(keyring).build().unwrap()
    };
    let sessions = signed(Keyring::new(key(1)));
    let old = begun(&sessions);
    renewed(&sessions, &old);
    let rotated = signed(Keyring::new(key(2)).verifying_key(key(1)));
    let late = request(&rotated, Some(&old), NOW);
    assert!(late.is_retired().unwrap());
    assert!(late.finish(NOW).unwrap().is_none() && late.cookie().is_none());
    let own = renewed(&rotated, &old);
    assert_eq!(n(&signed(Keyring::new(key(2))), &own), Some(0));
}

#[cfg(feature = "signed")]
#[test]
fn a_long_request_signs_no_id_again_that_was_renewed_or_ended_meanwhile() {
    use wsgi_cookies::{Key, Keyring};
    let key = |byte| Key::from_bytes([byte; 32]).unwrap();
    let store = Arc::new(MemoryStore::new());
    let signed = |keyring: Keyring| {
        let builder = Sessions::builder(Arc::clone(&store));
        builder.signed(keyring).build().unwrap()
    };
    let rotated = signed(Keyring::new(key(2)).verifying_key(key(1)));
    type End = fn(&Sessions, &SetCookie);
    let ends: [(&str, End); 2] = [
        ("renewed", |sessions, old| drop(renewed(sessions, old))),
        ("ended", |sessions, old| {
            request(sessions, Some(old), NOW).end().unwrap();
        }),
    ];
    for (name, end) in ends {
        let old = begun(&signed(Keyring::new(key(1))));
        let long = request(&rotated, Some(&old), NOW);
        assert_eq!(long.get("n").unwrap(), Some(0), "{name}");
        end(&rotated, &old);
        assert!(long.cookie().is_none(), "{name}: on the page of an error");
        assert!(long.finish(NOW).unwrap().is_none(), "{name}");
        assert!(long.cookie().is_none(), "{name}");
    }
    // A change that is saved tells that the id is live.
    let old = begun(&signed(Keyring::new(key(1))));
    let session = request(&rotated, Some(&old), NOW);
    assert_eq!(increment(&session).unwrap(), 1);
    let new = session.cookie().expect("a cookie");
    assert_eq!(n(&signed(Keyring::new(key(2))), &new), Some(1));
}

/// Two servers with different clocks share a store and a key.
#[cfg(feature = "signed")]
#[test]
fn a_server_whose_clock_is_slow_keeps_the_visitor() {
    use wsgi_cookies::{Key, Keyring};
    let builder = Sessions::builder(MemoryStore::new());
    let keyring = Keyring::new(Key::from_bytes([1; 32]).unwrap());
    let sessions = builder.signed(keyring).build().unwrap();
    let ahead = NOW + 90 * 60 * MINUTE;
    let session = request(&sessions, None, ahead);
    session.insert("n", 0).unwrap();
    let cookie = session.finish(ahead).unwrap().expect("a cookie");
    for now in [ahead - Duration::from_secs(90), NOW] {
        let session = request(&sessions, Some(&cookie), now);
        assert_eq!(session.get("n").unwrap(), Some(0));
        assert!(
            session.finish(now).unwrap().is_none(),
            "the cookie is valid"
        );
    }
}
