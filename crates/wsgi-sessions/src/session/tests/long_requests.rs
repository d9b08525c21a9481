//! Requests that run while their session ages.

use super::*;

/// Opens a request at `NOW` that has been running for `since`.
fn running(sessions: &Sessions, cookie: &SetCookie, since: Duration) -> Session {
    let mut session = request(sessions, Some(cookie), NOW);
    let inner = Arc::get_mut(&mut session.0).expect("the only handle");
    let started = inner.clock.started.checked_sub(since);
    inner.clock.started = started.expect("a machine that was on for so long");
    session
}

#[test]
fn an_update_in_a_long_request_extends_the_session_from_its_own_time() {
    let hour = 60 * MINUTE;
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    increment(&running(&sessions, &cookie, 20 * hour)).unwrap();
    let later = NOW + 43 * hour;
    let session = request(&sessions, Some(&cookie), later);
    assert_eq!(session.get("n").unwrap(), Some(1));
}

#[test]
fn a_request_that_outlives_its_session_does_not_revive_it() {
    let day = 24 * 60 * MINUTE;
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let long = running(&sessions, &cookie, day);
    assert!(long.is_new().unwrap());
    let long = running(&sessions, &cookie, day - MINUTE);
    assert_eq!(long.get("n").unwrap(), Some(0));
}
