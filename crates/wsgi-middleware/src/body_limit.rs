//! A limit of the bodies of requests.

use std::{
    fmt,
    io::{self, BufRead, Read},
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::{Input, InputError};

/// Middleware that limits the bodies of the requests to an application.
///
/// A server has one limit for all requests, which must be that of the largest upload. This is for
/// the rest of a site, or for applications that read whole bodies into memory: programs in Python
/// or CGI, or a service behind a proxy. An `Adaptor` has limits of its own.
///
/// A request that declares more bytes is answered with 413 (RFC 9110 section 15.5.14), or by an
/// [application](Self::answer) of yours. Its body is not read then, so a client that waits for `100
/// Continue` does not send it. If the length is unknown, as in chunks, reading the byte after the
/// last one that is allowed fails with [`InputError::TooLarge`]. The server answers with 413 then,
/// too, unless the application handles the error.
///
/// Around `Decompression`, the limit is that of the bytes that were sent; inside it, of those that
/// the application reads.
///
/// ```
/// use std::io::Read;
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{BodyLimit, Mounts};
/// use wsgi_testing::Request;
///
/// let echo = application(|environ, start_response| {
///     let mut text = String::new();
///     environ.input().read_to_string(&mut text)?;
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(text.into())
/// });
/// let site = Mounts::new().mount("/echo", BodyLimit::new(echo, 5));
///
/// let send = |body: &'static str| Request::post("/echo").body(body).call(&site);
/// assert_eq!(send("hello").text(), "hello");
/// assert_eq!(send("hello!").status(), &Status::CONTENT_TOO_LARGE);
/// ```
pub struct BodyLimit<A> {
    application: A,
    max_bytes: u64,
    answer: Box<dyn Application>,
}

impl<A: Application> BodyLimit<A> {
    /// Limits the bodies of the requests to an application to a number of bytes.
    #[must_use]
    pub fn new(application: A, max_bytes: u64) -> Self {
        Self {
            application,
            max_bytes,
            answer: Box::new(content_too_large),
        }
    }

    /// Sets the application that answers requests which declare a body that is too large. It should
    /// send the status 413. It must not read the body, which is not limited there.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{BodyLimit, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let sorry = application(|_environ, start_response| {
    ///     start_response.start(Status::CONTENT_TOO_LARGE, [("Content-Type", "text/html")])?;
    ///     Ok("<p>Pictures may have up to 5 MB.".into())
    /// });
    /// let site = BodyLimit::new(not_found, 5_000_000).answer(sorry);
    /// let response = Request::post("/").body(vec![0; 5_000_001]).call(&site);
    /// assert_eq!(response.text(), "<p>Pictures may have up to 5 MB.");
    /// ```
    #[must_use]
    pub fn answer(mut self, application: impl Application + 'static) -> Self {
        self.answer = Box::new(application);
        self
    }
}

impl<A: Application> Application for BodyLimit<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let length = environ.input().remaining();
        if length.or_else(|| environ.content_length()) > Some(self.max_bytes) {
            return self.answer.call(environ, start_response);
        }
        if length.is_none() {
            let limited = Limited {
                input: environ.take_input(),
                left: self.max_bytes,
            };
            environ.set_input(Input::from_source(limited));
        }
        self.application.call(environ, start_response)
    }
}

fn content_too_large(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::CONTENT_TOO_LARGE, [("Content-Type", "text/plain")])?;
    Ok("413 Content Too Large: this page takes no body of this size\n".into())
}

impl<A: fmt::Debug> fmt::Debug for BodyLimit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyLimit")
            .field("application", &self.application)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// A body of unknown length, of which a number of bytes may still be read.
struct Limited {
    input: Input,
    left: u64,
}

impl BufRead for Limited {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let filled = self.input.fill_buf()?;
        let most = usize::try_from(self.left).map_or(filled.len(), |left| left.min(filled.len()));
        match (most, filled) {
            (0, [_, ..]) => Err(InputError::TooLarge.into()),
            (most, filled) => Ok(&filled[..most]),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.left = self.left.saturating_sub(amount as u64);
    }
}

impl Read for Limited {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}
