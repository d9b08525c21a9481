//! A response.

use std::fmt;
#[cfg(unix)]
use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use wsgi_application::{
    Body, Content, Environ, Error, Headers, Result, Sender, StartResponse, Status,
};
use wsgi_cookies::SetCookie;
use wsgi_files::select_part;
#[cfg(unix)]
use wsgi_files::{FilePath, Folder, Found, Source, SourceError, SourceFile, media_type};
use wsgi_middleware::challenge;

/// The characters that are escaped in a URL (RFC 3986 section 2). A `%` begins an
/// escape.
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
/// It is made by a constructor and then changed by the `with_` methods. If a field or a cookie is
/// invalid, the request fails with that error, and nothing malformed is sent.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Response};
/// use wsgi_application::Status;
/// use wsgi_testing::Request;
///
/// let app = Adaptor::new().get("/", |_| {
///     let status = Status::new(299, "Fine by Me")?;
///     Ok::<_, wsgi_application::Error>(
///         Response::html("<p>Hello</p>")
///             .with_status(status)
///             .with_header("Cache-Control", "no-store"),
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
    payload: Payload,
}

/// The rest of a response. It is one value, because a response is passed on often, and is an error
/// of hooks, which must not be large.
#[derive(Debug)]
enum Payload {
    Own(Body),
    /// A line with the status. The page of the status may replace it.
    OfStatus,
    /// The first error that makes it impossible to send the response.
    Failed(Error),
}

