//! Limits of the rate of requests.

pub(crate) mod client;
mod fields;
mod keys;
mod quota;
mod rate_limited;
pub(crate) mod table;

use std::{
    fmt,
    hash::Hash,
    time::{Duration, Instant},
};

use wsgi_application::{
    Application, Environ, ErrorFields, Result, StartResponse, Status, filtered,
};

use self::{fields::Fields, keys::Keys, table::Table};

pub use self::{quota::Quota, rate_limited::RateLimited};

/// The number of keys that are remembered by default. They take 2 MiB.
const MAX_KEYS: usize = 65_536;

/// Middleware that limits the rate of requests, for each client address or for each key.
///
/// A request over the [`Quota`] is answered with 429 (RFC 6585 section 4) and a short text, without
/// a call of the application. The response has `Retry-After` (RFC 9110 section 10.2.3), and
/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). A refused request
/// does not count. The body of a refused request is not read.
///
/// # Keys
///
/// By default a key is the address in `REMOTE_ADDR`: an IPv4 address, also one that is mapped to
/// IPv6, or the first 64 bits of an IPv6 address. Requests without an IP address, such as those
/// over a Unix socket, share one key. Behind a front server, [`TrustedProxies`] around this
/// middleware sets `REMOTE_ADDR` to the address of the client; otherwise all clients share the
/// front server's. [`key`](Self::key) chooses another key.
///
/// [`TrustedProxies`]: crate::TrustedProxies
///
/// # Memory
///
/// The memory is allocated at once and never grows: 32 bytes for each of
/// [`max_keys`](Self::max_keys) keys. Keys are stored as keyed hashes of 128 bits. No client can
/// find keys that share a place, and no key is stored in the clear.
///
/// A key whose quota is full again needs no memory. If more keys are in use than fit, a new key
/// replaces, among 16, the one whose quota will be full first. So a key that was used up is the
/// last to be forgotten: to make the table forget `n` requests of a client, about `max_keys` other
/// keys must make `n` requests each. A forgotten key begins with a full quota.
///
/// Inside `InternalRedirects` or `ErrorDocuments`, each call counts, also those that the site makes
/// to itself. Put this middleware around them to count the requests of clients alone.
///
/// Each process counts for itself. No lock is held while an application runs.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{Quota, RateLimit};
/// use wsgi_testing::Request;
///
/// let hello = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// });
/// let app = RateLimit::new(hello, Quota::per_minute(2));
///
/// let from = |address| Request::get("/").variable("REMOTE_ADDR", address).call(&app);
/// assert_eq!(from("192.0.2.1").status(), &Status::OK);
/// assert_eq!(from("192.0.2.1").status(), &Status::OK);
///
/// let response = from("192.0.2.1");
/// assert_eq!(response.status(), &Status::TOO_MANY_REQUESTS);
/// assert_eq!(response.headers().get("Retry-After").unwrap(), "30");
/// assert_eq!(response.headers().get("RateLimit-Policy").unwrap(), r#""default";q=2;w=60"#);
/// assert_eq!(response.headers().get("RateLimit").unwrap(), r#""default";r=0;t=30"#);
///
/// assert_eq!(from("192.0.2.2").status(), &Status::OK);
/// ```
pub struct RateLimit<A> {
    application: A,
    answer: Box<dyn Application>,
    quota: Quota,
    keys: Keys,
    table: Table,
    policy: String,
    is_on_every_response: bool,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl<A: Application> RateLimit<A> {
    /// Limits the requests to an application.
    #[must_use]
    pub fn new(application: A, quota: Quota) -> Self {
        let start = Instant::now();
        Self {
            application,
            answer: Box::new(too_many_requests),
            quota,
            keys: Keys::addresses(),
            table: Table::new(MAX_KEYS),
            policy: fields::quoted("default"),
            is_on_every_response: false,
            clock: Box::new(move || start.elapsed()),
        }
    }

    /// Sets the key of a request, in place of the client address. Requests with equal keys share a
    /// quota. A request without a key is not limited.
    ///
    /// A client that can choose its keys is not limited either. A user name is a good key if the
    /// password was checked; for failed logins, add a limit of addresses. To limit all requests
    /// together, return the same key for each.
    ///
    /// The closure may block. A key of any length takes the same memory.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{Quota, RateLimit};
    /// use wsgi_testing::Request;
    ///
    /// let hello = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let app = RateLimit::new(hello, Quota::per_second(1))
    ///     .key(|environ| environ.get("REMOTE_USER").map(|user| user.as_bytes().to_vec()));
    ///
    /// let alice = || Request::get("/").variable("REMOTE_USER", "alice").call(&app);
    /// assert_eq!(alice().status(), &Status::OK);
    /// assert_eq!(alice().status(), &Status::TOO_MANY_REQUESTS);
    /// for _ in 0..9 {
    ///     assert_eq!(Request::get("/").call(&app).status(), &Status::OK);
    /// }
    /// ```
    #[must_use]
    pub fn key<K: Hash>(
        mut self,
        key: impl Fn(&Environ) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        self.keys = Keys::closure(key);
        self
    }

    /// Sets the number of bits of an IPv6 address that are the key; 64 by default, the part that a
    /// network assigns to a customer's link. Customers often have 56 or 48 bits, and so many keys.
    /// A smaller number makes unrelated clients share a quota.
    ///
    /// This replaces a [`key`](Self::key).
    ///
    /// # Panics
    ///
    /// The number is above 128.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{Quota, RateLimit};
    /// use wsgi_testing::Request;
    ///
    /// let hello = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let app = RateLimit::new(hello, Quota::per_second(1)).ipv6_prefix(48);
    /// let from = |address| Request::get("/").variable("REMOTE_ADDR", address).call(&app);
    /// assert_eq!(from("2001:db8:0:1::1").status(), &Status::OK);
    /// assert_eq!(from("2001:db8:0:2::1").status(), &Status::TOO_MANY_REQUESTS);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn ipv6_prefix(mut self, bits: u8) -> Self {
        assert!(bits <= 128, "an IPv6 address has 128 bits, not {bits}");
        self.keys = Keys::Addresses { ipv6_prefix: bits };
        self
    }

