//! Sessions of any application: when they are saved, and what happens when they cannot be.

#![cfg(feature = "sessions")]

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use wsgi_application::{
    Application, Body, Environ, Result, StartResponse, Status, Writer, application,
};
use wsgi_middleware::{RequestId, SessionMiddleware};
use wsgi_sessions::{
    Key, Load, MemoryStore, Record, Session, Sessions, Store, StoreError, Version, Write,
};
use wsgi_testing::{Request, Response};

/// A store in memory that cannot be reached while it is down.
#[derive(Default)]
struct Shaky {
    is_down: AtomicBool,
    store: MemoryStore,
}

impl Shaky {
    fn up(&self) -> Result<&MemoryStore, StoreError> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("nobody listens")),
            false => Ok(&self.store),
        }
    }

    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

impl Store for Shaky {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.up()?.create(key, record, now)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        self.up()?.load(key, now)
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.up()?.save(key, expected, record, now)
    }

    fn touch(&self, key: &Key, until: SystemTime, now: SystemTime) -> Result<bool, StoreError> {
        self.up()?.touch(key, until, now)
    }

    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.up()?.retire(key, expected, grace, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.up()?.sweep(now, at_most)
    }
}

fn session(environ: &Environ) -> &Session {
    environ.extension().expect("a session")
}

/// An application on a store, with sessions.
fn with_sessions<F>(store: &Arc<Shaky>, function: F) -> SessionMiddleware<F>
where
    F: Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
{
    SessionMiddleware::new(function, Sessions::new(Arc::clone(store)))
}

fn start<'a>(start_response: &'a mut StartResponse<'_>) -> Result<Writer<'a>> {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])
}

/// Counts by `update`, which saves at once where there is a session already.
fn visits(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let visits = session(environ).update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    start(start_response)?;
    Ok(visits.to_string().into())
}

/// Counts by a plain edit, which the end of the request saves.
fn edits(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let visits = session(environ).get::<u64>("visits")?.unwrap_or(0) + 1;
    session(environ).insert("visits", visits)?;
    start(start_response)?;
    Ok(visits.to_string().into())
}

/// The cookie as a browser would send it back.
fn cookie(response: &Response) -> String {
    let field = response.headers().get("Set-Cookie").expect("a cookie");
    let field = field.to_string();
    field.split(';').next().unwrap_or_default().to_owned()
}

fn get(app: &impl Application, cookie: &str) -> Response {
    Request::get("/").header("Cookie", cookie).call(app)
}

#[track_caller]
fn check_unavailable(response: &Response) {
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers().get("Retry-After").unwrap(), "5");
    assert!(!response.headers().contains("Set-Cookie"));
    assert_eq!(response.text(), "503 Service Unavailable\n");
    let log = response.errors();
    assert!(log.contains("GET \"/\": the session could not be read or saved"));
    assert!(log.contains("nobody listens"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
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
fn a_response_with_the_cookie_is_private() {
    let app = with_sessions(&Arc::default(), edits);
    let first = Request::get("/").call(&app);
    assert_eq!(first.headers().get("Cache-Control").unwrap(), "private");
    assert_eq!(first.headers().get("Vary").unwrap(), "Cookie");
}

/// Answers to a query `look`, `change` or neither what caches are told.
fn cacheable(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    match environ.query_string().as_bytes() {
        b"look" => drop(session(environ).get::<u64>("visits")?),
        b"change" => drop(session(environ).insert("visits", 1)),
        b"logout" => session(environ).flush()?,
        _ => {}
    }
    let fields = [
        ("Cache-Control", "public, max-age=60"),
        ("Vary", "Accept"),
        ("CDN-Cache-Control", "max-age=600"),
    ];
    start_response.start(Status::OK, fields)?;
    Ok("page".into())
}

#[test]
fn no_shared_cache_keeps_a_page_for_another_visitor() {
    let app = with_sessions(&Arc::default(), cacheable);
    let cookie = cookie(&Request::get("/?change").call(&app));
    let shared = ("public, max-age=60", "Accept, Cookie", true);
    let rows = [
        (
            "/?change",
            "",
            ("private, max-age=60", "Accept, Cookie", false),
        ),
        ("/", "", ("public, max-age=60", "Accept", true)),
        ("/", &*cookie, ("public, max-age=60", "Accept", true)),
        ("/?look", "", shared), // as the application says; and each visitor has another
        ("/?look", &cookie, shared),
        (
            "/?logout",
            &cookie,
            ("private, max-age=60", "Accept, Cookie", false),
        ),
    ];
    for (path, cookie, (cache_control, vary, is_for_cdns)) in rows {
        let response = Request::get(path).header("Cookie", cookie).call(&app);
        let headers = response.headers();
        let row = format!("{path} with {cookie:?}");
        assert!(
            headers.get_all("Cache-Control").eq([cache_control]),
            "{row}"
        );
        assert!(headers.get_all("Vary").eq([vary]), "{row}");
        assert_eq!(headers.contains("CDN-Cache-Control"), is_for_cdns, "{row}");
        assert_eq!(headers.contains("Set-Cookie"), !is_for_cdns, "{row}");
    }
}

#[test]
fn a_page_that_says_nothing_of_caches_is_private_once_the_session_was_seen() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        if environ.query_string() == "look" {
            session(environ).is_new()?;
        }
        start(start_response)?;
        Ok("page".into())
    });
    let seen = Request::get("/?look").call(&app);
    assert_eq!(seen.headers().get("Cache-Control").unwrap(), "private");
    assert_eq!(seen.headers().get("Vary").unwrap(), "Cookie");
    let unseen = Request::get("/").call(&app);
    assert!(!unseen.headers().contains("Cache-Control"));
    assert!(!unseen.headers().contains("Vary"));
}

