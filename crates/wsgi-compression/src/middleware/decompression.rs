//! The middleware that decompresses requests.

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Input;
use wsgi_headers::list_members;

use super::{
    coding::Coding,
    decoded::{Decoded, Limits},
};

/// The variables about the coded bytes: the coding, the length, and the digests of the content and
/// of the representation in its coding (RFC 9530, sections 2 and 3, and two older fields).
const OF_CODED_BYTES: [&str; 6] = [
    "HTTP_CONTENT_ENCODING",
    "CONTENT_LENGTH",
    "HTTP_CONTENT_DIGEST",
    "HTTP_CONTENT_MD5",
    "HTTP_DIGEST",
    "HTTP_REPR_DIGEST",
];

/// Middleware that decodes the bodies of requests with a `Content-Encoding` (RFC 9110, section
/// 8.4), within limits.
///
/// The application finds the decoded body in its input, and neither `HTTP_CONTENT_ENCODING` nor
/// `CONTENT_LENGTH`, since the length is not known before, nor the digests of the coded bytes. A
/// body is decoded as it is read, in memory of a constant size.
///
/// A body that becomes too large is an error of the read, [`InputError::TooLarge`], which a gateway
/// answers with 413 if the application passes it on. One that is not in the coding, or breaks off,
/// is answered with 400 in the same way. An error of the reader of the coded body stays what it is;
/// a further read fails with its kind and text. A coding that this crate was built without, or
/// several codings, are answered with 415 and the known ones in `Accept-Encoding` (sections 12.5.3
/// and 15.5.16).
///
/// A request without content, as most with GET are, goes on as it is: some clients send a
/// `Content-Encoding` with each request. So does one whose content is empty, since a front server
/// may tell both in the same way.
///
/// Few clients compress requests, and a small request can cost much more than its size. So nothing
/// is decoded without this middleware.
///
/// [`InputError::TooLarge`]: wsgi_environ::InputError::TooLarge
///
/// ```
/// use std::io::Read;
/// use wsgi_application::{Status, application};
/// use wsgi_compression::Decompression;
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     let mut text = String::new();
///     environ.input().read_to_string(&mut text)?;
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(text.to_uppercase().into())
/// });
/// let app = Decompression::new(app).max_bytes(1024);
///
/// // "hello", by gzip
/// let hello = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0";
/// let request = Request::post("/").header("Content-Encoding", "gzip").body(&hello[..]);
/// assert_eq!(request.call(&app).text(), "HELLO");
///
/// let request = Request::post("/").header("Content-Encoding", "pack200-gzip").body("...");
/// let response = request.call(&app);
/// assert_eq!(response.status(), &Status::UNSUPPORTED_MEDIA_TYPE);
/// assert!(response.headers().contains("Accept-Encoding"));
/// ```
#[derive(Clone, Debug)]
pub struct Decompression<A> {
    application: A,
    limits: Limits,
}

impl<A: Application> Decompression<A> {
    /// Wraps an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            limits: Limits {
                bytes: 10 * 1024 * 1024,
                ratio: 100,
            },
        }
    }

    /// Sets the most bytes of a decoded body; 10 MiB by default. The next byte is an error.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// Sets the most bytes for each byte of the request; 100 by default. Up to 64 KiB, a decoded
    /// body may have any ratio. Text rarely exceeds 20, and gzip allows 1,032.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::{Status, application};
    /// use wsgi_compression::{Compression, Decompression};
    /// use wsgi_testing::Request;
    ///
    /// let blank = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok(" ".repeat(1_000_000).into())
    /// });
    /// let bomb = Request::get("/").header("Accept-Encoding", "gzip").call(&Compression::new(blank));
    ///
    /// let count = application(|environ, start_response| {
    ///     let length = io::copy(environ.input(), &mut io::sink())?;
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok(length.to_string().into())
    /// });
    /// let send = |app| {
    ///     let request = Request::post("/").header("Content-Encoding", "gzip");
    ///     request.body(bomb.body()).call(&app)
    /// };
    /// assert_eq!(send(Decompression::new(count)).status(), &Status::CONTENT_TOO_LARGE);
    /// assert_eq!(send(Decompression::new(count).max_ratio(1_100)).text(), "1000000");
    /// ```
    #[must_use]
    pub fn max_ratio(mut self, ratio: u64) -> Self {
        self.limits.ratio = ratio;
        self
    }
}

impl<A: Application> Application for Decompression<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match coding_of(environ) {
            // A front server with SCGI sends a `CONTENT_LENGTH` of 0 where there is no content.
            _ if environ.input().remaining() == Some(0) => {}
            Ok(None) => {}
            Ok(Some(coding)) => {
                let decoded = Decoded::new(coding, environ.take_input(), self.limits);
                environ.set_input(Input::from_reader(decoded, None));
                for name in OF_CODED_BYTES {
                    environ.remove(name);
                }
            }
            Err(Unsupported) => {
                let codings = Coding::list();
                let headers = [
                    ("Content-Type", "text/plain"),
                    ("Accept-Encoding", &codings),
                ];
                start_response.start(Status::UNSUPPORTED_MEDIA_TYPE, headers)?;
                return Ok("415 Unsupported Media Type: the content coding is not known\n".into());
            }
        }
        self.application.call(environ, start_response)
    }
}

/// The body has a coding that cannot be decoded.
struct Unsupported;

/// The coding of a request's body. The coding `identity` stands for none.
fn coding_of(environ: &Environ) -> std::result::Result<Option<Coding>, Unsupported> {
    let Some(value) = environ.get("HTTP_CONTENT_ENCODING") else {
        return Ok(None);
    };
    let mut names =
        list_members(value.as_bytes()).filter(|name| !name.eq_ignore_ascii_case(b"identity"));
    match (names.next(), names.next()) {
        (None, _) => Ok(None),
        (Some(name), None) => Coding::of(name).map(Some).ok_or(Unsupported),
        (Some(_), Some(_)) => Err(Unsupported),
    }
}
