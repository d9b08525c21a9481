//! A response.

mod attachment;
mod changes;
mod constructors;
#[cfg(unix)]
mod file;

use std::fmt;

use wsgi_application::{
    Body, Content, Environ, Error, Headers, Result, StartError, StartResponse, Status,
};
use wsgi_environ::{HOP_BY_HOP, is_hop_by_hop};
use wsgi_files::select_part;

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
    Own(Content),
    /// A line with the status. The page of the status may replace it.
    OfStatus,
    /// The first error that makes it impossible to send the response.
    Failed(Error),
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

    /// Sends the response, for applications without an [`Adaptor`](crate::Adaptor). With a status
    /// that forbids a body (204, 205, 304), it has none, and lacks the fields that would be wrong
    /// without it. Only a 304 may have a `Content-Length`: that of the page that the client has.
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
    pub fn send(mut self, start_response: &mut StartResponse<'_>) -> Result {
        let body = match self.payload {
            Payload::Failed(failure) => return Err(failure),
            _ if self.status.forbids_body() => Body::empty(),
            Payload::Own(content) => content.into(),
            Payload::OfStatus => format!("{}\n", self.status).into(),
        };
        for name in without_content(&self.status) {
            self.headers.remove(name);
        }
        start_response.start(self.status, self.headers)?;
        Ok(body)
    }

    /// Returns the response with as much of its file as the conditions and ranges of the request
    /// ask for. A request that they refuse is answered with a bare response. Without a file,
    /// nothing changes.
    pub(crate) fn selected(mut self, environ: &Environ) -> Result<Self> {
        let Payload::Own(content @ Content::File(_)) = &mut self.payload else {
            return Ok(self);
        };
        if self.status.code() >= 400 {
            // They are about the file, and caches would keep the error with them (RFC 9111 section
            // 4.2.2).
            self.headers.remove("ETag");
            self.headers.remove("Last-Modified");
            return Ok(self);
        }
        let file = std::mem::replace(content, Content::Empty).into();
        let body = select_part(environ, &mut self.status, &mut self.headers, file)?;
        let is_refused = self.status.code() >= 400;
        Ok(self.with_payload(match is_refused {
            true => Payload::OfStatus,
            false => Payload::Own(body.into_content()),
        }))
    }

    /// Whether it has a file, of which the request may ask for a part.
    pub(crate) fn has_file(&self) -> bool {
        matches!(self.payload, Payload::Own(Content::File(_)))
    }

    /// Whether it is sent as it is: it can be sent, no page replaces it, and it has no file.
    pub(crate) fn is_plain(&self) -> bool {
        let may_be_whole = match &self.payload {
            Payload::Own(content) => !matches!(content, Content::File(_)),
            Payload::OfStatus => !self.is_bare(),
            Payload::Failed(_) => false,
        };
        may_be_whole && self.hop_by_hop().is_none()
    }

    /// The name of a field that only a server may send.
    fn hop_by_hop(&self) -> Option<&str> {
        if !self.headers.may_have(HOP_BY_HOP) {
            return None;
        }
        self.headers.find_name(|name| is_hop_by_hop(name))
    }

    /// Returns the response itself, if it can be sent.
    pub(crate) fn checked(self) -> Result<Self> {
        if let Payload::Failed(failure) = self.payload {
            return Err(failure);
        }
        if let Some(name) = self.hop_by_hop() {
            return Err(StartError::HopByHop(name.to_owned()).into());
        }
        Ok(self)
    }
}

/// The fields that a response with this status does not have, since it has no content (RFC 9110
/// sections 8.6, 15.3.5, 15.3.6 and 15.4.5, and RFC 9530 section 2).
fn without_content(status: &Status) -> &'static [&'static str] {
    match status.code() {
        204 => &[
            "Content-Type",
            "Content-Length",
            "Content-Range",
            "Content-Digest",
        ],
        // It may have a type: Python's validator demands one.
        205 => &["Content-Length", "Content-Range", "Content-Digest"],
        // A cache does not need them to update its page.
        304 => &[
            "Content-Type",
            "Content-Encoding",
            "Content-Language",
            "Content-Range",
            "Content-Digest",
        ],
        _ => &[],
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