/// Constructors.
impl Response {
    /// Creates a response with a status, without a body or header fields.
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
            payload: Payload::Own(Body::empty()),
        };
        response.with_status(status)
    }

    /// Creates a `200 OK` with a body of a media type.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::content("text/csv; charset=utf-8", "name,age\n");
    /// assert_eq!(response.headers().get("Content-Type").unwrap(), "text/csv; charset=utf-8");
    /// ```
    pub fn content(media_type: &str, body: impl Into<Body>) -> Self {
        Self::empty(Status::OK)
            .with_header("Content-Type", media_type)
            .with_body(body)
    }

    /// Creates a `200 OK` with plain text.
    pub fn text(text: impl Into<Body>) -> Self {
        Self::content("text/plain; charset=utf-8", text)
    }

    /// Creates a `200 OK` with HTML. Text from a stranger must go through
    /// [`escape`](crate::escape) first.
    pub fn html(html: impl Into<Body>) -> Self {
        Self::content("text/html; charset=utf-8", html)
    }

    /// Creates a `200 OK` with a value as JSON. If the value cannot be written as JSON, the request
    /// fails.
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

    /// Creates a `303 See Other`: the client goes to `location` with a GET, as it should after a
    /// form (RFC 9110 section 15.4.4). For another redirect, set the [status](Self::with_status).
    ///
    /// The location is a URL or a path. Characters that a URL cannot contain, such as spaces and
    /// line ends, are percent-encoded. If the location came from the client, check first that it
    /// leads to your site.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    /// use wsgi_application::Status;
    ///
    /// let response = Response::redirect("/menu/café au lait?day=1");
    /// let location = response.headers().get("Location").unwrap();
    /// assert_eq!(location, "/menu/caf%C3%A9%20au%20lait?day=1");
    /// assert_eq!(response.status(), &Status::SEE_OTHER);
    /// ```
    pub fn redirect(location: &str) -> Self {
        let location = utf8_percent_encode(location, NOT_IN_URLS).to_string();
        Self::empty(Status::SEE_OTHER).with_header("Location", location)
    }

    /// Creates a `401 Unauthorized`: a browser asks for a user and a password, and shows the realm
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

    /// Creates a response with a status, and the status as text. An error status may get a page
    /// from [`Adaptor::on_status`].
    ///
    /// [`Adaptor::on_status`]: crate::Adaptor::on_status
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// let gone = |_: &Request<'_>| Response::of_status(410);
    /// let app = Adaptor::new().get("/old", gone);
    /// let response = wsgi_testing::Request::get("/old").call(&app);
    /// assert_eq!((response.status().code(), response.text()), (410, "410 Gone\n"));
    /// ```
    pub fn of_status(status: impl TryInto<Status, Error: Into<Error>>) -> Self {
        Self::text("")
            .with_status(status)
            .with_payload(Payload::OfStatus)
    }

    /// Creates a response with the file at a path inside a folder, or `404 Not Found`.
    ///
    /// The path is decoded, as [`relative_path`](crate::Request::relative_path) is. One slash at
    /// its start is ignored. The path never leads out of the folder: not by `..`, not by an
    /// absolute path (`%2F` is a slash in a decoded path), not by NUL, and not by a symbolic link
    /// that ends outside. Links that end inside are followed. Processes that can change the folder
    /// during a request are trusted.
    ///
    /// Folders, devices, and files that this process may not read are not found. Files whose name
    /// begins with a dot are served.
    ///
    /// `Content-Type` depends on the extension, and browsers are told not to guess. `Last-Modified`
    /// is the time of the file, and `ETag` its time and length. As for every response with a file
    /// and one of these fields, the adaptor answers conditions and ranges of the request (RFC 9110,
    /// sections 13 and 14). With the status of an error, it removes them: they are not about the
    /// URL that the file stands in for. If the folder itself does not exist, the request fails.
    ///
    /// For a whole tree of files, `wsgi_files::Files` does more. Both need Unix.
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
    #[cfg(unix)]
    pub fn file(folder: impl AsRef<Path>, path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let found = match (Folder::open(folder), FilePath::new(path)) {
            (Err(error), _) => return Self::failed(error.into()),
            (Ok(_), None) => return Self::of_status(Status::NOT_FOUND),
            (Ok(folder), Some(path)) => folder.open(&path).map(|found| (found, path)),
        };
        match found {
            Ok((Found::File(file), path)) => Self::source_file(file, &path),
            Ok((Found::Folder, _)) | Err(SourceError::NotFound | SourceError::Denied) => {
                Self::of_status(Status::NOT_FOUND)
            }
            Err(error) => Self::failed(error.into()),
        }
    }

    #[cfg(unix)]
    fn source_file(file: SourceFile, path: &FilePath<'_>) -> Self {
        let fields: Vec<_> = file.validators().fields().collect();
        let response = match file.into_body() {
            Ok(body) => Self::content(&media_type(path), body),
            Err(error) => return Self::failed(error.into()),
        };
        let response = response.with_header("X-Content-Type-Options", "nosniff");
        fields
            .into_iter()
            .fold(response, |response, (name, value)| {
                response.with_header(name, value)
            })
    }

    /// Creates a `200 OK` with server-sent events, and the sender of its [events](crate::Event)
    /// (WHATWG HTML, "Server-sent events"). The response is open until the last clone of the sender
    /// is dropped, and holds no thread meanwhile. At most `limit` bytes wait for a slow client:
    /// see [`Body::channel`].
    ///
    /// Caches are told not to keep it, and nginx not to buffer it (`X-Accel-Buffering`).
    ///
    /// Send a [comment](crate::Event::comment) if there has been no event for some time, say 15
    /// seconds, so that no proxy takes the connection for dead.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Event, Request, Response, Result};
    ///
    /// fn countdown(request: &Request<'_>) -> Result<Response> {
    ///     let last = request.last_event_id().and_then(|id| id.to_str().ok()?.parse().ok());
    ///     let (sender, response) = Response::events(64 * 1024);
    ///     std::thread::spawn(move || -> Result<()> {
    ///         for number in (1..last.unwrap_or(4)).rev() {
    ///             sender.send(Event::data(format!("in {number}")).with_id(number)?)?;
    ///         }
    ///         Ok(())
    ///     });
    ///     Ok(response)
    /// }
    ///
    /// let app = Adaptor::new().get("/countdown", countdown);
    /// let request = wsgi_testing::Request::get("/countdown").header("Last-Event-ID", "3");
    /// let response = request.call(&app);
    /// assert_eq!(response.headers().get("Content-Type").unwrap(), "text/event-stream");
    /// assert_eq!(response.text(), "id: 2\ndata: in 2\n\nid: 1\ndata: in 1\n\n");
    /// ```
    pub fn events(limit: usize) -> (Sender, Self) {
        let (sender, body) = Body::channel(limit);
        let response = Self::content("text/event-stream", body)
            .with_header("Cache-Control", "no-store")
            .with_header("X-Accel-Buffering", "no");
        (sender, response)
    }

    /// Creates a response that cannot be sent.
    fn failed(error: Error) -> Self {
        let mut response = Self::empty(Status::INTERNAL_SERVER_ERROR);
        response.payload = Payload::Failed(error);
        response
    }
}

