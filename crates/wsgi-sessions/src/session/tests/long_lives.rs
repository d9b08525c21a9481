//! Sessions that live for longer than browsers keep a cookie.

use super::*;
use crate::session::lifetimes::Expiry;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// An expiry for a visitor who comes at least once in `idle`.
fn kept_for(lifetime: Duration, idle_timeout: Duration) -> Expiry {
    Expiry {
        persistent: true,
        ..Expiry::new(idle_timeout, lifetime)
    }
}

/// Begins a session with `n` at 0. Returns its cookie, which has come back once.
fn begun_with(sessions: &Sessions, expiry: Expiry) -> SetCookie {
    let session = request(sessions, None, NOW);
    session.insert("n", 0).unwrap();
    session.set_expiry(expiry).unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    read(sessions, &cookie, NOW);
    cookie
}

/// The time for which a browser keeps a cookie, if it outlives the browser.
fn max_age(cookie: &SetCookie) -> Option<Duration> {
    let header = cookie.to_header_value().unwrap();
    let seconds = header
        .split("; ")
        .find_map(|part| part.strip_prefix("Max-Age="))?;
    let age = Duration::from_secs(seconds.parse().unwrap());
    Some(age.min(LONGEST)) // RFC 6265bis, section 5.5
}

/// Uses a session, and returns the cookie.
type Use = fn(&Sessions, &SetCookie, SystemTime) -> Option<SetCookie>;

fn read(sessions: &Sessions, cookie: &SetCookie, now: SystemTime) -> Option<SetCookie> {
    let session = request(sessions, Some(cookie), now);
    assert!(session.get::<u64>("n").unwrap().is_some(), "at {now:?}");
    session.finish(now).unwrap()
}

fn edit(sessions: &Sessions, cookie: &SetCookie, now: SystemTime) -> Option<SetCookie> {
    let session = request(sessions, Some(cookie), now);
    let n: u64 = session.get("n").unwrap().expect("the session");
    session.insert("n", n + 1).unwrap();
    session.finish(now).unwrap()
}

fn update(sessions: &Sessions, cookie: &SetCookie, now: SystemTime) -> Option<SetCookie> {
    let session = request(sessions, Some(cookie), now);
    assert!(increment(&session).unwrap() > 0);
    session.finish(now).unwrap()
}

const USES: [(&str, Use); 3] = [("read", read), ("edit", edit), ("update", update)];

#[test]
fn a_browser_has_the_cookie_until_the_session_ends() {
    for (name, visit) in USES {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun_with(&sessions, kept_for(1_500 * DAY, 100 * DAY));
        assert_eq!(max_age(&cookie), Some(LONGEST));
        let (mut times, mut forgotten) = (0, NOW + LONGEST);
        let last = NOW + 1_500 * DAY - MINUTE;
        let mut now = NOW;
        while now + 90 * DAY < last {
            now += 90 * DAY;
            assert!(
                now < forgotten,
                "{name}: the browser has no cookie at {now:?}"
            );
            if let Some(again) = visit(&sessions, &cookie, now) {
                assert_eq!(again.value(), cookie.value());
                forgotten = now + max_age(&again).expect("a persistent cookie");
                times += 1;
            }
        }
        assert!(forgotten > last, "{name}: forgotten at {forgotten:?}");
        assert!((10..=14).contains(&times), "{name}: {times} times");
    }
}

#[test]
fn the_first_use_of_a_day_sets_the_cookie_again() {
    for (name, visit) in USES {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun_with(&sessions, kept_for(1_000 * DAY, 100 * DAY));
        for day in 0..3 {
            let morning = NOW + 9 * 60 * MINUTE + day * DAY;
            // Those of a page that asks again and again, too.
            for minutes in [0, 1, 2, 3, 600] {
                let again = visit(&sessions, &cookie, morning + minutes * MINUTE);
                let is_first = day > 0 && minutes == 0;
                assert_eq!(
                    again.is_some(),
                    is_first,
                    "{name}: day {day}, {minutes} minutes"
                );
            }
        }
    }
}

