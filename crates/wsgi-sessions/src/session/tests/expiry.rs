//! How long one session lives, and one that runs out while a request does.

use super::*;
use crate::Expiry;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn lives(sessions: &Sessions, cookie: &SetCookie, now: SystemTime) -> bool {
    !request(sessions, Some(cookie), now).is_new().unwrap()
}

#[test]
fn a_session_that_is_remembered_outlives_the_others() {
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

    // Changes and new ids leave it as it is.
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
fn a_shorter_expiry_counts_and_can_be_taken_back() {
    let builder = Sessions::builder(MemoryStore::new()).persistent(true);
    let sessions = builder.build().unwrap();
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    let short = Expiry {
        idle: 10 * MINUTE,
        absolute: 30 * MINUTE,
        persistent: false,
    };
    session.set_expiry(short).unwrap();
    let again = session.finish(NOW).unwrap().expect("the cookie anew");
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
    let again = session.finish(now).unwrap().expect("the cookie anew");
    assert!(again.to_header_value().unwrap().contains("Max-Age=60;"));
    assert!(
        !lives(&sessions, &cookie, NOW + 30 * MINUTE),
        "never longer again"
    );
}

#[test]
fn lifetimes_that_do_not_fit_are_refused() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    for (idle, absolute) in [(Duration::ZERO, DAY), (2 * DAY, DAY), (DAY, Duration::MAX)] {
        let expiry = Expiry {
            idle,
            absolute,
            persistent: false,
        };
        let refused = session.set_expiry(expiry);
        assert!(matches!(refused, Err(Error::Lifetimes)), "{expiry:?}");
    }
}

#[test]
fn a_session_that_runs_out_during_a_request_says_so() {
    type Change = fn(&Session) -> Result<(), Error>;
    let changes: [(&str, Change); 3] = [
        ("insert", |session| session.insert("a", 1)),
        ("renew", Session::renew),
        ("login", |session| session.login("user-17")),
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
    // What was read only is answered.
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let now = NOW + DAY - MINUTE;
    let session = request(&sessions, Some(&cookie), now);
    assert_eq!(session.get("n").unwrap(), Some(0));
    assert!(session.finish(now + MINUTE).unwrap().is_none());
}
