//! The constructors of a response.

use wsgi_application::{Body, Content, Error, Headers, Sender, Status};
use wsgi_environ::iri_to_uri;
use wsgi_middleware::challenge;

use super::{Payload, Response};

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
            payload: Payload::Own(Content::Empty),
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
    /// [`escape`](crate::escape()) first.
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
    /// line ends, are percent-encoded, and so is a `%` that begins no escape.
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
    ///
    /// A location that came from the client can be anywhere. [`Request::link`] keeps it on the
    /// host:
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    ///
    /// let app = Adaptor::new().post("/login", |request| {
    ///     Response::redirect(&request.link(request.query().get("next").unwrap_or("/")))
    /// });
    /// let location = |next| {
    ///     let response = wsgi_testing::Request::post("/login").query([("next", next)]).call(&app);
    ///     response.headers().get("Location").unwrap().to_string()
    /// };
    /// assert_eq!(location("/menu?page=2"), "/menu?page=2");
    /// assert_eq!(location("//evil.example/"), "/.//evil.example/");
    /// assert_eq!(location("https://evil.example/"), "/https://evil.example/");
    /// ```
    ///
    /// [`Request::link`]: crate::Request::link
    pub fn redirect(location: &str) -> Self {
        Self::empty(Status::SEE_OTHER).with_header("Location", iri_to_uri(location))
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

    /// Creates a response with a status, and the status as text, unless the status forbids a body,
    /// as 204 does. An error status may get a page from [`Adaptor::on_status`].
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
    #[cfg(any(unix, feature = "json"))]
    pub(super) fn failed(error: Error) -> Self {
        let mut response = Self::empty(Status::INTERNAL_SERVER_ERROR);
        response.payload = Payload::Failed(error);
        response
    }
}
