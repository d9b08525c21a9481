//! A store that cannot be reached, or has no room.

use super::*;

/// A store in memory that fails while it is down.
#[derive(Default)]
pub(super) struct Shaky {
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

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.up()?.renew(old, expected, new, record, grace, now)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        self.up()?.end(key, now)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        self.up()?.end_all(owner, now)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        self.up()?.list(owner, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.up()?.sweep(now, at_most)
    }
}

#[track_caller]
fn check_unavailable(response: &Response) {
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers().get("Retry-After").unwrap(), "5");
    assert!(!response.headers().contains("Set-Cookie"));
    assert!(response.text().starts_with("503 Service Unavailable\n\n"));
    let log = response.errors();
    assert!(log.contains("GET \"/\": the session could not be read or saved"));
    assert!(log.contains("nobody listens"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn an_unused_session_needs_no_store() {
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
fn a_store_that_is_down_is_503_when_the_application_uses_it() {
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
fn a_page_that_only_reads_is_sent_although_its_use_cannot_be_saved() {
    let store = Arc::<Shaky>::default();
    let cookie = cookie(&Request::get("/").call(&with_sessions(&store, edits)));
    let breaks = Arc::clone(&store);
    let read = with_sessions(&store, move |environ, start_response| {
        let visits = session(environ).get::<u64>("visits")?;
        breaks.set_down(true);
        start(start_response)?;
        Ok(format!("{visits:?}").into())
    });
    let response = get(&read, &cookie);
    assert_eq!(response.text(), "Some(1)");
    assert!(response.errors().contains("nobody listens"));
    check_unavailable(&get(&read, &cookie));
    store.set_down(false);
    assert_eq!(get(&read, &cookie).text(), "Some(1)");
}

#[cfg(feature = "internal-redirects")]
#[test]
fn a_use_that_cannot_be_saved_before_a_redirect_is_logged() {
    use wsgi_middleware::{InternalRedirect, InternalRedirects, Mounts};

    let store = Arc::<Shaky>::default();
    let cookie = cookie(&Request::get("/").call(&with_sessions(&store, edits)));
    let breaks = Arc::clone(&store);
    let reads = with_sessions(&store, move |environ, _start_response| {
        session(environ).get::<u64>("visits")?;
        breaks.set_down(true);
        Err(InternalRedirect::to("/page".parse()?).into())
    });
    let page = application(|_environ, start_response| {
        start(start_response)?;
        Ok("a page".into())
    });
    let site = Mounts::new().mount("/", reads).mount("/page", page);
    let response = get(&InternalRedirects::new(site), &cookie);
    assert_eq!(response.text(), "a page");
    assert!(response.errors().contains("nobody listens"));
}

#[test]
fn a_store_that_is_down_is_503_even_after_bytes_were_written() {
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
        // A new session does not use the store before it is saved.
        check_unavailable(&Request::get("/").call(&app));
    }
}

#[test]
fn an_application_that_continues_after_a_failed_write_sends_nothing() {
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
fn a_full_store_is_503_only_for_new_visitors() {
    let sessions = Sessions::new(MemoryStore::new().max_sessions(1).max_bytes(1 << 20));
    let app = SessionMiddleware::new(visits, sessions);
    let cookie = cookie(&Request::get("/").call(&app));
    assert_eq!(get(&app, &cookie).text(), "2", "the cookie has come back");
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    assert_eq!(get(&app, &cookie).text(), "3");
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

#[cfg(feature = "internal-redirects")]
#[test]
fn an_outage_may_have_a_page_of_the_site() {
    use wsgi_middleware::{ErrorDocuments, Mounts};

    let store = Arc::<Shaky>::default();
    let sorry = |_environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        start(start_response)?;
        Ok("sorry".into())
    };
    let site = Mounts::new().mount("/", edits).mount("/sorry", sorry);
    let site = SessionMiddleware::new(site, Sessions::new(Arc::clone(&store)));
    let site = ErrorDocuments::new(site).document(503, "/sorry".parse().unwrap());
    let cookie = cookie(&Request::get("/").call(&site));
    store.set_down(true);
    for cookie in ["", &cookie] {
        let response = get(&site, cookie);
        assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE, "{cookie}");
        assert_eq!(response.text(), "sorry");
        assert!(response.headers().contains("Retry-After"));
    }
}
