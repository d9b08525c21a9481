//! Expiries of single sessions, and sessions that expire during a request.

use super::*;
use crate::session::lifetimes::Expiry;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn lives(sessions: &Sessions, cookie: &SetCookie, now: SystemTime) -> bool {
    !request(sessions, Some(cookie), now).is_new().unwrap()
}

#[test]
fn a_remembered_session_outlives_the_others() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.login("user-17").unwrap();
    session.set_expiry(Expiry::remembered(30 * DAY)).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let header = cookie.to_header_value().unwrap();
    assert!(header.contains("; Max-Age=2592000;"), "{header}");
    assert!(lives(&sessions, &cookie, NOW + 30 * DAY - MINUTE));
    assert!(!lives(&sessions, &cookie, NOW + 30 * DAY));

    // Changes and new ids do not change the expiry.
    let later = NOW + 10 * DAY;
    increment(&request(&sessions, Some(&cookie), later)).unwrap();
    let session = request(&sessions, Some(&cookie), later);
    session.renew().unwrap();
    let new = session.finish(later).unwrap().expect("a cookie");
    assert!(
        new.to_header_value()
            .unwrap()
            .contains("; Max-Age=1728000;")
    );
    assert!(lives(&sessions, &new, NOW + 30 * DAY - MINUTE));
    assert!(!lives(&sessions, &new, NOW + 30 * DAY));
}

#[test]
fn a_shorter_expiry_applies_and_can_be_removed() {
    let builder = Sessions::builder(MemoryStore::new()).persistent(true);
    let sessions = builder.build().unwrap();
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    let short = Expiry::new(10 * MINUTE, 30 * MINUTE);
    session.set_expiry(short).unwrap();
    let again = session.finish(NOW).unwrap().expect("the cookie again");
    assert_eq!(again.value(), cookie.value());
    assert!(!again.to_header_value().unwrap().contains("Max-Age"));
    assert!(lives(&sessions, &cookie, NOW + 9 * MINUTE));
    assert!(!lives(&sessions, &cookie, NOW + 10 * MINUTE));
    for visit in 1..=3 {
        let now = NOW + visit * 9 * MINUTE;
        increment(&request(&sessions, Some(&cookie), now)).unwrap();
    }
    assert!(lives(&sessions, &cookie, NOW + 29 * MINUTE));
    assert!(!lives(&sessions, &cookie, NOW + 30 * MINUTE));

    let now = NOW + 29 * MINUTE;
    let session = request(&sessions, Some(&cookie), now);
    session.set_expiry(None).unwrap();
    let again = session.finish(now).unwrap().expect("the cookie again");
    assert!(again.to_header_value().unwrap().contains("Max-Age=60;"));
    assert!(
        !lives(&sessions, &cookie, NOW + 30 * MINUTE),
        "it never lives longer again"
    );
}

#[test]
fn a_long_request_with_a_new_expiry_does_not_replace_the_cookie_of_a_newer_id() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let long = request(&sessions, Some(&old), NOW);
    long.set_expiry(Expiry::remembered(30 * DAY)).unwrap();
    increment(&long).unwrap();
    let session = request(&sessions, Some(&old), NOW);
    session.login("user-17").unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(new.value(), old.value());
    assert!(long.finish(NOW).unwrap().is_none() && long.cookie().is_none());
}

#[test]
fn a_login_begins_the_lifetime_anew() {
    let builder = Sessions::builder(MemoryStore::new()).persistent(true);
    let sessions = builder.idle_timeout(14 * DAY).build().unwrap();
    let cart = begun(&sessions);
    assert!(lives(&sessions, &cart, NOW));
    increment(&request(&sessions, Some(&cart), NOW)).unwrap();
    let last = NOW + 14 * DAY - MINUTE;
    let session = request(&sessions, Some(&cart), last);
    session.login("user-17").unwrap();
    let cookie = session.finish(last).unwrap().expect("a cookie");
    let header = cookie.to_header_value().unwrap();
    assert!(header.contains("; Max-Age=1209600;"), "{header}");
    assert!(lives(&sessions, &cookie, last + 14 * DAY - MINUTE));
    assert!(!lives(&sessions, &cookie, last + 14 * DAY));

    // The same user gives the password again.
    let again = last + 10 * DAY;
    let session = request(&sessions, Some(&cookie), again);
    session.login("user-17").unwrap();
    let cookie = session.finish(again).unwrap().expect("a cookie");
    assert!(lives(&sessions, &cookie, again + 14 * DAY - MINUTE));
}

#[test]
fn a_login_keeps_an_expiry_of_the_same_user_and_none_of_another() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    session.login("Ada").unwrap();
    session.set_expiry(Expiry::remembered(30 * DAY)).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let login = |cookie: &SetCookie, user: &str, expiry: Option<Expiry>| {
        let now = NOW + 20 * DAY;
        let session = request(&sessions, Some(cookie), now);
        if let Some(expiry) = expiry {
            session.set_expiry(expiry).unwrap();
        }
        session.login(user).unwrap();
        session.finish(now).unwrap().expect("a cookie")
    };
    let max_age = |cookie: &SetCookie| {
        let header = cookie.to_header_value().unwrap();
        let at = header
            .split("; ")
            .find_map(|part| part.strip_prefix("Max-Age="));
        at.map(|seconds| Duration::from_secs(seconds.parse().unwrap()))
    };
    let ada = login(&cookie, "Ada", None);
    assert_eq!(max_age(&ada), Some(10 * DAY));
    assert!(lives(&sessions, &ada, NOW + 30 * DAY - MINUTE));
    assert!(!lives(&sessions, &ada, NOW + 30 * DAY));

    let bob = login(&ada, "Bob", None);
    assert_eq!(
        max_age(&bob),
        None,
        "Bob is forgotten when the browser is closed"
    );
    assert!(lives(&sessions, &bob, NOW + 21 * DAY - MINUTE));
    assert!(!lives(&sessions, &bob, NOW + 21 * DAY));

    let eve = login(&bob, "Eve", Some(Expiry::remembered(7 * DAY)));
    assert_eq!(max_age(&eve), Some(7 * DAY));
}

#[test]
fn lifetimes_that_contradict_each_other_are_refused() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    for (idle_timeout, lifetime) in [(Duration::ZERO, DAY), (2 * DAY, DAY), (DAY, Duration::MAX)] {
        let expiry = Expiry::new(idle_timeout, lifetime);
        let refused = session.set_expiry(expiry);
        assert!(matches!(refused, Err(Error::Lifetimes)), "{expiry:?}");
    }
}

#[test]
fn a_change_of_a_session_that_expires_during_the_request_is_refused() {
    type Change = fn(&Session) -> Result<(), Error>;
    let changes: [(&str, Change); 2] = [
        ("insert", |session| session.insert("a", 1)),
        ("renew", Session::renew),
    ];
    for (name, change) in changes {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun(&sessions);
        let now = NOW + DAY - MINUTE;
        let session = request(&sessions, Some(&cookie), now);
        change(&session).unwrap();
        let expired = session.finish(now + MINUTE);
        assert!(matches!(expired, Err(Error::Expired)), "{name}");
        assert!(matches!(session.insert("a", 2), Err(Error::Expired)));
        assert!(session.finish(now + MINUTE).unwrap().is_none(), "no cookie");
        assert!(session.cookie().is_none());
    }
    // A request that only read gets its response.
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let now = NOW + DAY - MINUTE;
    let session = request(&sessions, Some(&cookie), now);
    assert_eq!(session.get("n").unwrap(), Some(0));
    assert!(session.finish(now + MINUTE).unwrap().is_none());
}
