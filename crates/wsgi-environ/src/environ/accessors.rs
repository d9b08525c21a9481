//! The variables that nearly every program asks for.

use wsgi_headers::{NameSet, Value};

use crate::{content_length::decimal, environ::Environ, live::KnownField};

/// The variable with the request's id, as in Apache.
pub(super) const REQUEST_ID: &str = "UNIQUE_ID";

/// Common variables. These methods are faster than [`get`](Self::get). Where one returns no
/// `Option`, an absent variable reads as empty.
impl Environ {
    /// `REQUEST_METHOD`, case-sensitive (RFC 3875 section 4.1.12).
    #[must_use]
    pub fn request_method(&self) -> Value<'_> {
        self.value_or_empty("REQUEST_METHOD")
    }

    /// `SCRIPT_NAME`: the decoded path of the application's mount (RFC 3875 section 4.1.13).
    #[must_use]
    pub fn script_name(&self) -> Value<'_> {
        self.value_or_empty("SCRIPT_NAME")
    }

    /// `PATH_INFO`: the decoded path below the application's mount (RFC 3875 section 4.1.5).
    #[must_use]
    pub fn path_info(&self) -> Value<'_> {
        self.value_or_empty("PATH_INFO")
    }

    /// `QUERY_STRING`, still encoded (RFC 3875 section 4.1.7).
    #[must_use]
    pub fn query_string(&self) -> Value<'_> {
        self.value_or_empty("QUERY_STRING")
    }

    /// `SERVER_PROTOCOL`, such as `HTTP/1.1` (RFC 3875 section 4.1.16).
    #[must_use]
    pub fn server_protocol(&self) -> Value<'_> {
        self.value_or_empty("SERVER_PROTOCOL")
    }

    /// `CONTENT_TYPE` (RFC 3875 section 4.1.3); `None` if it is absent or empty, which PEP 3333
    /// does not distinguish.
    #[must_use]
    pub fn content_type(&self) -> Option<Value<'_>> {
        self.get("CONTENT_TYPE").filter(|value| !value.is_empty())
    }

    /// `CONTENT_LENGTH` in bytes (RFC 3875 section 4.1.2); `None` if it is absent, empty or not a
    /// decimal number below 2^64.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("QUERY_STRING", "day=7");
    /// environ.set("SERVER_PROTOCOL", "HTTP/1.1");
    /// environ.set("CONTENT_TYPE", "text/plain");
    /// environ.set("CONTENT_LENGTH", "12");
    /// assert_eq!(environ.query_string(), "day=7");
    /// assert_eq!(environ.server_protocol(), "HTTP/1.1");
    /// assert_eq!(environ.content_type().unwrap(), "text/plain");
    /// assert_eq!(environ.content_length(), Some(12));
    /// environ.set("CONTENT_LENGTH", "twelve");
    /// assert_eq!(environ.content_length(), None);
    /// ```
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        decimal(self.get("CONTENT_LENGTH")?.as_bytes())
    }

    /// `REQUEST_URI`, the target as received; `None` if a front server did not pass it.
    #[must_use]
    pub fn request_uri(&self) -> Option<Value<'_>> {
        self.find("REQUEST_URI")
    }

    /// The request line as received, without its end (RFC 9112 section 3): `REQUEST_METHOD`,
    /// `REQUEST_URI` and `SERVER_PROTOCOL`, with a space between each two. `None` if the request
    /// came without one, as from a front server, or if one of these variables was changed since.
    ///
    /// It is the text that a log of requests begins with, in one piece.
    ///
    /// ```
    /// use wsgi_environ::{Environ, Received};
    ///
    /// let mut environ = Environ::new();
    /// let received = Received {
    ///     head: b"GET /greet HTTP/1.1\r\n\r\n",
    ///     method: (0, 3),
    ///     target: (4, 10),
    ///     path: (4, 10),
    ///     has_escapes: false,
    ///     query: (10, 10),
    ///     authority: None,
    ///     protocol: "HTTP/1.1",
    /// };
    /// environ.receive(&received, []);
    /// assert_eq!(environ.request_line().unwrap(), "GET /greet HTTP/1.1");
    /// environ.set("REQUEST_METHOD", "HEAD");
    /// assert!(environ.request_line().is_none());
    /// ```
    #[must_use]
    pub fn request_line(&self) -> Option<Value<'_>> {
        const WORDS: [&str; 3] = ["REQUEST_METHOD", "REQUEST_URI", "SERVER_PROTOCOL"];
        let is_changed = |name: &&str| self.changes.get(name).is_some();
        if self.changes.may_have(NameSet::of(&WORDS)) && WORDS.iter().any(is_changed) {
            return None;
        }
        self.request.line().map(Value::new)
    }

    /// `REMOTE_ADDR`, the address of the client (RFC 3875 section 4.1.8). It is empty for a Unix
    /// socket.
    #[must_use]
    pub fn remote_addr(&self) -> Option<Value<'_>> {
        self.find("REMOTE_ADDR")
    }

    /// `REMOTE_USER`, the authenticated user (RFC 3875 section 4.1.11).
    #[must_use]
    pub fn remote_user(&self) -> Option<Value<'_>> {
        self.find("REMOTE_USER")
    }

    /// `UNIQUE_ID`, the id of the request, if it was [given](Self::set_request_id) one.
    #[must_use]
    pub fn request_id(&self) -> Option<Value<'_>> {
        self.find(REQUEST_ID)
    }

    /// `HTTP_HOST`, the host that the client asks for (RFC 9110 section 7.2).
    #[must_use]
    pub fn host(&self) -> Option<Value<'_>> {
        self.field(KnownField::HOST)
    }

    /// `HTTP_REFERER`, the page whose link the client follows (RFC 9110 section 10.1.3).
    #[must_use]
    pub fn referer(&self) -> Option<Value<'_>> {
        self.field(KnownField::REFERER)
    }

    /// `HTTP_USER_AGENT`, the name of the client's program (RFC 9110 section 10.1.5).
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// assert!(environ.user_agent().is_none());
    /// environ.set("HTTP_USER_AGENT", "curl/8");
    /// environ.set("HTTP_HOST", "example.org");
    /// environ.set("REQUEST_URI", "/a%20b");
    /// environ.set("REMOTE_ADDR", "192.0.2.7");
    /// environ.set("REMOTE_USER", "ada");
    /// assert_eq!(environ.user_agent().unwrap(), "curl/8");
    /// assert_eq!(environ.host().unwrap(), "example.org");
    /// assert_eq!(environ.request_uri().unwrap(), "/a%20b");
    /// assert_eq!(environ.remote_addr().unwrap(), "192.0.2.7");
    /// assert_eq!(environ.remote_user().unwrap(), "ada");
    /// assert!(environ.referer().is_none() && environ.request_id().is_none());
    /// ```
    #[must_use]
    pub fn user_agent(&self) -> Option<Value<'_>> {
        self.field(KnownField::USER_AGENT)
    }
}
