//! Checks of logins and logouts, of visitors and of users with several sessions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use wsgi_cookies::Cookies;

use super::{
    browser::Browser,
    fixtures::{seconds, start, version},
};
use crate::{
    error::Error,
    scheme::Scheme,
    session::{Session, lifetimes::Expiry},
    sessions::Sessions,
    store::Store,
};

fn user() -> String {
    format!("user-{:?}", version())
}

fn log_in(session: &Session, user: &str) -> Result<(), Error> {
    session.insert("name", "Ada")?;
    session.login(user)
}

/// Sends a form twice. Either both requests are running before one is answered, or the second comes
/// after the response to the first was lost.
pub(super) fn twice(store: &Arc<dyn Store>) {
    let (now, user) = (start(), user());
    for is_late in [false, true] {
        let browser = Browser::of(store);
        browser.visit(now, |session| session.insert("cart", 7));
        assert_eq!(browser.visit(now, |session| session.get("cart")), Some(7));
        let other = browser.clone();
        let mut second = other.request(now);
        if !is_late {
            assert_eq!(second.get("cart").expect("get"), Some(7));
        }
        browser.visit(now, |session| log_in(session, &user));
        if is_late {
            second = other.request(now);
        }
        log_in(&second, &user).expect("a login");
        other.response(&second, now).expect("a response");
        assert_ne!(browser.id(), other.id());
        for browser in [&browser, &other] {
            browser.visit(now, |session| {
                assert_eq!(session.get("cart")?, Some(7));
                assert_eq!(session.get("name")?, Some("Ada".to_owned()));
                assert_eq!(session.owner()?.as_deref(), Some(&*user));
                Ok(())
            });
        }
        // A logout ends the one session completely and leaves the other alone.
        let late = browser.clone();
        browser.visit(now, Session::renew);
        browser.visit(now, Session::end);
        assert!(late.visit(now, Session::is_new));
        assert!(!other.visit(now, Session::is_new));
        other.visit(now, Session::end);
    }
}

pub(super) fn list_and_end(store: &Arc<dyn Store>) {
    let (now, user) = (start(), user());
    let sessions = Sessions::new(Arc::clone(store));
    let browsers = ["a laptop", "a phone", "a desktop"].map(|device| {
        let browser = Browser::of(store);
        browser.visit(now, |session| {
            session.login(&*user)?;
            session.set_note(device)
        });
        assert!(!browser.visit(now, Session::is_new));
        browser.visit(now, Session::renew);
        browser
    });
    let devices = || {
        let list = sessions.list(&user, now).expect("list");
        let devices = list.iter().map(|owned| owned.note().map(ToOwned::to_owned));
        let mut devices: Vec<_> = devices.map(Option::unwrap_or_default).collect();
        devices.sort();
        devices
    };
    assert_eq!(devices(), ["a desktop", "a laptop", "a phone"]);
    let [laptop, phone, desktop] = &browsers;
    let handle = phone.visit(now, Session::handle).expect("a handle");
    let list = sessions.list(&user, now).expect("list");
    let own = list.iter().filter(|owned| owned.handle() == handle);
    assert_eq!(own.count(), 1);

    let strangers = sessions.end("a stranger", handle, now);
    assert!(!strangers.expect("end"), "it is not the stranger's");
    assert!(sessions.end(&user, handle, now).expect("end"));
    assert!(phone.visit(now, Session::is_new));
    assert_eq!(devices(), ["a desktop", "a laptop"]);

    let late = laptop.request(now);
    late.insert("late", 1).expect("insert");
    assert_eq!(sessions.end_all(&user, now).expect("end_all"), 2);
    assert!(laptop.visit(now, Session::is_new) && desktop.visit(now, Session::is_new));
    assert!(matches!(late.finish(now), Err(Error::Ended)));
    assert!(devices().is_empty());
}

/// Ends all sessions of a user while each of them keeps getting new ids.
pub(super) fn everywhere_at_once(store: &Arc<dyn Store>) {
    const BROWSERS: usize = 4;
    let (now, user) = (start(), user());
    let sessions = Sessions::new(Arc::clone(store));
    for _ in 0..5 {
        let browsers = [(); BROWSERS].map(|()| Browser::of(store));
        for browser in &browsers {
            browser.visit(now, |session| session.login(&*user));
            assert!(!browser.visit(now, Session::is_new));
        }
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for browser in &browsers {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        renew_unless_ended(browser, now);
                    }
                });
            }
            thread::sleep(Duration::from_millis(2));
            let ended = sessions.end_all(&user, now);
            stop.store(true, Ordering::Relaxed);
            ended.expect("end_all");
        });
        // Until a renewal has ended, its new id may be listed, which nobody knows yet.
        let left = sessions.list(&user, now).expect("list");
        assert_eq!(left, [], "a session has escaped");
        for browser in &browsers {
            assert!(browser.visit(now, Session::is_new));
        }
    }
}