/// Renews the id, counts, and then fails as the query says.
fn login(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    session(environ).renew()?;
    let body = visits(environ, start_response)?;
    match environ.query_string().as_bytes() {
        b"error" => Err("out of tea".into()),
        b"panic" => panic!("out of tea"),
        b"body" => Ok(Body::chunks([Err::<&str, _>("out of tea")])),
        b"down" => {
            Err(wsgi_sessions::Error::from(StoreError::unavailable("nobody listens")).into())
        }
        b"logout" => {
            session(environ).flush()?;
            Err("out of tea".into())
        }
        _ => Ok(body),
    }
}

#[test]
fn a_login_outlives_the_failure_of_its_request() {
    let app = with_sessions(&Arc::default(), login);
    for (query, status) in [
        ("error", Status::INTERNAL_SERVER_ERROR),
        ("panic", Status::INTERNAL_SERVER_ERROR),
        ("body", Status::INTERNAL_SERVER_ERROR),
        ("down", Status::SERVICE_UNAVAILABLE),
    ] {
        let old = cookie(&Request::get("/").call(&app));
        let request = Request::get(format!("/?{query}")).header("Cookie", &old);
        let response = request.call(&app);
        assert_eq!(response.status(), &status, "{query}");
        let headers = response.headers();
        assert!(headers.get_all("Cache-Control").eq(["no-store"]), "{query}");
        assert_eq!(headers.get_all("Set-Cookie").count(), 1, "{query}");
        let new = cookie(&response);
        assert_ne!(new, old, "{query}");
        assert_eq!(get(&app, &new).text(), "3", "{query}");
    }
}

#[test]
fn a_logout_whose_request_failed_takes_the_cookie_away() {
    let app = with_sessions(&Arc::default(), login);
    let old = cookie(&Request::get("/").call(&app));
    let response = Request::get("/?logout").header("Cookie", &old).call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let field = response.headers().get("Set-Cookie").unwrap().to_string();
    assert!(field.contains("Max-Age=0"), "{field}");
}

