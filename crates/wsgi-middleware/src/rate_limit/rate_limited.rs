//! The notice to an application that answers refused requests.

/// A refusal by a [`RateLimit`](crate::RateLimit): an extension of the environ, for the application
/// that [answers](crate::RateLimit::answer) the request.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_middleware::{Mounts, Quota, RateLimit, RateLimited};
/// use wsgi_testing::Request;
///
/// fn wait(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     let seconds = environ.extension::<RateLimited>().map_or(1, RateLimited::retry_after);
///     start_response.start(Status::TOO_MANY_REQUESTS, [("Content-Type", "text/plain")])?;
///     Ok(format!("Again in {seconds} s.\n").into())
/// }
///
/// let app = RateLimit::new(Mounts::new(), Quota::per_hour(1)).answer(wait);
/// assert_eq!(Request::get("/").call(&app).status(), &Status::NOT_FOUND);
/// assert_eq!(Request::get("/").call(&app).text(), "Again in 3600 s.\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimited {
    retry_after: u64,
}

impl RateLimited {
    pub(super) const fn new(retry_after: u64) -> Self {
        Self { retry_after }
    }

    /// The seconds after which a request is admitted, rounded up, as in `Retry-After`. At least 1.
    #[must_use]
    pub const fn retry_after(&self) -> u64 {
        self.retry_after
    }
}
