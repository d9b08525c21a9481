//! The middleware that compresses responses.

use std::{fmt, sync::Arc};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, filtered};

use super::{compress::Compress, settings::Settings, validators, wishes::Wishes};

/// Middleware that compresses responses for clients that accept it (RFC 9110, sections 8.4 and
/// 12.5.3).
///
/// The coding is the one that the client's `Accept-Encoding` weighs most; of equal ones, the first
/// of zstd, brotli and gzip that this crate was built with. The README says which responses stay
/// as they are.
///
/// A compressed response has a `Content-Encoding`, no `Content-Length`, no `Accept-Ranges`, and its
/// `ETag` is weak. Every response varies by `Accept-Encoding`. A response to HEAD has the head of
/// the response to GET, without the length, and is not compressed. If the application leaves the
/// body out for HEAD, it counts as one of unknown length, unless a length is declared. So HEAD of a
/// page that is empty for GET, too, is the exception: it gets the head of a longer one.
///
/// Bytes that the application flushes arrive at once. So does each chunk of a channel or iterator.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_compression::Compression;
/// use wsgi_testing::Request;
///
/// let app = application(|_environ, start_response| {
///     let headers = [("Content-Type", "text/plain"), ("ETag", "\"v1\"")];
///     start_response.start(Status::OK, headers)?;
///     Ok("All work and no play. ".repeat(1000).into())
/// });
/// let app = Compression::new(app);
///
/// let response = Request::get("/").header("Accept-Encoding", "gzip").call(&app);
/// assert_eq!(response.headers().get("Content-Encoding").unwrap(), "gzip");
/// assert_eq!(response.headers().get("Vary").unwrap(), "Accept-Encoding");
/// assert_eq!(response.headers().get("ETag").unwrap(), "W/\"v1\"");
/// assert!(response.body().len() < 1000);
///
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.body().len(), 22_000);
/// assert_eq!(response.headers().get("Vary").unwrap(), "Accept-Encoding");
/// ```
pub struct Compression<A> {
    application: A,
    settings: Arc<Settings>,
    exempt: Vec<Box<Exemption>>,
}

type Exemption = dyn Fn(&Environ) -> bool + Send + Sync;

impl<A: Application> Compression<A> {
    /// Wraps an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            settings: Arc::default(),
            exempt: Vec::new(),
        }
    }

    /// Sets the least length of a body that is compressed, in bytes; 512 by default. A shorter one
    /// usually fits the packet of its head. A body of unknown length is compressed.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::Compression;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("All work and no play. ".repeat(10).into())
    /// });
    /// let is_compressed = |app| {
    ///     let response = Request::get("/").header("Accept-Encoding", "gzip").call(&app);
    ///     response.headers().contains("Content-Encoding")
    /// };
    /// assert!(!is_compressed(Compression::new(app)));
    /// assert!(is_compressed(Compression::new(app).min_bytes(100)));
    /// // Not a byte of memory for compressors:
    /// assert!(!is_compressed(Compression::new(app).min_bytes(100).max_memory_bytes(0)));
    /// ```
    #[must_use]
    pub fn min_bytes(self, bytes: u64) -> Self {
        self.set(|settings| settings.min_bytes = bytes.max(1))
    }

    /// Sets the media types that are compressed; by default [those that usually become much
    /// smaller](crate::is_compressible). The closure gets the value of `Content-Type`. A response
    /// without one is not compressed.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::{Compression, is_compressible};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "model/obj")])?;
    ///     Ok("v 0.0 0.0 0.0\n".repeat(100).into())
    /// });
    /// let app = Compression::new(app).types(|content_type| {
    ///     is_compressible(content_type) || content_type.starts_with("model/obj")
    /// });
    /// let response = Request::get("/").header("Accept-Encoding", "gzip").call(&app);
    /// assert!(response.body().len() < 100);
    /// ```
    #[must_use]
    pub fn types(self, is_compressible: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.types = Box::new(is_compressible))
    }

    /// Leaves the responses to some requests alone, as if they did not go through this middleware:
    /// those for which `is_exempt` returns true, beside those of earlier calls.
    ///
    /// Compression can reveal a secret in a page that also repeats what another site put into the
    /// request (see BREACH in the README). It has to decide by the path alone, or such responses
    /// must not be cached, since they do not vary by `Accept-Encoding`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::Compression;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok("<input name=token value=7f3a>".repeat(100).into())
    /// });
    /// let app = Compression::new(app).exempt(|environ| environ.path_info() == "/account");
    /// let response = Request::get("/account").header("Accept-Encoding", "gzip").call(&app);
    /// assert!(!response.headers().contains("Content-Encoding"));
    /// ```
    #[must_use]
    pub fn exempt(mut self, is_exempt: impl Fn(&Environ) -> bool + Send + Sync + 'static) -> Self {
        self.exempt.push(Box::new(is_exempt));
        self
    }

    /// Sets the most memory of all compressors together, in bytes; 64 MiB by default. The README
    /// has the memory of one. Where there is none for the best coding, the next one that the
    /// client accepts is used, and otherwise the response is not compressed.
    #[must_use]
    pub fn max_memory_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.pool.limit = bytes)
    }

    /// Sets the level of gzip, from 1 to 9; 4 by default.
    ///
    /// # Panics
    ///
    /// The level is out of range.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::Compression;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     let lines = (0..1000).map(|number| format!("{number} bottles on the wall\n"));
    ///     Ok(lines.collect::<String>().into())
    /// });
    /// let length = |level| {
    ///     let app = Compression::new(app).gzip_level(level);
    ///     Request::get("/").header("Accept-Encoding", "gzip").call(&app).body().len()
    /// };
    /// assert!(length(9) < length(1));
    /// ```
    #[cfg(feature = "gzip")]
    #[must_use]
    #[track_caller]
    pub fn gzip_level(self, level: u8) -> Self {
        assert!((1..=9).contains(&level), "gzip has no level {level}");
        self.set(|settings| settings.levels.gzip = level)
    }

    /// Sets the quality of brotli, from 0 to 6; 5 by default. Bodies of 1 MiB and more, and those
    /// of unknown length, have at most 4. Qualities above 6 take more than 10 MiB for each
    /// response, and suit files that are compressed in advance.
    ///
    /// # Panics
    ///
    /// The quality is out of range.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::Compression;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("All work and no play. ".repeat(1000).into())
    /// });
    /// let app = Compression::new(app).brotli_quality(6);
    /// let response = Request::get("/").header("Accept-Encoding", "br").call(&app);
    /// assert_eq!(response.headers().get("Content-Encoding").unwrap(), "br");
    /// ```
    #[cfg(feature = "brotli")]
    #[must_use]
    #[track_caller]
    pub fn brotli_quality(self, quality: u8) -> Self {
        assert!(
            quality <= 6,
            "brotli's quality {quality} is not for responses"
        );
        self.set(|settings| settings.levels.brotli = quality)
    }

    /// Sets the level of zstd, from 1 to 9; 3 by default.
    ///
    /// # Panics
    ///
    /// The level is out of range.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::Compression;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("All work and no play. ".repeat(1000).into())
    /// });
    /// let app = Compression::new(app).zstd_level(9);
    /// let response = Request::get("/").header("Accept-Encoding", "zstd").call(&app);
    /// assert_eq!(response.headers().get("Content-Encoding").unwrap(), "zstd");
    /// ```
    #[cfg(feature = "zstd")]
    #[must_use]
    #[track_caller]
    pub fn zstd_level(self, level: u8) -> Self {
        assert!(
            (1..=9).contains(&level),
            "zstd's level {level} is not for responses"
        );
        self.set(|settings| settings.levels.zstd = level)
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        let settings = Arc::get_mut(&mut self.settings);
        change(settings.expect("only requests share the settings"));
        self
    }
}

