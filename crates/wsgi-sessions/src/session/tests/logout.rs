//! The end of a session, and what can come in between.

use super::*;

#[test]
fn what_is_kept_after_a_logout_is_a_new_session() {
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
fn a_logout_takes_the_cookie_away() {
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
fn a_logout_that_a_renewal_overtook_says_so() {
    for has_looked in [false, true] {
        let sessions = Sessions::new(MemoryStore::new());
        let old = begun(&sessions);
        let logout = request(&sessions, Some(&old), NOW);
        if has_looked {
            assert_eq!(logout.get("n").unwrap(), Some(0));
        }
        let other = request(&sessions, Some(&old), NOW);
        other.renew().unwrap();
        let new = other.finish(NOW).unwrap().expect("a cookie");
        for _ in 0..2 {
            assert!(matches!(logout.end(), Err(Error::Retired)));
        }
        assert!(logout.finish(NOW).unwrap().is_none(), "no cookie");
        assert!(logout.cookie().is_none());
        assert_eq!(n(&sessions, &new), Some(0), "it lives");
    }
}

#[test]
fn two_logouts_at_once_are_both_done() {
    for has_looked in [false, true] {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun(&sessions);
        let [first, second] = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
        if has_looked {
            assert_eq!(second.get("n").unwrap(), Some(0));
        }
        first.end().unwrap();
        for _ in 0..2 {
            second.end().unwrap();
        }
        assert!(second.is_retired().unwrap());
        assert!(second.finish(NOW).unwrap().is_none(), "no cookie");
    }
}

#[test]
fn a_logout_after_a_renewal_and_a_logout_ends_the_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    increment(&session).unwrap();
    let new = session.cookie().expect("the new id");
    session.end().unwrap();
    assert!(request(&sessions, Some(&new), NOW).is_retired().unwrap());
    let late = request(&sessions, Some(&old), NOW);
    assert!(
        matches!(late.end(), Err(Error::Retired)),
        "not known of this id"
    );
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
