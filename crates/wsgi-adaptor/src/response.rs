//! A response.

use std::{
    fmt,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use wsgi_application::{Body, Error, FileWrapper, Headers, Result, StartResponse, Status};
use wsgi_cookies::SetCookie;
use wsgi_middleware::challenge;

use crate::{media_type::media_type, rooted};

/// What no URL may hold as it is (RFC 3986 section 2); a `%` is taken for an escape's.
const NOT_IN_URLS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A response: status, header fields and body.
///
/// Made by one of its constructors, then changed by the methods that follow. A field or a
/// cookie that cannot be sent makes the whole response one that cannot: the request then fails
/// with that error, and nothing malformed leaves.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Response};
/// use wsgi_application::Status;
/// use wsgi_testing::Request;
///
/// let app = Adaptor::new().get("/", |_| {
///     let status = Status::new(299, "Fine by Me")?;
///     Ok::<_, wsgi_application::Error>(
///         Response::html("<p>Hello</p>").with_status(status).with_header("Cache-Control", "no-store"),
///     )
/// });
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status().to_string(), "299 Fine by Me");
/// assert_eq!(response.headers().get("Cache-Control").unwrap(), "no-store");
/// assert_eq!(response.text(), "<p>Hello</p>");
/// ```
#[must_use]
pub struct Response {
    status: Status,
    headers: Headers,
    body: Body,
    /// The first reason for which it cannot be sent.
    failure: Option<Error>,
    /// Whether it has no content of its own, so that a page of its status may take its place.
    is_bare: bool,
}

/// Making one.
impl Response {
    /// A response with a status and without a body or a field.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_application::Status;
    ///
    /// assert_eq!(Response::empty(204).status(), &Status::NO_CONTENT);
    /// ```
    pub fn empty(status: impl TryInto<Status, Error: Into<Error>>) -> Self {
        let response = Self {
            status: Status::INTERNAL_SERVER_ERROR,
            headers: Headers::new(),
            body: Body::empty(),
            failure: None,
            is_bare: false,
        };
        response.with_status(status)
    }

    /// `200 OK` with a body of a media type.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::content("text/csv; charset=utf-8", "name,age\n");
    /// assert_eq!(response.headers().get("Content-Type").unwrap(), "text/csv; charset=utf-8");
    /// ```
    pub fn content(media_type: &str, body: impl Into<Body>) -> Self {
        let mut response = Self::empty(Status::OK).with_header("Content-Type", media_type);
        response.body = body.into();
        response
    }

    /// `200 OK` with text.
    pub fn text(text: impl Into<Body>) -> Self {
        Self::content("text/plain; charset=utf-8", text)
    }

    /// `200 OK` with HTML. What of it came from a stranger goes through
    /// [`escape`](crate::escape) first.
    pub fn html(html: impl Into<Body>) -> Self {
        Self::content("text/html; charset=utf-8", html)
    }

    /// `200 OK` with a value as JSON. One that cannot be written as JSON makes the request fail.
    ///
    /// Needs the feature `json`.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::json(&[("a", 1)]);
    /// assert_eq!(response.headers().get("Content-Type").unwrap(), "application/json");
    /// ```
    #[cfg(feature = "json")]
    pub fn json(value: &(impl serde::Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => Self::content("application/json", json),
            Err(error) => Self::failed(error.into()),
        }
    }

    /// `303 See Other`: the client goes to `location` with a GET, as it should after a form
    /// (RFC 9110 section 15.4.4). For another kind, set the [`status`](Self::with_status).
    ///
    /// The location is a URL or the path of one. What a URL cannot hold, a space or a line end, is
    /// percent-encoded; whether a location that came from the client is one of yours is for you to check.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_application::Status;
    ///
    /// let response = Response::redirect("/menu/café au lait?day=1");
    /// assert_eq!(response.headers().get("Location").unwrap(), "/menu/caf%C3%A9%20au%20lait?day=1");
    /// assert_eq!(response.status(), &Status::SEE_OTHER);
    /// ```
    pub fn redirect(location: &str) -> Self {
        let location = utf8_percent_encode(location, NOT_IN_URLS).to_string();
        Self::empty(Status::SEE_OTHER).with_header("Location", location)
    }

    /// `401 Unauthorized`: a browser asks for a user and a password, and shows the realm
    /// (RFC 7617).
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::unauthorized("Cave");
    /// assert_eq!(
    ///     response.headers().get("WWW-Authenticate").unwrap(),
    ///     r#"Basic realm="Cave", charset="UTF-8""#
    /// );
    /// ```
    pub fn unauthorized(realm: &str) -> Self {
        Self::of_status(Status::UNAUTHORIZED).with_header("WWW-Authenticate", challenge(realm))
    }

    /// A status, and itself as text. Of an error, it looks as [`Adaptor::on_status`] says.
    ///
    /// [`Adaptor::on_status`]: crate::Adaptor::on_status
    pub fn of_status(status: impl TryInto<Status, Error: Into<Error>>) -> Self {
        let mut response = Self::text("").with_status(status);
        response.body = format!("{}\n", response.status).into();
        response.is_bare = true;
        response
    }

