//! A limit of the calls at once.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Application, Chunk, Content, Environ, Result, StartResponse, Status};

/// Middleware that limits how many requests an application computes at once.
///
/// It is for applications that take long, or share something scarce: reports, pictures, a database
/// with few connections, a program that starts for each request. Their requests then cannot hold
/// all threads of the server, and the rest of the site goes on.
///
/// A request beyond the limit is answered at once, with 503 and `Retry-After: 1` (RFC 9110 section
/// 15.6.4), or by an [application](Self::answer) of yours. It does not wait, since that would hold
/// a thread, too.
///
/// A request counts from the call of the application until that has returned, and for a body of
/// chunks, until their iterator is dropped. Meanwhile a slow client, whose upload the application
/// reads or who receives what it writes, holds a place for as long as the server lets it
/// (`body_timeout`, `write_timeout`). Bytes and files that the server still sends do not count, nor
/// do live pages (`Body::channel`) and the readers of a `FileWrapper`. Inside `InternalRedirects`
/// and `ErrorDocuments`, each call counts for itself.
///
/// Each process counts for itself.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::ConcurrencyLimit;
/// use wsgi_testing::Request;
///
/// let report = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("sales 7\n".into())
/// });
/// let site = ConcurrencyLimit::new(&report, 4);
/// assert_eq!(Request::get("/").call(&site).text(), "sales 7\n");
///
/// let closed = ConcurrencyLimit::new(&report, 0);
/// let response = Request::get("/").call(&closed);
/// assert_eq!(response.status(), &Status::SERVICE_UNAVAILABLE);
/// assert_eq!(response.headers().get("Retry-After").unwrap(), "1");
/// ```
pub struct ConcurrencyLimit<A> {
    application: A,
    places: Arc<Places>,
    answer: Box<dyn Application>,
}

impl<A: Application> ConcurrencyLimit<A> {
    /// Limits how many requests an application computes at once.
    #[must_use]
    pub fn new(application: A, max_requests: usize) -> Self {
        Self {
            application,
            places: Arc::new(Places {
                max: max_requests,
                taken: AtomicUsize::new(0),
            }),
            answer: Box::new(service_unavailable),
        }
    }

    /// Sets the application that answers requests beyond the limit. It may be called by many
    /// requests at once, and should answer at once.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{ConcurrencyLimit, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let later = application(|_environ, start_response| {
    ///     let fields = [("Content-Type", "text/html"), ("Retry-After", "20")];
    ///     start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
    ///     Ok("<p>Many ask for reports now.".into())
    /// });
    /// let site = ConcurrencyLimit::new(not_found, 0).answer(later);
    /// assert_eq!(Request::get("/").call(&site).text(), "<p>Many ask for reports now.");
    /// ```
    #[must_use]
    pub fn answer(mut self, application: impl Application + 'static) -> Self {
        self.answer = Box::new(application);
        self
    }
}

impl<A: Application> Application for ConcurrencyLimit<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some(place) = Place::take(&self.places) else {
            return self.answer.call(environ, start_response);
        };
        let body = self.application.call(environ, start_response)?;
        Ok(match body.into_content() {
            Content::Chunks(chunks) => Content::Chunks(Box::new(Chunks {
                chunks,
                _place: place,
            })),
            content => content,
        }
        .into())
    }
}

fn service_unavailable(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let fields = [("Content-Type", "text/plain"), ("Retry-After", "1")];
    start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
    Ok("503 Service Unavailable: too many requests for this page are running\n".into())
}

impl<A: fmt::Debug> fmt::Debug for ConcurrencyLimit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConcurrencyLimit")
            .field("application", &self.application)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

/// The places for requests.
#[derive(Debug)]
struct Places {
    max: usize,
    taken: AtomicUsize,
}

/// The place of a request, which is free again once this is dropped, also by a panic.
struct Place(Arc<Places>);

impl Place {
    /// `None` if none is free.
    fn take(places: &Arc<Places>) -> Option<Self> {
        let one_more = |taken| (taken < places.max).then_some(taken + 1);
        let taken = places
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Self(Arc::clone(places)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The chunks of a body, and the place of its request, which goes after them.
struct Chunks {
    chunks: Box<dyn Iterator<Item = Result<Chunk>> + Send>,
    _place: Place,
}

impl Iterator for Chunks {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        self.chunks.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}
