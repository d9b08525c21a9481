//! Answers to a load balancer that asks how a program is.

mod check;
mod checks;
mod health_handle;

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};

use self::{check::Check, checks::Checks};
use crate::{decoded_path, refused_method::refuse};

pub use self::health_handle::HealthHandle;

/// Middleware that tells load balancers and supervisors whether a program lives, and whether it is
/// ready for requests.
///
/// | path | 200 | 503 |
/// |---|---|---|
/// | `/livez` | the program can answer | never |
/// | `/readyz` | the program is ready for requests | new requests should go to another server |
///
/// A program is ready unless a [handle](Self::handle), a [condition](Self::ready_if) or a
/// [check](Self::check) says otherwise. Both paths answer GET and HEAD, as plain text that no cache
/// keeps, and other methods with 405 or 501. They do not call the application. All other requests
/// go on to it. Paths are compared with `PATH_INFO`, so this middleware can be within a mount.
///
/// Put it around everything else: a load balancer asks without TLS, without a password and often.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::Health;
/// use wsgi_testing::Request;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// });
/// let app = Health::new(app);
/// let handle = app.handle();
///
/// assert_eq!(Request::get("/readyz").call(&app).text(), "ready\n");
/// handle.set_ready(false);
/// let response = Request::get("/readyz").call(&app);
/// assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
/// assert_eq!(response.text(), "not ready\n");
///
/// assert_eq!(Request::get("/livez").call(&app).status(), &Status::OK);
/// assert_eq!(Request::get("/").call(&app).text(), "Hello world!\n");
/// ```
pub struct Health<A> {
    application: A,
    live_path: Cow<'static, str>,
    ready_path: Cow<'static, str>,
    handle: HealthHandle,
    conditions: Vec<Box<Condition>>,
    checks: Checks,
}

type Condition = dyn Fn() -> bool + Send + Sync;

