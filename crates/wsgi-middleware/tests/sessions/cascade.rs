//! Sessions that an application has changed whose response is passed over.

use std::io::Write as _;

use wsgi_application::Status;
use wsgi_middleware::Cascade;

use super::*;

/// A page that shared caches may keep, from an application without sessions.
fn public(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Cache-Control", "public")])?;
    Ok("public".into())
}

#[test]
fn the_next_application_finds_the_session_as_it_was_left() {
    let sessions = Sessions::new(MemoryStore::new());
    let passes = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        session(environ).login("ada")?;
        session(environ).insert("visits", 7)?;
        start_response.start(Status::NOT_FOUND, ())?;
        Ok("404".into())
    };
    let first = SessionMiddleware::new(passes, sessions.clone());
    let second = SessionMiddleware::new(edits, sessions.clone());
    let site = Cascade::new().then(first).then(second);
    let own = SessionMiddleware::new(edits, sessions);
    let old = cookie(&Request::get("/").call(&own));
    for old in ["", &old] {
        let response = get(&site, old);
        assert_eq!(response.text(), "8");
        assert_eq!(response.headers().get_all("Set-Cookie").count(), 1);
        let new = cookie(&response);
        assert_ne!(new, old);
        assert_eq!(get(&own, &new).text(), "9");
    }
}

#[test]
fn the_cookie_of_a_session_that_is_saved_is_on_the_response() {
    let sessions = Sessions::new(MemoryStore::new());
    for is_flushed in [false, true] {
        let passes = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            session(environ).login("ada")?;
            session(environ).update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
            let mut body = start_response.start(Status::NOT_FOUND, ())?;
            body.write_all(b"404")?;
            if is_flushed {
                body.flush()?; // it is refused
            }
            Ok("".into())
        };
        let first = SessionMiddleware::new(passes, sessions.clone());
        let site = Cascade::new().then(first).then(public);
        let own = SessionMiddleware::new(visits, sessions.clone());
        let old = cookie(&Request::get("/").call(&own));
        let response = get(&site, &old);
        assert_eq!(response.text(), "public");
        assert_eq!(response.headers().get("Cache-Control").unwrap(), "private");
        assert_eq!(response.headers().get("Vary").unwrap(), "Cookie");
        assert_eq!(response.errors(), "");
        assert_eq!(get(&own, &cookie(&response)).text(), "3");
    }
}

#[test]
fn a_response_for_which_nobody_used_a_session_is_left_alone() {
    let sessions = Sessions::new(MemoryStore::new());
    let first = SessionMiddleware::new(wsgi_middleware::not_found, sessions);
    let response = get(&Cascade::new().then(first).then(public), "");
    assert_eq!(response.headers().get("Cache-Control").unwrap(), "public");
    assert!(!response.headers().contains("Vary"));
}
