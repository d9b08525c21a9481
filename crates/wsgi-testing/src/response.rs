//! The response of an application.

use wsgi_application::Status;
use wsgi_environ::{Environ, ErrorsBuffer, Outcome};
use wsgi_gateway::Framing;
use wsgi_headers::Headers;

use crate::{
    recording::{Recording, SentHead},
    url::Url,
};

/// A response as far as it was sent, with its log, its outcome and the environ.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     environ.errors().print("out of tea");
///     environ.on_finished(|environ, outcome| {
///         environ.errors().print(format_args!("complete: {}", outcome.is_complete()));
///     });
///     start_response.start(Status::new(418, "I'm a teapot")?, [("Content-Type", "text/plain")])?;
///     Ok("Sorry.\n".into())
/// });
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status().reason(), "I'm a teapot");
/// assert_eq!(response.headers().get("content-type").unwrap(), "text/plain");
/// assert_eq!(response.headers().get("content-length").unwrap(), "7");
/// assert_eq!(response.text(), "Sorry.\n");
/// assert!(response.is_complete());
/// assert_eq!(response.errors(), "out of tea\ncomplete: true\n");
/// ```
#[derive(Debug)]
pub struct Response {
    head: Option<SentHead>,
    body: Vec<u8>,
    pub(crate) url: Url,
    outcome: Outcome,
    environ: Environ,
    errors: String,
}

impl Response {
    pub(crate) fn new(
        recording: Recording,
        url: Url,
        outcome: Outcome,
        environ: Environ,
        errors: &ErrorsBuffer,
    ) -> Self {
        Self {
            head: recording.head,
            body: recording.body,
            url,
            outcome,
            environ,
            errors: errors.to_string(),
        }
    }

    /// The status.
    ///
    /// # Panics
    ///
    /// Nothing was sent, since the application reported that the client is gone.
    #[must_use]
    #[track_caller]
    pub fn status(&self) -> &Status {
        &self.sent().status
    }

    /// The header fields of the application, in its order, and the `Content-Length` that the
    /// gateway adds. There are no fields of the connection, which a server adds.
    ///
    /// # Panics
    ///
    /// As [`status`](Self::status).
    #[must_use]
    #[track_caller]
    pub fn headers(&self) -> &Headers {
        &self.sent().headers
    }

    /// The framing: a length, a last chunk or the end of the connection marks the end of the body.
    ///
    /// # Panics
    ///
    /// As [`status`](Self::status).
    #[must_use]
    #[track_caller]
    pub fn framing(&self) -> Framing {
        self.sent().framing
    }

    /// The body, without its framing.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::{Request, Response};
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "image/gif")])?;
    ///     Ok(b"GIF89a".to_vec().into())
    /// });
    /// let response: Response = Request::get("/dot.gif").call(&app);
    /// assert_eq!(response.body(), b"GIF89a");
    /// ```
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// The body is not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is not text: {error}"),
        }
    }

    /// The URL of the request, which is the last one if a [`Client`](crate::Client) has followed
    /// redirects. Nothing is decoded in it.
    ///
    /// ```
    /// use wsgi_application::application;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, _start_response| Ok("".into()));
    /// let response = Request::get("/caf%C3%A9?q").call(&app);
    /// assert_eq!(response.url(), "http://127.0.0.1/caf%C3%A9?q");
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Whether the response was sent to the end that its head promises.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcome.is_complete()
    }

    /// The outcome that the hooks received.
    ///
    /// The bytes sent are those of HTTP/1.1 without chunks and without fields of the connection.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Everything that the application, the gateway and hooks wrote to `wsgi.errors`.
    #[must_use]
    pub fn errors(&self) -> &str {
        &self.errors
    }

    /// The environ as the application left it.
    #[must_use]
    pub fn environ(&self) -> &Environ {
        &self.environ
    }

    /// For a message about what the response lacks: what may be the reason, as sentences after
    /// others. Empty if all is well.
    pub(crate) fn trouble(&self) -> String {
        let mut text = String::new();
        if let Some(head) = &self.head
            && !(200..300).contains(&head.status.code())
        {
            text += &format!(". Its status is {}", head.status);
        }
        if !self.errors.is_empty() {
            text += &format!(". The errors stream has:\n{}", self.errors);
        }
        text
    }

    /// Whether a head was sent.
    pub(crate) fn is_sent(&self) -> bool {
        self.head.is_some()
    }

    #[track_caller]
    fn sent(&self) -> &SentHead {
        match &self.head {
            Some(head) => head,
            None => panic!(
                "no response was sent; the errors stream has {:?}",
                self.errors
            ),
        }
    }
}