    /// The file at a path below a folder, or `404 Not Found`.
    ///
    /// The path is a decoded one, such as [`relative_path`](crate::Request::relative_path); of it
    /// one slash at the start is ignored. It never leads out of the folder: not by `..`, not as
    /// an absolute path (`%2F` is a slash in a decoded path), not by a NUL, and not by a symbolic
    /// link that ends outside. Links that end inside are followed. Whoever can change the folder while
    /// a request runs is trusted. A folder, a device, and a file that this process may not
    /// read are not found either; files whose name begins with a dot are.
    ///
    /// `Content-Type` comes of the name's extension, and browsers are told not to guess; `Last-Modified`
    /// is the file's. It fails where the folder itself is not there.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_application::Status;
    /// use wsgi_testing::Request;
    ///
    /// let app = Adaptor::new().get("/{*path}", |request| {
    ///     Response::file("src", request.relative_path())
    /// });
    /// let response = Request::get("/lib.rs").call(&app);
    /// assert_eq!(response.body(), std::fs::read("src/lib.rs")?);
    /// let response = Request::get("/..%2FCargo.toml").call(&app);
    /// assert_eq!(response.status(), &Status::NOT_FOUND);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn file(folder: impl AsRef<Path>, path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        let (file, metadata) = match rooted::open(folder.as_ref(), path) {
            Ok(Some(found)) => found,
            Ok(None) => return Self::of_status(Status::NOT_FOUND),
            Err(error) => return Self::failed(error.into()),
        };
        let response = Self::content(media_type(path), FileWrapper::from_file(file))
            .with_header("X-Content-Type-Options", "nosniff");
        match metadata.modified() {
            Ok(time) if is_http_date(time) => {
                response.with_header("Last-Modified", httpdate::fmt_http_date(time))
            }
            _ => response,
        }
    }

    /// One that cannot be sent.
    fn failed(error: Error) -> Self {
        let mut response = Self::empty(Status::INTERNAL_SERVER_ERROR);
        response.failure = Some(error);
        response
    }
}

/// Changing it.
impl Response {
    /// Sets the status: a number, or a [`Status`] with whatever reason it has.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::text("We brew no coffee.").with_status(418);
    /// assert_eq!(response.status().code(), 418);
    /// ```
    pub fn with_status(mut self, status: impl TryInto<Status, Error: Into<Error>>) -> Self {
        match status.try_into() {
            Ok(status) => self.status = status,
            Err(error) => return self.check(Err(error)),
        }
        self
    }

    /// Sets a header field, in place of any of that name.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let result = self.headers.set(name, value);
        self.check(result)
    }

    /// Adds a header field, beside any of that name.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::text("").with_added_header("Link", "</a>").with_added_header("Link", "</b>");
    /// assert!(response.headers().get_all("Link").eq(["</a>", "</b>"]));
    /// ```
    pub fn with_added_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let result = self.headers.append(name, value);
        self.check(result)
    }

    /// Adds a cookie.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_cookies::SetCookie;
    ///
    /// let response = Response::text("").with_cookie(&SetCookie::new("theme", "dark").path("/"));
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "theme=dark; Path=/");
    /// ```
    pub fn with_cookie(self, cookie: &SetCookie) -> Self {
        match cookie.to_header_value() {
            Ok(value) => self.with_added_header("Set-Cookie", value),
            Err(error) => self.check(Err(error)),
        }
    }

    /// Sets the body.
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.is_bare = false;
        self
    }

    /// Adds the header fields that it has none of, and those of which all count: other cookies are
    /// other fields, and what a response varies with is never less.
    pub(crate) fn with_missing(mut self, fields: &Headers) -> Self {
        let own: Vec<_> = self.headers.keys().map(str::to_ascii_lowercase).collect();
        for (name, value) in fields {
            let lower = name.to_ascii_lowercase();
            if matches!(&*lower, "set-cookie" | "vary") || !own.contains(&lower) {
                self = self.with_added_header(name, value);
            }
        }
        self
    }

    /// Keeps the first error.
    fn check(mut self, result: Result<(), impl Into<Error>>) -> Self {
        if let Err(error) = result {
            self.failure.get_or_insert_with(|| error.into());
        }
        self
    }
}

/// Looking at it, and sending it.
impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether a page of its status may take its place.
    pub(crate) fn is_bare(&self) -> bool {
        self.is_bare && self.status.code() >= 400 && self.failure.is_none()
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Starts it, for applications that do without an [`Adaptor`](crate::Adaptor).
    ///
    /// # Errors
    ///
    /// A field or a cookie cannot be sent, or a response was started before.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_application::application;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     Response::text("Hello world!\n").send(start_response)
    /// });
    /// assert_eq!(Request::get("/").call(&app).text(), "Hello world!\n");
    /// ```
    pub fn send(self, start_response: &mut StartResponse<'_>) -> Result {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        start_response.start(self.status, self.headers)?;
        Ok(self.body)
    }

    /// Itself, if it can be sent.
    pub(crate) fn checked(mut self) -> Result<Self> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }
}

/// Whether a time can be written as an HTTP-date, whose years end at 9999.
fn is_http_date(time: SystemTime) -> bool {
    const YEAR_10000: u64 = 253_402_300_800;
    time.duration_since(UNIX_EPOCH)
        .is_ok_and(|since| since.as_secs() < YEAR_10000)
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("failure", &self.failure)
            .finish()
    }
}