impl<A: Application> Application for Compression<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if self.exempt.iter().any(|is_exempt| is_exempt(environ)) {
            return self.application.call(environ, start_response);
        }
        let wishes = Wishes::of(environ);
        if wishes.codings().next().is_some() && resumes_by_date(environ) {
            environ.remove("HTTP_RANGE");
        }
        let weak_tags = validators::weak_tags(environ);
        let filter = Compress::new(self.settings.clone(), wishes, weak_tags);
        let declaring = Declaring {
            application: &self.application,
            is_head: wishes.is_head,
        };
        let body = filtered(&declaring, filter, environ, start_response)?;
        if wishes.is_head && is_coded(start_response) {
            // The length of this body is not that of the response to GET. Of an unknown one, the
            // gateway sends no length (RFC 9110, section 9.3.2), and never the bytes.
            return Ok(Body::chunks(["\n"]));
        }
        Ok(body)
    }
}

impl<A: fmt::Debug> fmt::Debug for Compression<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compression")
            .field("application", &self.application)
            .field("levels", &self.settings.levels)
            .finish_non_exhaustive()
    }
}

/// Whether a part of a response is asked for by the date of the whole. If that was compressed, the
/// part would not fit, and its tag, which is weak, would have shown that (RFC 9110, section
/// 13.1.5).
fn resumes_by_date(environ: &Environ) -> bool {
    let condition = environ.get("HTTP_IF_RANGE");
    let is_tag = |value: &[u8]| value.starts_with(b"\"") || value.starts_with(b"W/");
    condition.is_some_and(|value| !is_tag(value.as_bytes()))
}

/// Whether the response has a coding and no length, which [`Compress`] has removed. Its head may be
/// settled already, by what the application wrote.
fn is_coded(start_response: &mut StartResponse<'_>) -> bool {
    let (exchange, _) = start_response.parts();
    let headers = &exchange.head.headers;
    headers.contains("Content-Encoding") && !headers.contains("Content-Length")
}

/// An application that declares the length of a body that is known, as its gateway would. The
/// filter of the head needs it. In an answer to HEAD, no bytes say nothing of the length that GET
/// would get (RFC 9110, section 8.6).
struct Declaring<'a, A> {
    application: &'a A,
    is_head: bool,
}

impl<A: Application> Application for Declaring<'_, A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.application.call(environ, start_response)?;
        let (exchange, _) = start_response.parts();
        let head = &mut exchange.head;
        if let Some(length) = body.len()
            && let Some(length) = length.checked_add(exchange.gathered.len() as u64)
            && !(self.is_head && length == 0)
            && head.is_started()
            && !head.is_committed()
            && !head.status.forbids_body()
            && !head.headers.contains("Content-Length")
        {
            let mut digits = Digits::default();
            head.headers.append("Content-Length", digits.of(length))?;
        }
        Ok(body)
    }
}

/// Room for a number in decimal.
#[derive(Default)]
struct Digits([u8; 20]);

impl Digits {
    fn of(&mut self, mut number: u64) -> &[u8] {
        let mut start = self.0.len();
        loop {
            start -= 1;
            self.0[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return &self.0[start..];
            }
        }
    }
}
