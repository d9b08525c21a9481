//! Requests that pages of other sites caused, which browsers send without the cookie.

use wsgi_cookies::SameSite;

use super::*;
use crate::method::Method;

fn sessions(same_site: SameSite) -> (Sessions, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let sessions = Sessions::builder(Arc::clone(&faults)).same_site(same_site);
    (sessions.build().unwrap(), faults)
}

/// A request from another site with this `Cookie` field.
fn caused(sessions: &Sessions, cookie: &str, method: Method) -> Session {
    sessions.open_cross_site(&Cookies::parse(cookie), Scheme::Http, method, NOW)
}

#[test]
fn values_alone_begin_no_session_if_the_cookie_may_be_withheld() {
    for (same_site, method, begins) in [
        (SameSite::Lax, Method::Unsafe, false),
        (SameSite::Lax, Method::Safe, true),
        (SameSite::Strict, Method::Unsafe, false),
        (SameSite::Strict, Method::Safe, false),
    ] {
        let (sessions, faults) = sessions(same_site);
        let session = caused(&sessions, "", method);
        assert!(session.is_new().unwrap());
        session.insert("a", 1).unwrap();
        assert_eq!(increment(&session).unwrap(), 1);
        session.flash("hello").unwrap();
        session.renew().unwrap();
        assert_eq!(session.get("n").unwrap(), Some(1), "as long as the request");
        let cookie = session.finish(NOW).unwrap();
        assert_eq!(cookie.is_some(), begins, "{same_site:?} {method:?}");
        assert_eq!(session.cookie().is_some(), begins);
        assert_eq!(faults.calls() > 0, begins, "nothing is stored");
    }
}

#[test]
fn a_cookie_for_requests_of_other_sites_is_never_withheld() {
    let sessions = Sessions::builder(MemoryStore::new()).same_site(SameSite::None);
    let sessions = sessions.secure(crate::Secure::Always).build().unwrap();
    let session = caused(&sessions, "", Method::Unsafe);
    session.insert("a", 1).unwrap();
    assert!(session.finish(NOW).unwrap().is_some());
}

#[test]
fn the_application_can_begin_a_session() {
    type Begin = fn(&Session) -> Result<(), Error>;
    let begins: [Begin; 3] = [
        |session| session.login("ada"),
        |session| session.set_owner("ada"),
        Session::restart,
    ];
    for (index, begin) in begins.into_iter().enumerate() {
        let (sessions, _) = sessions(SameSite::Lax);
        let session = caused(&sessions, "", Method::Unsafe);
        begin(&session).unwrap();
        session.insert("n", 7).unwrap();
        let cookie = session.finish(NOW).unwrap().expect("a cookie");
        assert_eq!(n(&sessions, &cookie), Some(7), "{index}");
    }
}

#[test]
fn a_cookie_that_came_is_one_that_was_not_withheld() {
    let (sessions, _) = sessions(SameSite::Lax);
    let cookie = begun(&sessions);
    let known = format!("session={}", cookie.value());
    let session = caused(&sessions, &known, Method::Unsafe);
    assert_eq!(increment(&session).unwrap(), 1);
    assert_eq!(session.finish(NOW).unwrap(), None);
    assert_eq!(n(&sessions, &cookie), Some(1));

    for unknown in ["session=x", "session=AAAAAAAAAAAAAAAAAAAAAAAA"] {
        let session = caused(&sessions, unknown, Method::Unsafe);
        session.insert("a", 1).unwrap();
        assert!(session.finish(NOW).unwrap().is_some(), "{unknown}");
    }
    let session = caused(&sessions, "other=1", Method::Unsafe);
    session.insert("a", 1).unwrap();
    assert!(session.finish(NOW).unwrap().is_none());
}

#[test]
fn the_end_of_nothing_removes_no_cookie() {
    let (sessions, _) = sessions(SameSite::Lax);
    let session = caused(&sessions, "", Method::Unsafe);
    session.insert("a", 1).unwrap();
    session.end().unwrap();
    session.insert("a", 2).unwrap();
    assert!(session.finish(NOW).unwrap().is_none());
}
