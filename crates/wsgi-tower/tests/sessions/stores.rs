//! The calls of the store, and their failures.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use axum::{Router, extract::Extension, routing::get};
use http::StatusCode;
use wsgi_environ::Errors;
use wsgi_sessions::{
    Key, Listed, Load, MemoryStore, Record, Session, Sessions, Store, StoreError, Version, Write,
};
use wsgi_tower::SessionLayer;

use crate::site::{call, cookie, layer, router};

/// A store that can fail, and that refuses to be called by an async thread.
struct Watched {
    store: MemoryStore,
    fails: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
}

/// The number of the call that panics.
const PANIC_AT: usize = 1_000_000;

impl Watched {
    fn check(&self) -> Result<(), StoreError> {
        assert_eq!(thread::current().name(), Some("wsgi-pool"));
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        assert!(call != PANIC_AT, "a bug");
        match self.fails.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("the cable is cut")),
            false => Ok(()),
        }
    }
}

impl Store for Watched {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.check()?;
        self.store.create(key, record, now)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        self.check()?;
        self.store.load(key, now)
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.check()?;
        self.store.save(key, expected, record, now)
    }

    fn touch(&self, key: &Key, until: SystemTime, now: SystemTime) -> Result<bool, StoreError> {
        self.check()?;
        self.store.touch(key, until, now)
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
        self.check()?;
        self.store.renew(old, expected, new, record, grace, now)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        self.check()?;
        self.store.end(key, now)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        self.check()?;
        self.store.end_all(owner, now)
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        self.check()?;
        self.store.list(owner, now)
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        self.check()?;
        self.store.sweep(now, at_most)
    }
}

/// A layer over a watched store, the switch of its failures, and the count of its calls.
fn watched() -> (SessionLayer, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (fails, calls) = (Arc::default(), Arc::default());
    let store = Watched {
        store: MemoryStore::new(),
        fails: Arc::clone(&fails),
        calls: Arc::clone(&calls),
    };
    (
        SessionLayer::new(Sessions::new(store)).threads(2),
        fails,
        calls,
    )
}

#[test]
fn every_call_of_the_store_is_on_the_pool() {
    let (layer, _, calls) = watched();
    let router = router(layer);
    let cookie = cookie(&call(&router, "/count", "").1);
    for (path, expected) in [
        ("/count", "2"),
        ("/visits", "2"),
        ("/put/k1", ""),
        ("/keys", "1"),
    ] {
        let before = calls.load(Ordering::SeqCst);
        assert_eq!(call(&router, path, &cookie).2, expected, "{path}");
        assert!(calls.load(Ordering::SeqCst) > before, "{path}");
    }
    let before = calls.load(Ordering::SeqCst);
    call(&router, "/unused", "");
    assert_eq!(calls.load(Ordering::SeqCst), before, "no cookie, no call");
}

#[test]
fn a_store_that_fails_is_a_503_and_never_an_empty_session() {
    let (layer, fails, _) = watched();
    let (errors, log) = Errors::buffer();
    let router = router(layer.errors(errors));
    let cookie = cookie(&call(&router, "/count", "").1);

    fails.store(true, Ordering::SeqCst);
    let (status, headers, body) = call(&router, "/visits", &cookie);
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers["retry-after"], "5");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(body.contains("cannot be reached"), "{body}");
    assert!(log.to_string().contains("the cable is cut"), "{log}");
    // A visitor without a session gets to the service, but the change cannot be saved.
    let (status, headers, _) = call(&router, "/put/k1", "");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!headers.contains_key("set-cookie"));

    fails.store(false, Ordering::SeqCst);
    assert_eq!(call(&router, "/visits", &cookie).2, "1");
}

#[test]
fn a_panic_of_the_store_is_a_500_and_does_not_reach_the_task() {
    let (layer, _, calls) = watched();
    let (errors, log) = Errors::buffer();
    let router = router(layer.errors(errors));
    let cookie = cookie(&call(&router, "/count", "").1);
    calls.store(PANIC_AT, Ordering::SeqCst);
    let (status, _, _) = call(&router, "/visits", &cookie);
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(log.to_string().contains("panicked: a bug"), "{log}");
    assert_eq!(call(&router, "/visits", &cookie).2, "1");
}

#[test]
fn changes_that_come_too_late_are_a_409() {
    let layer = layer();
    let pool = layer.pool().clone();
    let router = router(layer.clone()).merge(
        Router::new()
            .route(
                "/late",
                get(async |Extension(session): Extension<Session>| {
                    session.insert("late", 1).unwrap();
                    // Another request ends the session meanwhile.
                    END.get().unwrap()();
                }),
            )
            .layer(layer),
    );
    let cookie = cookie(&call(&router, "/count", "").1);
    let other = (router.clone(), cookie.clone());
    let end = move || {
        let (router, cookie) = other.clone();
        let ended = thread::spawn(move || call(&router, "/end", &cookie).0)
            .join()
            .unwrap();
        assert_eq!(ended, StatusCode::OK);
    };
    assert!(END.set(Box::new(end)).is_ok());
    let (status, _, body) = call(&router, "/late", &cookie);
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert!(body.contains("was ended"), "{body}");
    assert!(pool.shutdown(Duration::from_secs(60)));
    // The layer answers: it can neither load the one session nor save the other.
    for cookie in ["", &cookie] {
        let (status, headers, _) = call(&router, "/put/k1", cookie);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers["retry-after"], "5");
    }
}

/// Ends the session within the handler of one test.
static END: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();
