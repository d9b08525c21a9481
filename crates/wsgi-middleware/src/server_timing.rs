//! The time that the server took for a request, for browsers.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use wsgi_application::{
    Application, Environ, Filter, Head, Result, Scope, StartResponse, filtered,
};
use wsgi_headers::is_token;

/// The metric of the whole call, until the head of its response is settled.
const TOTAL: &str = "total";

/// Middleware that tells clients in `Server-Timing` how long the server took for a request, and for
/// its parts (W3C Server Timing). The developer tools of browsers show the field as bars.
///
/// The metric `total` is the time from the call of the application until the head of its response
/// is settled. The application adds metrics of its own through [`Timings`]. All are in
/// milliseconds. What is measured after the head is settled, by a body that is made while it is
/// sent, comes too late for the field.
///
/// Times tell clients how the site works: whether a user exists, for example, if that takes longer.
/// So use it in development, or for a part of the site to which only its makers have access. Pages
/// of other origins see the field only if the response allows it by `Timing-Allow-Origin`.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{ServerTiming, Timings};
/// use wsgi_testing::Request;
///
/// let app = ServerTiming::new(application(|environ, start_response| {
///     let timings = Timings::of(environ);
///     let rows = timings.measure("db", || vec!["tea", "coffee"]);
///     start_response.start(Status::OK, ())?;
///     Ok(rows.join("\n").into())
/// }));
/// let response = Request::get("/").call(&app);
/// let field = response.headers().get("Server-Timing").unwrap().to_string();
/// assert!(field.starts_with("total;dur=") && field.contains(", db;dur="), "{field}");
/// ```
#[derive(Clone, Debug)]
pub struct ServerTiming<A> {
    application: A,
}

impl<A: Application> ServerTiming<A> {
    /// Measures the calls of an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self { application }
    }
}

impl<A: Application> Application for ServerTiming<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let metrics = Arc::new(Metrics::default());
        environ.insert_extension(Measured(metrics.clone()));
        let clock = Clock {
            start: Instant::now(),
            metrics,
        };
        filtered(&self.application, clock, environ, start_response)
    }
}

/// The metrics of a request, for the [`ServerTiming`] around the application. A clone stands for
/// the same ones.
///
/// Without that middleware, nothing is measured. So an application can always name its parts.
#[derive(Clone, Debug)]
pub struct Timings(Option<Arc<Metrics>>);

impl Timings {
    /// The metrics of a request.
    #[must_use]
    pub fn of(environ: &Environ) -> Self {
        let measured = environ.extension::<Measured>();
        Self(measured.map(|Measured(metrics)| metrics.clone()))
    }

    /// Runs `code` and adds the time that it takes to a metric.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    /// use wsgi_middleware::Timings;
    ///
    /// let timings = Timings::of(&Environ::new());
    /// assert_eq!(timings.measure("sum", || 1 + 1), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// The name is not a token (RFC 9110 section 5.6.2), or it is `total`, the metric of the whole
    /// call. This is so with and without the middleware.
    #[track_caller]
    pub fn measure<T>(&self, name: &'static str, code: impl FnOnce() -> T) -> T {
        check(name);
        if self.0.is_none() {
            return code();
        }
        let start = Instant::now();
        let result = code();
        self.add(name, start.elapsed());
        result
    }

    /// Adds a time to a metric, which begins with zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{ServerTiming, Timings};
    /// use wsgi_testing::Request;
    ///
    /// let app = ServerTiming::new(application(|environ, start_response| {
    ///     for query in [2, 3] {
    ///         Timings::of(environ).add("db", Duration::from_millis(query));
    ///     }
    ///     start_response.start(Status::NO_CONTENT, ())?;
    ///     Ok(().into())
    /// }));
    /// let response = Request::get("/").call(&app);
    /// let field = response.headers().get("Server-Timing").unwrap().to_string();
    /// assert!(field.ends_with(", db;dur=5.000"), "{field}");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`measure`](Self::measure).
    #[track_caller]
    pub fn add(&self, name: &'static str, time: Duration) {
        check(name);
        if let Some(metrics) = &self.0 {
            metrics.add(name, time);
        }
    }
}

#[track_caller]
fn check(name: &str) {
    let is_name = is_token(name.as_bytes());
    assert!(is_name, "{name:?} is not the name of a metric");
    assert!(name != TOTAL, "{name:?} is the metric of the whole call");
}

/// The extension by which [`Timings`] finds the metrics.
struct Measured(Arc<Metrics>);

/// The metrics of a request, in the order in which they came.
#[derive(Debug, Default)]
struct Metrics(Mutex<Vec<(&'static str, Duration)>>);

impl Metrics {
    fn add(&self, name: &'static str, time: Duration) {
        let mut metrics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match metrics.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.saturating_add(time),
            None => metrics.push((name, time)),
        }
    }

    /// The value of the field.
    fn value(&self, total: Duration) -> String {
        let metrics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut value = String::new();
        for (name, time) in [(TOTAL, total)].iter().chain(&*metrics) {
            let comma = if value.is_empty() { "" } else { ", " };
            let millis = time.as_secs_f64() * 1000.0;
            let _ = write!(value, "{comma}{name};dur={millis:.3}"); // a String takes it
        }
        value
    }
}

/// Writes the field when the head of the response is settled.
struct Clock {
    start: Instant,
    metrics: Arc<Metrics>,
}

impl Filter for Clock {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        let value = self.metrics.value(self.start.elapsed());
        head.headers.append("Server-Timing", value)?;
        Ok(Scope::Head)
    }
}