#[test]
fn a_page_that_asks_again_all_day_and_night_keeps_the_cookie() {
    for (name, visit) in USES {
        let sessions = Sessions::new(MemoryStore::new());
        let cookie = begun_with(&sessions, kept_for(1_000 * DAY, 100 * DAY));
        let visits = (0..3 * 24 * 60).step_by(3);
        let again = visits.filter(|minutes| {
            let now = NOW + *minutes * MINUTE;
            visit(&sessions, &cookie, now).is_some()
        });
        assert_eq!(again.count(), 2, "{name}: once each day after the first");
    }
}

#[test]
fn a_session_with_a_short_idle_time_keeps_the_cookie() {
    // The idle time and the time between two visits, in minutes.
    for (idle, every) in [
        (30, 20),
        (60, 3),
        (60, 30),
        (60, 59),
        (90, 45),
        (120, 61),
        (24 * 60, 23 * 60 + 30),
        (25 * 60, 24 * 60),
    ] {
        for (name, visit) in USES {
            let sessions = Sessions::new(MemoryStore::new());
            let cookie = begun_with(&sessions, kept_for(1_000 * DAY, idle * MINUTE));
            let visits = (1..=10 * 24 * 60 / every).map(|visit| NOW + visit * every * MINUTE);
            let again = visits.filter(|now| visit(&sessions, &cookie, *now).is_some());
            let times = again.count();
            let row = format!("{name} every {every} of {idle} minutes: {times}");
            assert!((9..=11).contains(&times), "{row}");
        }
    }
}

#[test]
fn a_session_that_lives_long_before_its_cookie_comes_back_keeps_the_cookie() {
    for (name, visit) in USES {
        let sessions = Sessions::builder(MemoryStore::new()).unproved_lifetime(7 * DAY);
        let sessions = sessions.build().unwrap();
        let cookie = begun_with(&sessions, kept_for(1_000 * DAY, 14 * DAY));
        for visits in 1..10 {
            let again = visit(&sessions, &cookie, NOW + visits * 8 * DAY);
            assert!(again.is_some(), "{name} of visit {visits}");
        }
    }
}

#[test]
fn a_cookie_that_lasts_as_long_as_the_session_is_set_once() {
    let of_browser = Expiry {
        persistent: false,
        ..kept_for(1_000 * DAY, 100 * DAY)
    };
    let rows = [
        ("400 days", Expiry::remembered(LONGEST)),
        ("300 days", Expiry::remembered(300 * DAY)),
        ("400 days, used every month", kept_for(LONGEST, 31 * DAY)),
        ("until the browser is closed", of_browser),
    ];
    for (row, expiry) in rows {
        for (name, visit) in USES {
            let sessions = Sessions::new(MemoryStore::new());
            let cookie = begun_with(&sessions, expiry);
            for days in [0, 1, 20, 50, 80] {
                let again = visit(&sessions, &cookie, NOW + MINUTE + days * DAY);
                assert!(again.is_none(), "{row}: {name} after {days} days");
            }
        }
    }
}

#[test]
fn a_long_request_does_not_set_the_cookie_of_an_id_that_was_renewed_meanwhile() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun_with(&sessions, kept_for(1_000 * DAY, 100 * DAY));
    let now = NOW + DAY;
    let [reads, updates] = [0, 1].map(|_| request(&sessions, Some(&old), now));
    reads.get::<u64>("n").unwrap();
    increment(&updates).unwrap();
    assert!(updates.cookie().is_some(), "for a page of an error");
    let login = request(&sessions, Some(&old), now);
    login.login("user-17").unwrap();
    assert!(login.finish(now).unwrap().is_some());
    for late in [reads, updates] {
        assert!(late.finish(now).unwrap().is_none() && late.cookie().is_none());
    }
}

#[test]
fn a_store_that_is_down_only_delays_the_cookie() {
    let (sessions, faults) = faulty();
    let cookie = begun_with(&sessions, kept_for(1_000 * DAY, 100 * DAY));
    let now = NOW + DAY;
    let [reads, updates] = [0, 1].map(|_| request(&sessions, Some(&cookie), now));
    reads.get::<u64>("n").unwrap();
    increment(&updates).unwrap();
    faults.set_down(true);
    for session in [&reads, &updates] {
        assert!(session.finish(now).unwrap().is_none() && session.cookie().is_none());
    }
    faults.set_down(false);
    assert!(read(&sessions, &cookie, now + DAY).is_some());
}