    /// Sets the number of keys that are remembered, rounded up to a multiple of 16; 65,536 by
    /// default. Each takes 32 bytes, whether it is used or not.
    ///
    /// If more keys are in use, those with the fullest quotas are forgotten first, and are then
    /// limited less than they should be. Choose at least twice the number of keys that make
    /// requests within the time in which a quota becomes full.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, Quota, RateLimit};
    ///
    /// let app = RateLimit::new(Mounts::new(), Quota::per_second(10)).max_keys(1_000);
    /// assert!(format!("{app:?}").contains("max_keys: 1008"));
    /// ```
    #[must_use]
    pub fn max_keys(mut self, max_keys: usize) -> Self {
        self.table = Table::new(max_keys);
        self
    }

    /// Sets the name of the policy in the fields; `default` by default. Several limits of one
    /// application need different names.
    ///
    /// # Panics
    ///
    /// The name has a character that is not printable ASCII.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_middleware::{Quota, RateLimit};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, _start_response| Err("out of tea".into()));
    /// let app = RateLimit::new(app, Quota::per_second(5)).policy("tea").on_every_response(true);
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(response.headers().get("RateLimit-Policy").unwrap(), r#""tea";q=5;w=1"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn policy(mut self, name: &str) -> Self {
        let is_printable = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        assert!(is_printable, "the policy {name:?} is not printable ASCII");
        self.policy = fields::quoted(name);
        self
    }

    /// Sets whether responses to admitted requests have `RateLimit-Policy` and `RateLimit` too,
    /// including error pages; `false` by default.
    ///
    /// The fields tell a client how many requests remain, so that it can slow down in time. The
    /// fields of several limits stand beside each other.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, Quota, RateLimit};
    /// use wsgi_testing::Request;
    ///
    /// let app = RateLimit::new(Mounts::new(), Quota::per_hour(60)).on_every_response(true);
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(response.headers().get("RateLimit").unwrap(), r#""default";r=59;t=60"#);
    /// ```
    #[must_use]
    pub fn on_every_response(mut self, is_on_every_response: bool) -> Self {
        self.is_on_every_response = is_on_every_response;
        self
    }

    /// Sets the application that answers a refused request, in place of a short text. It sets the
    /// status itself, usually 429, and finds [`RateLimited`] among the environ's extensions. The
    /// fields are added to its response; a `Retry-After` of its own is kept.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{Quota, RateLimit, RateLimited};
    /// use wsgi_testing::Request;
    ///
    /// let hello = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let wait = application(|environ, start_response| {
    ///     let limited = environ.extension::<RateLimited>().unwrap();
    ///     let page = format!("<p>Please wait {} seconds.</p>", limited.retry_after());
    ///     start_response.start(Status::TOO_MANY_REQUESTS, [("Content-Type", "text/html")])?;
    ///     Ok(page.into())
    /// });
    /// let app = RateLimit::new(hello, Quota::per_minute(1)).answer(wait);
    /// assert_eq!(Request::get("/").call(&app).text(), "hello");
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(response.text(), "<p>Please wait 60 seconds.</p>");
    /// assert_eq!(response.headers().get("Retry-After").unwrap(), "60");
    /// ```
    #[must_use]
    pub fn answer(mut self, application: impl Application + 'static) -> Self {
        self.answer = Box::new(application);
        self
    }

    /// Sets the clock, for tests: a closure that returns the time since any fixed moment. The
    /// default is the system's monotonic clock. A clock that goes back limits more, never less.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{Quota, RateLimit};
    /// use wsgi_testing::Request;
    ///
    /// let hello = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let seconds = Arc::new(AtomicU64::new(0));
    /// let now = Arc::clone(&seconds);
    /// let app = RateLimit::new(hello, Quota::per_minute(1))
    ///     .clock(move || Duration::from_secs(now.load(Ordering::Relaxed)));
    ///
    /// assert_eq!(Request::get("/").call(&app).status(), &Status::OK);
    /// seconds.store(59, Ordering::Relaxed);
    /// assert_eq!(Request::get("/").call(&app).status(), &Status::TOO_MANY_REQUESTS);
    /// seconds.store(60, Ordering::Relaxed);
    /// assert_eq!(Request::get("/").call(&app).status(), &Status::OK);
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }
}

impl<A: Application> Application for RateLimit<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some(key) = self.keys.of(environ, &self.table) else {
            return self.application.call(environ, start_response);
        };
        let verdict = self.table.admit(key, &self.quota, (self.clock)());
        if verdict.is_admitted && !self.is_on_every_response {
            return self.application.call(environ, start_response);
        }
        let fields = Fields::new(&self.policy, &self.quota, &verdict);
        fields.append_to(ErrorFields::of(environ))?;
        if verdict.is_admitted {
            return filtered(&self.application, fields, environ, start_response);
        }
        environ.insert_extension(RateLimited::new(verdict.wait));
        filtered(&self.answer, fields, environ, start_response)
    }
}

fn too_many_requests(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::TOO_MANY_REQUESTS, [("Content-Type", "text/plain")])?;
    Ok("429 Too Many Requests\n".into())
}

impl<A: fmt::Debug> fmt::Debug for RateLimit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("application", &self.application)
            .field("quota", &self.quota)
            .field("max_keys", &self.table.max_keys())
            .finish_non_exhaustive()
    }
}