#[test]
fn the_error_page_of_a_request_that_changed_nothing_has_no_cookie() {
    let app = with_sessions(&Arc::default(), |environ, _| {
        session(environ).insert("lost", 1)?;
        Err("out of tea".into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(!response.headers().contains("Set-Cookie"));
}

#[test]
fn a_logout_that_a_login_overtook_is_a_conflict() {
    let store = Arc::<Shaky>::default();
    let app = with_sessions(&store, login);
    let old = cookie(&Request::get("/").call(&app));
    let renewed = cookie(&get(&app, &old));
    let logout = with_sessions(&store, |environ, start_response| {
        session(environ).flush()?;
        start(start_response)?;
        Ok("you are logged out".into())
    });
    let response = get(&logout, &old);
    assert_eq!(response.status(), &Status::CONFLICT);
    assert!(!response.headers().contains("Set-Cookie"));
    assert_eq!(get(&app, &renewed).text(), "3", "still logged in");
}

#[test]
fn a_session_that_is_not_used_needs_no_store() {
    let store = Arc::<Shaky>::default();
    store.set_down(true);
    let app = with_sessions(&store, |_, start_response| {
        start(start_response)?;
        Ok("hello".into())
    });
    let response = get(&app, "session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(response.text(), "hello");
    assert!(!response.headers().contains("Set-Cookie"));
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
fn an_id_that_nobody_issued_is_not_adopted() {
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
    assert_eq!(first.text(), "1 true", "what comes too late is refused");
    assert_eq!(get(&app, &cookie(&first)).text(), "2 true");
}

#[test]
fn a_store_that_is_down_is_503_when_the_application_asks_it() {
    let store = Arc::<Shaky>::default();
    let app = with_sessions(&store, visits);
    let cookie = cookie(&Request::get("/").call(&app));
    store.set_down(true);
    check_unavailable(&get(&app, &cookie));
    store.set_down(false);
    assert_eq!(get(&app, &cookie).text(), "2", "nothing was lost");
}

#[test]
fn a_store_that_is_down_is_503_when_a_session_is_saved() {
    let store = Arc::<Shaky>::default();
    let breaks = Arc::clone(&store);
    let app = with_sessions(&store, move |environ, start_response| {
        let body = edits(environ, start_response)?;
        breaks.set_down(true);
        Ok(body)
    });
    check_unavailable(&Request::get("/").call(&app));
    store.set_down(false);
    check_unavailable(&Request::get("/").call(&app));
}

#[test]
fn a_store_that_is_down_is_503_though_bytes_were_written() {
    let store = Arc::<Shaky>::default();
    store.set_down(true);
    for body in ["", "returned"] {
        let app = with_sessions(&store, move |environ, start_response| {
            let _ = session(environ).insert("a", 1);
            let mut writer = start(start_response)?;
            writer.write_all(b"written")?;
            writer.flush()?;
            Ok(body.into())
        });
        // A new session asks no store before it is saved.
        check_unavailable(&Request::get("/").call(&app));
    }
}

#[test]
fn an_application_that_goes_on_after_a_failed_write_sends_nothing() {
    let store = Arc::<Shaky>::default();
    store.set_down(true);
    let app = with_sessions(&store, |environ, start_response| {
        let _ = session(environ).insert("a", 1);
        let mut writer = start(start_response)?;
        for _ in 0..3 {
            let _ = writer.write_all(&[b'x'; 100_000]);
            let _ = writer.flush();
        }
        Ok("rest".into())
    });
    let response = Request::get("/").call(&app);
    assert!(response.status().code() >= 500);
    assert!(!response.text().contains('x'));
}

#[test]
fn a_full_store_is_503_for_new_visitors_alone() {
    let sessions = Sessions::new(MemoryStore::with_limits(1, 1 << 20));
    let app = SessionMiddleware::new(visits, sessions);
    let cookie = cookie(&Request::get("/").call(&app));
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert_eq!(get(&app, &cookie).text(), "2");
}

#[test]
fn changes_of_a_request_that_failed_are_not_saved() {
    let app = with_sessions(&Arc::default(), |environ, start_response| {
        let body = edits(environ, start_response)?;
        match environ.query_string() == "fail" {
            true => Err("out of tea".into()),
            false => Ok(body),
        }
    });
    let cookie = cookie(&Request::get("/").call(&app));
    let failed = Request::get("/?fail").header("Cookie", &cookie).call(&app);
    assert_eq!(failed.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(get(&app, &cookie).text(), "2");
}

#[test]
fn changes_that_a_logout_overtook_are_a_conflict() {
    let store = Arc::<Shaky>::default();
    let logout = with_sessions(&store, |environ, start_response| {
        session(environ).flush()?;
        start(start_response)?;
        Ok(Body::empty())
    });
    let logout = Arc::new(logout);
    let slow = {
        let logout = Arc::clone(&logout);
        with_sessions(&store, move |environ, start_response| {
            let body = edits(environ, start_response)?;
            if environ.query_string() == "slow" {
                let cookie = environ.get("HTTP_COOKIE").expect("a cookie").to_string();
                get(&logout, &cookie);
            }
            Ok(body)
        })
    };
    let cookie = cookie(&Request::get("/").call(&slow));
    let response = Request::get("/?slow").header("Cookie", &cookie).call(&slow);
    assert_eq!(response.status(), &Status::CONFLICT);
    assert!(!response.headers().contains("Set-Cookie"));
    assert!(!response.headers().contains("Retry-After"));
    assert_eq!(response.errors(), "");
}

#[test]
fn a_logout_takes_the_cookie_away() {
    let store = Arc::<Shaky>::default();
    let app = with_sessions(&store, edits);
    let cookie = cookie(&Request::get("/").call(&app));
    let logout = with_sessions(&store, |environ, start_response| {
        session(environ).flush()?;
        start(start_response)?;
        Ok(Body::empty())
    });
    let response = get(&logout, &cookie);
    let field = response.headers().get("Set-Cookie").unwrap().to_string();
    assert!(field.contains("Max-Age=0"), "{field}");
    assert_eq!(get(&logout, &cookie).status(), &Status::OK);
}

#[test]
fn the_log_names_the_request() {
    let store = Arc::<Shaky>::default();
    store.set_down(true);
    let app = RequestId::new(with_sessions(&store, edits));
    let response = get(&app, "session=x");
    let id = response.headers().get("X-Request-ID").unwrap().to_string();
    assert!(response.errors().starts_with(&format!("[{id}] GET")));
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
