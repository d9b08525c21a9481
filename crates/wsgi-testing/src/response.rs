//! What an application answered.

use wsgi_application::Status;
use wsgi_environ::{Environ, ErrorsBuffer, Outcome};
use wsgi_gateway::Framing;
use wsgi_headers::Headers;

use crate::recording::{Recording, SentHead};

/// A response, as far as it was sent, and what else came of the request.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     environ.errors().print("out of tea");
///     environ.on_finished(|environ, outcome| {
///         environ.errors().print(format_args!("complete: {}", outcome.complete));
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
    outcome: Outcome,
    environ: Environ,
    errors: String,
}

impl Response {
    pub(crate) fn new(
        recording: Recording,
        outcome: Outcome,
        environ: Environ,
        errors: &ErrorsBuffer,
    ) -> Self {
        Self {
            head: recording.head,
            body: recording.body,
            outcome,
            environ,
            errors: errors.to_string(),
        }
    }

    /// The status.
    ///
    /// # Panics
    ///
    /// Nothing was sent, since the application said that the client had gone.
    #[must_use]
    #[track_caller]
    pub fn status(&self) -> &Status {
        &self.sent().status
    }

    /// The header fields: those of the application, in its order, and the `Content-Length`
    /// that the gateway adds. Those of the connection are a server's.
    ///
    /// # Panics
    ///
    /// As [`status`](Self::status).
    #[must_use]
    #[track_caller]
    pub fn headers(&self) -> &Headers {
        &self.sent().headers
    }

    /// How the client would find the end of the body: by a length, by the last chunk, or by
    /// the end of the connection.
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
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// It is not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is no text: {error}"),
        }
    }

    /// Whether the response was sent to its end, as its head promises.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcome.complete
    }

    /// What the hooks were told.
    ///
    /// The bytes sent are those that HTTP/1.1 without chunks and without the fields of the
    /// connection would take.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What was written to `wsgi.errors`, by the application, the gateway and hooks.
    #[must_use]
    pub fn errors(&self) -> &str {
        &self.errors
    }

    /// The environ as the application left it.
    #[must_use]
    pub fn environ(&self) -> &Environ {
        &self.environ
    }

    #[track_caller]
    fn sent(&self) -> &SentHead {
        match &self.head {
            Some(head) => head,
            None => panic!(
                "no response was sent; the errors stream says: {:?}",
                self.errors
            ),
        }
    }
}