/// Changes.
impl Response {
    /// Sets the status: a number, or a [`Status`] with a reason of its own.
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

    /// Sets a header field. It replaces all fields of this name.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let result = self.headers.set(name, value);
        self.check(result)
    }

    /// Adds a header field. It keeps other fields of this name.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::text("")
    ///     .with_added_header("Link", "</a>")
    ///     .with_added_header("Link", "</b>");
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

    /// Has browsers save the response under a name, instead of showing it (RFC 6266). They take the
    /// last component of a path, and replace characters that their system does not allow. Control
    /// characters become `_` here, since a field cannot have them.
    ///
    /// ```
    /// use wsgi_adaptor::Response;
    ///
    /// let response = Response::content("text/csv", "tea,2\n").download_as("orders 2026.csv");
    /// let disposition = response.headers().get("Content-Disposition").unwrap();
    /// assert_eq!(disposition, "attachment; filename=\"orders 2026.csv\"");
    /// let response = response.download_as("menü.csv");
    /// let disposition = response.headers().get("Content-Disposition").unwrap();
    /// assert_eq!(disposition, "attachment; filename*=UTF-8''men%C3%BC.csv");
    /// ```
    pub fn download_as(mut self, name: &str) -> Self {
        const FIELD: &str = "Content-Disposition";
        let name = name.replace(|character: char| character.is_ascii_control(), "_");
        let parameters = (!name.is_empty()).then_some(("filename", &*name));
        self.headers.remove(FIELD);
        let result = self.headers.add_header(FIELD, "attachment", parameters);
        self.check(result)
    }

    /// Sets the body.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// let teapot = |_: &Request<'_>| Response::of_status(418).with_body("Tea?\n");
    /// let app = Adaptor::new().get("/", teapot);
    /// assert_eq!(wsgi_testing::Request::get("/").call(&app).text(), "Tea?\n");
    /// ```
    pub fn with_body(self, body: impl Into<Body>) -> Self {
        self.with_payload(Payload::Own(body.into()))
    }

    fn with_payload(mut self, payload: Payload) -> Self {
        if !matches!(self.payload, Payload::Failed(_)) {
            self.payload = payload;
        }
        self
    }

    /// Adds the header fields that this response lacks. `Set-Cookie` and `Vary` are always added,
    /// since every one of them counts.
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
    fn check(self, result: Result<(), impl Into<Error>>) -> Self {
        match result {
            Ok(()) => self,
            Err(error) => self.with_payload(Payload::Failed(error.into())),
        }
    }
}

/// Access and sending.
impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether the page of its status may replace it.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.payload, Payload::OfStatus) && self.status.code() >= 400
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Sends the response, for applications without an [`Adaptor`](crate::Adaptor).
    ///
    /// # Errors
    ///
    /// A field or a cookie is invalid, or a response was already started.
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
        let body = match self.payload {
            Payload::Own(body) => body,
            Payload::OfStatus => format!("{}\n", self.status).into(),
            Payload::Failed(failure) => return Err(failure),
        };
        start_response.start(self.status, self.headers)?;
        Ok(body)
    }

    /// Reduces a file to what the conditions and ranges of the request ask for.
    pub(crate) fn select(&mut self, environ: &Environ) -> Result<()> {
        let Payload::Own(body) = &mut self.payload else {
            return Ok(());
        };
        *body = match std::mem::take(body).into_content() {
            file @ Content::File(_) => {
                if self.status.code() >= 400 {
                    // They are about the file, and caches would keep the error with them (RFC
                    // 9111 section 4.2.2).
                    self.headers.remove("ETag");
                    self.headers.remove("Last-Modified");
                }
                select_part(environ, &mut self.status, &mut self.headers, file.into())?
            }
            content => content.into(),
        };
        Ok(())
    }

    /// Whether it is sent as it is: it can be sent, and no page replaces it.
    pub(crate) fn is_whole(&self) -> bool {
        !matches!(self.payload, Payload::Failed(_)) && !self.is_bare()
    }

    /// Returns the response itself, if it can be sent.
    pub(crate) fn checked(self) -> Result<Self> {
        match self.payload {
            Payload::Failed(failure) => Err(failure),
            payload => Ok(Self { payload, ..self }),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("payload", &self.payload)
            .finish()
    }
}