impl<A: Application> Health<A> {
    /// Wraps an application, which is ready.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            live_path: "/livez".into(),
            ready_path: "/readyz".into(),
            handle: HealthHandle::new(),
            conditions: Vec::new(),
            checks: Checks::new(Duration::from_secs(1)),
        }
    }

    /// Sets the path that tells whether the program lives; `/livez` by default.
    ///
    /// # Panics
    ///
    /// The path does not begin with a slash, or has a query such as `?a=b`, percent-encoding, or a
    /// segment that is a [parameter](wsgi_environ::PathMistake) in the routes of frameworks.
    ///
    /// ```
    /// use wsgi_middleware::{Health, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let app = Health::new(not_found).live_path("/health/live").ready_path("/health/ready");
    /// assert_eq!(Request::get("/health/live").call(&app).status().code(), 200);
    /// assert_eq!(Request::get("/health/ready").call(&app).text(), "ready\n");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn live_path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.live_path = checked(path.into());
        self
    }

    /// Sets the path that tells whether the program is ready; `/readyz` by default.
    ///
    /// # Panics
    ///
    /// The path does not begin with a slash, or has a query such as `?a=b`, percent-encoding, or a
    /// segment that is a [parameter](wsgi_environ::PathMistake) in the routes of frameworks.
    #[must_use]
    #[track_caller]
    pub fn ready_path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.ready_path = checked(path.into());
        self
    }

    /// Adds a condition: the program is ready only while it holds. The handle of a server is one:
    /// `ready_if(move || handle.is_ready())`.
    #[must_use]
    pub fn ready_if(mut self, condition: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Box::new(condition));
        self
    }

    /// Adds a check, such as a query to a database: the program is ready only if it succeeds. The
    /// response names each check and its result. The error is an entry in the errors stream, when
    /// the check begins to fail, and another entry says when it succeeds again.
    ///
    /// A check runs in a request for the ready path, on its thread, but not more often than the
    /// [`check_interval`](Self::check_interval) allows. Requests that come meanwhile wait for its
    /// result. It has to limit its own time to less than that for which a load balancer waits, for
    /// example by a timeout of the query.
    ///
    /// ```
    /// use wsgi_application::Status;
    /// use wsgi_middleware::{Health, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let app = Health::new(not_found)
    ///     .check("disk", || Ok(()))
    ///     .check("database", || Err("no answer within 200 ms".into()));
    /// let response = Request::get("/readyz").call(&app);
    /// assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
    /// assert_eq!(response.text(), "not ready\ndisk: ok\ndatabase: failed\n");
    /// ```
    ///
    /// # Panics
    ///
    /// The name has a control character.
    #[must_use]
    #[track_caller]
    pub fn check<C>(mut self, name: impl Into<Cow<'static, str>>, check: C) -> Self
    where
        C: Fn() -> std::result::Result<(), wsgi_application::Error> + Send + Sync + 'static,
    {
        self.checks.add(Check::new(name.into(), Box::new(check)));
        self
    }

    /// Sets the time from the end of the checks until they may run again; a second by default.
    /// Requests in between get the last results, so that a stranger who asks often does not keep a
    /// database busy. With zero, only requests at the same time share results.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    /// use std::time::Duration;
    /// use wsgi_middleware::{Health, not_found};
    /// use wsgi_testing::Request;
    ///
    /// static QUERIES: AtomicUsize = AtomicUsize::new(0);
    /// let app = Health::new(not_found)
    ///     .check("database", || {
    ///         QUERIES.fetch_add(1, Relaxed);
    ///         Ok(())
    ///     })
    ///     .check_interval(Duration::from_secs(60));
    /// for _ in 0..3 {
    ///     assert_eq!(Request::get("/readyz").call(&app).text(), "ready\ndatabase: ok\n");
    /// }
    /// assert_eq!(QUERIES.load(Relaxed), 1);
    /// ```
    #[must_use]
    pub fn check_interval(mut self, interval: Duration) -> Self {
        self.checks.interval = interval;
        self
    }

    /// A handle, by which any thread says that the program is ready or not.
    #[must_use]
    pub fn handle(&self) -> HealthHandle {
        self.handle.clone()
    }

    /// The response about readiness: whether the program is ready, and its text.
    fn readiness(&self, environ: &Environ) -> (bool, Cow<'static, str>) {
        let came = Instant::now();
        let is_ready = self.handle.is_ready() && self.conditions.iter().all(|holds| holds());
        let summary = |is_ready| if is_ready { "ready\n" } else { "not ready\n" };
        match self.checks.results(environ, came) {
            None => (is_ready, summary(is_ready).into()),
            Some(round) => {
                let is_ready = is_ready && round.has_succeeded;
                let text = summary(is_ready).to_owned() + &round.lines;
                (is_ready, text.into())
            }
        }
    }
}

#[track_caller]
fn checked(path: Cow<'static, str>) -> Cow<'static, str> {
    decoded_path::check(&path);
    path
}

impl<A: Application> Application for Health<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let path = environ.path_info().as_bytes();
        let is_for_readiness = path == self.ready_path.as_bytes();
        if !is_for_readiness && path != self.live_path.as_bytes() {
            return self.application.call(environ, start_response);
        }
        let text = ("Content-Type", "text/plain");
        let no_cache = ("Cache-Control", "no-store");
        let method = environ.request_method().as_bytes();
        if !matches!(method, b"GET" | b"HEAD") {
            return refuse(method, start_response);
        }
        let (is_well, answer) = match is_for_readiness {
            true => self.readiness(environ),
            false => (true, "live\n".into()),
        };
        let status = match is_well {
            true => Status::OK,
            false => Status::SERVICE_UNAVAILABLE,
        };
        start_response.start(status, [text, no_cache])?;
        Ok(match answer {
            Cow::Borrowed(text) => Body::from(text),
            Cow::Owned(text) => Body::from(text),
        })
    }
}

impl<A: fmt::Debug> fmt::Debug for Health<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("application", &self.application)
            .field("live_path", &self.live_path)
            .field("ready_path", &self.ready_path)
            .finish_non_exhaustive()
    }
}
