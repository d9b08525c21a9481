//! Sessions whose response was dropped for another one.

use super::*;

/// The value that the store has under a cookie.
fn stored(sessions: &Sessions, cookie: &SetCookie, key: &str) -> Option<u32> {
    let session = request(sessions, Some(cookie), NOW);
    session.get(key).expect("a value")
}

#[test]
fn the_second_response_goes_on_with_the_session_of_the_first() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.renew().unwrap();
    session.insert("first", 1).unwrap();
    let first = session.finish(NOW).unwrap().expect("a cookie");
    assert!(matches!(session.insert("second", 2), Err(Error::Finished)));

    session.reopen();
    session.insert("second", 2).unwrap();
    let second = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(
        second, first,
        "the id stays, and the browser still needs it"
    );
    assert_eq!(stored(&sessions, &second, "first"), Some(1));
    assert_eq!(stored(&sessions, &second, "second"), Some(2));
    assert!(matches!(session.insert("third", 3), Err(Error::Finished)));

    session.reopen();
    session.renew().unwrap();
    let third = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(third.value(), second.value());
    assert_eq!(stored(&sessions, &third, "second"), Some(2));
}

#[test]
fn an_unchanged_session_gets_no_cookie_the_second_time_either() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    for _ in 0..2 {
        session.reopen();
        assert_eq!(session.get("n").unwrap(), Some(0));
        assert_eq!(session.finish(NOW).unwrap(), None);
    }
}

#[test]
fn a_session_that_the_first_response_ended_can_be_begun_again() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.end().unwrap();
    let removal = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(removal.value(), "");

    session.reopen();
    let again = session.finish(NOW).unwrap();
    assert_eq!(again, Some(removal), "the browser still has the cookie");

    session.reopen();
    assert_eq!(session.get::<u32>("n").unwrap(), None);
    session.insert("n", 7).unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_eq!(stored(&sessions, &new, "n"), Some(7));
}