fn renew_unless_ended(browser: &Browser, now: SystemTime) {
    let session = browser.request(now);
    let renewed = session
        .renew()
        .and_then(|()| browser.response(&session, now));
    match renewed {
        Ok(()) | Err(Error::Ended | Error::Retired) => {}
        Err(error) => panic!("a renewal failed: {error:?}"),
    }
}

pub(super) fn remembered(store: &Arc<dyn Store>) {
    const DAY: u64 = 24 * 60 * 60;
    let (now, browser) = (start(), Browser::of(store));
    browser.visit(now, |session| {
        session.insert("count", 0)?;
        session.set_expiry(Expiry::remembered(seconds(30 * DAY)))
    });
    assert!(
        !browser.visit(now, Session::is_new),
        "its cookie comes back"
    );
    let count = |count: Option<u64>| count.map_or(0, |count| count + 1);
    for day in 1..30 {
        let now = now + seconds(day * DAY);
        let counted = browser.visit(now, |session| session.update("count", count));
        assert_eq!(counted, day);
    }
    browser.visit(now + seconds(29 * DAY), Session::renew);
    let last = now + seconds(30 * DAY - 1);
    assert!(!browser.visit(last, Session::is_new));
    assert!(browser.visit(last + seconds(1), Session::is_new));
}

/// Changes a password: ends all sessions of the user, also that of the request, and logs in again.
pub(super) fn after_the_end_of_all(store: &Arc<dyn Store>) {
    let (now, user) = (start(), user());
    let sessions = Sessions::new(Arc::clone(store));
    let browsers = [(); 2].map(|()| {
        let browser = Browser::of(store);
        browser.visit(now, |session| log_in(session, &user));
        assert!(!browser.visit(now, Session::is_new));
        browser
    });
    let [browser, other] = &browsers;
    let old = browser.clone();
    browser.visit(now, |session| {
        assert_eq!(session.owner()?.as_deref(), Some(&*user));
        assert_eq!(sessions.end_all(&user, now)?, 2);
        session.insert("changed", true)?;
        session.login(&*user)
    });
    assert!(old.visit(now, Session::is_new) && other.visit(now, Session::is_new));
    let keys = browser.visit(now, Session::keys);
    assert_eq!(keys, ["changed"], "nothing is left of the old session");
    assert_eq!(sessions.list(&user, now).expect("list").len(), 1);
}

/// Logs in at the end of a session's life, which begins it anew. The list of the owner must last as
/// long.
pub(super) fn lives_anew(store: &Arc<dyn Store>) {
    const DAY: u64 = 24 * 60 * 60;
    let (now, user, browser) = (start(), user(), Browser::of(store));
    let sessions = Sessions::new(Arc::clone(store));
    browser.visit(now, |session| session.insert("count", 0));
    let is_new = |after| browser.visit(now + seconds(after), Session::is_new);
    for visit in 0..=14 {
        assert!(!is_new(visit * (DAY - 1)), "after visit {visit}");
    }
    let login = now + seconds(14 * DAY - 1);
    browser.visit(login, |session| log_in(session, &user));
    for visit in 1..=14 {
        let now = login + seconds(visit * (DAY - 1));
        assert!(!browser.visit(now, Session::is_new), "after visit {visit}");
        assert_eq!(sessions.list(&user, now).expect("list").len(), 1);
    }
    let end = login + seconds(14 * DAY);
    assert!(browser.visit(end, Session::is_new));
    assert_eq!(sessions.list(&user, end).expect("list"), []);
}

pub(super) fn an_hour_without_its_cookie(store: &Arc<dyn Store>) {
    const HOUR: u64 = 60 * 60;
    let now = start();
    let begun = || {
        let browser = Browser::of(store);
        browser.visit(now, |session| session.insert("count", 0));
        browser
    };
    assert!(begun().visit(now + seconds(HOUR), Session::is_new));
    let browser = begun();
    assert!(!browser.visit(now + seconds(HOUR - 1), Session::is_new));
    assert!(!browser.visit(now + seconds(24 * HOUR), Session::is_new));
}

/// Visits with the cookies of two sessions, as after a change of the path.
pub(super) fn two_cookies(store: &Arc<dyn Store>) {
    let now = start();
    let sessions = Sessions::new(Arc::clone(store));
    let begun = |count: u8| {
        let begin = |session: &Session| session.insert("count", count);
        sessions.begin(Scheme::Http, now, begin).expect("begin")
    };
    let (ended, live) = (begun(1), begun(2));
    let open = |cookies: &str| sessions.open(&Cookies::parse(cookies), Scheme::Http, now);
    open(&ended).end().expect("end");
    for both in [format!("{ended}; {live}"), format!("{live}; {ended}")] {
        let session = open(&both);
        assert_eq!(session.get("count").expect("get"), Some(2));
        assert!(matches!(session.finish(now), Ok(None)));
    }
    let other = begun(3);
    open(&format!("{ended}; {live}; {other}"))
        .end()
        .expect("end");
    for cookie in [&ended, &live, &other] {
        assert!(open(cookie).is_new().expect("is_new"));
    }
}
