//! Sessions of any application: when they are saved, and what happens if that fails.

#![cfg(feature = "sessions")]

mod caches;
#[cfg(feature = "cascade")]
mod cascade;
mod cross_site;
mod endings;
mod late;
mod nested;
mod store;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use wsgi_application::{
    Application, Body, Environ, Result, StartResponse, Status, Writer, application,
};
use wsgi_middleware::{RequestId, SessionMiddleware};
use wsgi_sessions::{
    Key, Listed, Load, MemoryStore, Record, Scheme, Session, Sessions, Store, StoreError, Version,
    Write,
};
use wsgi_testing::{Request, Response};

use self::store::Shaky;

fn session(environ: &Environ) -> &Session {
    environ.extension().expect("a session")
}

/// Gives an application sessions in a store.
fn with_sessions<F>(store: &Arc<Shaky>, function: F) -> SessionMiddleware<F>
where
    F: Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
{
    SessionMiddleware::new(function, Sessions::new(Arc::clone(store)))
}

fn start<'a>(start_response: &'a mut StartResponse<'_>) -> Result<Writer<'a>> {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])
}

/// Counts with `update`, which saves at once if there is already a session.
fn visits(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let visits = session(environ).update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    start(start_response)?;
    Ok(visits.to_string().into())
}

/// Counts with a plain edit, which the end of the request saves.
fn edits(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let visits = session(environ).get::<u64>("visits")?.unwrap_or(0) + 1;
    session(environ).insert("visits", visits)?;
    start(start_response)?;
    Ok(visits.to_string().into())
}

/// Returns the cookie as a browser sends it back.
fn cookie(response: &Response) -> String {
    let field = response.headers().get("Set-Cookie").expect("a cookie");
    let field = field.to_string();
    field.split(';').next().unwrap_or_default().to_owned()
}

fn get(app: &impl Application, cookie: &str) -> Response {
    Request::get("/").header("Cookie", cookie).call(app)
}

#[test]
fn a_visitor_with_a_cookie_is_recognised() {
    let app = with_sessions(&Arc::default(), edits);
    let first = Request::get("/").call(&app);
    let cookie = cookie(&first);
    assert_eq!(first.text(), "1");
    assert_eq!(get(&app, &cookie).text(), "2");
    assert_eq!(get(&app, &cookie).text(), "3");
    assert_eq!(Request::get("/").call(&app).text(), "1", "a stranger");
}

#[test]
fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let app = with_sessions(&Arc::default(), edits);
    let response = Request::get("https://example.org/").call(&app);
    let field = response.headers().get("Set-Cookie").unwrap().to_string();
    assert!(field.starts_with("__Host-session="), "{field}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(field.split("; ").any(|other| other == attribute), "{field}");
    }
}

#[test]
fn an_id_that_was_not_issued_is_not_adopted() {
    let app = with_sessions(&Arc::default(), edits);
    let planted = "session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for odd in [planted, "session=", "session=\u{e9}", "session", ";;="] {
        let response = get(&app, odd);
        assert_eq!(response.text(), "1", "{odd}");
        assert_ne!(cookie(&response), odd);
        assert_eq!(response.errors(), "", "{odd}");
    }
}

#[test]
fn a_session_is_saved_before_written_bytes_leave() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        let visits = session(environ).get::<u64>("visits")?.unwrap_or(0) + 1;
        session(environ).insert("visits", visits)?;
        let mut writer = start(start_response)?;
        write!(writer, "{visits}")?;
        writer.flush()?;
        let late = session(environ).insert("late", 1);
        Ok(format!(" {}", late.is_err()).into())
    });
    let first = Request::get("/").call(&app);
    assert_eq!(first.text(), "1 true", "a late change is refused");
    assert_eq!(get(&app, &cookie(&first)).text(), "2 true");
}

#[test]
fn a_thousand_requests_at_once_count_to_a_thousand() {
    let app = with_sessions(&Arc::default(), application(visits));
    let cookie = cookie(&Request::get("/").call(&app));
    let work = |requests: usize| {
        for _ in 0..requests {
            assert_eq!(get(&app, &cookie).status(), &Status::OK);
        }
    };
    thread::scope(|scope| {
        for client in 0..16 {
            // 999 in all, after the first.
            let requests = 62 + usize::from(client < 7);
            scope.spawn(move || work(requests));
        }
    });
    assert_eq!(get(&app, &cookie).text(), "1001");
}
