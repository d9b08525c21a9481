//! Ids of requests, for clients and logs.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use wsgi_application::{
    Application, Environ, ErrorFields, Filter, Head, Headers, Result, Scope, StartResponse,
    filtered,
};
use wsgi_environ::Network;

use crate::{
    digits::{MAX_DIGITS, write_number},
    proxies::trusted_peers::TrustedPeers,
    trace_id::trace_id,
};

const FIELD: &str = "X-Request-ID";

/// The longest id that is accepted from a client, in bytes. One of HAProxy with two IPv6 addresses
/// has about 95.
const LONGEST: usize = 128;

/// The length of a prefix: its digits and a hyphen.
const PREFIX: usize = 17;

/// The length of the longest id of a server's own.
const OWN: usize = PREFIX + MAX_DIGITS;

/// Middleware that gives each request an id. The id is in the variable `UNIQUE_ID`, as in Apache,
/// and begins the request's entries in the log. It is also in the field `X-Request-ID` of the
/// response, even if that is the server's error page.
///
/// An id is 16 hexadecimal digits that are random for each `RequestId`, a hyphen, and a number that
/// counts up. Ids are unique but can be guessed, so they must not serve as secrets. A `UNIQUE_ID`
/// set by the server is kept, and so is an `X-Request-ID` set by the application.
///
/// Put it around all other middleware, so that their responses have the field, too.
///
/// If [`trust_traceparent`](Self::trust_traceparent) is set, the variable `TRACE_ID` has the id of
/// the trace that the request belongs to.
///
/// ```
/// use wsgi_application::application;
/// use wsgi_middleware::RequestId;
/// use wsgi_testing::Request;
///
/// let app = RequestId::new(application(|_environ, _start_response| Err("out of tea".into())));
/// let response = Request::get("/").call(&app);
/// let id = response.headers().get("X-Request-ID").unwrap();
/// assert!(response.errors().starts_with(&format!("[{id}] GET \"/\": out of tea\n")));
/// ```
pub struct RequestId<A> {
    application: A,
    trusts_header: bool,
    trusts_traceparent: bool,
    peers: TrustedPeers,
    prefix: [u8; PREFIX],
    next: AtomicU64,
}

impl<A: Application> RequestId<A> {
    /// Gives ids to the requests of an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            trusts_header: false,
            trusts_traceparent: false,
            peers: TrustedPeers::default(),
            // The hashers of the standard library are randomly keyed.
            prefix: prefix(RandomState::new().hash_one(())),
            next: AtomicU64::new(1),
        }
    }

    /// Sets whether the `X-Request-ID` of a request becomes its id; `false` by default.
    ///
    /// Use it if a front server sets the field itself. [Name](Self::trust) that server if a client
    /// can reach this one directly, because a client could give two requests the same id. An id of
    /// more than 128 bytes, or with characters other than ASCII letters, digits and `-._~+/=:@`, is
    /// ignored.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::RequestId;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let app = RequestId::new(app).trust_header(true);
    /// let response = Request::get("/").header("X-Request-ID", "7f-3").call(&app);
    /// assert_eq!(response.headers().get("X-Request-ID").unwrap(), "7f-3");
    /// ```
    #[must_use]
    pub fn trust_header(mut self, trusts_header: bool) -> Self {
        self.trusts_header = trusts_header;
        self
    }

    /// Sets whether the `traceparent` of a request (W3C Trace Context) sets the variable `TRACE_ID`
    /// to its trace id; `false` by default.
    ///
    /// Use it as [`trust_header`](Self::trust_header). Several requests can belong to one trace, so
    /// their ids stay different from its id. An invalid field is ignored.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::RequestId;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("TRACE_ID").map(|id| id.to_string()).unwrap_or_default().into())
    /// });
    /// let app = RequestId::new(app).trust_traceparent(true);
    /// let response = Request::get("/")
    ///     .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    ///     .call(&app);
    /// assert_eq!(response.text(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// ```
    #[must_use]
    pub fn trust_traceparent(mut self, trusts_traceparent: bool) -> Self {
        self.trusts_traceparent = trusts_traceparent;
        self
    }

    /// Trusts these fields from the peers in a network, in addition to others that are named, and
    /// no longer from everybody. By default nobody is named, and every peer is trusted.
    ///
    /// The peer is the one of the connection, so put a [`TrustedProxies`](crate::TrustedProxies),
    /// which changes `REMOTE_ADDR`, within.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::RequestId;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("hello".into())
    /// });
    /// let app = RequestId::new(app).trust_header(true).trust("10.0.0.0/8".parse()?);
    /// let request = |address| {
    ///     let request = Request::get("/").header("X-Request-ID", "7f-3");
    ///     request.variable("REMOTE_ADDR", address).call(&app)
    /// };
    /// assert_eq!(request("10.0.0.1").headers().get("X-Request-ID").unwrap(), "7f-3");
    /// assert_ne!(request("192.0.2.7").headers().get("X-Request-ID").unwrap(), "7f-3");
    /// # Ok::<(), wsgi_environ::InvalidNetwork>(())
    /// ```
    #[must_use]
    pub fn trust(mut self, network: Network) -> Self {
        self.peers.networks.push(network);
        self
    }

    /// Sets whether the peer at a Unix socket is one of the [named](Self::trust) ones; `false` by
    /// default. Such a peer has an empty `REMOTE_ADDR`, or `unix:` in some front servers.
    #[must_use]
    pub fn trust_unix(mut self, trusts_unix: bool) -> Self {
        self.peers.unix = trusts_unix;
        self
    }

    fn is_trusted(&self, environ: &Environ) -> bool {
        self.peers.is_empty() || self.peers.sent(environ)
    }

    /// The id that a trusted peer gave the request.
    fn given(&self, environ: &Environ) -> Option<Id> {
        if !self.trusts_header {
            return None;
        }
        let value = environ.get("HTTP_X_REQUEST_ID")?.as_bytes();
        (is_id(value) && self.is_trusted(environ)).then(|| Id::Given(value.to_vec()))
    }

    /// The next id of this server, written from its end on.
    fn next(&self) -> Id {
        let mut text = [b'0'; OWN];
        let (_, digits) = text.split_at_mut(PREFIX);
        let digits = digits.try_into().expect("the digits of a number");
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let start = write_number(digits, number).min(MAX_DIGITS - 1);
        text[start..start + PREFIX].copy_from_slice(&self.prefix);
        Id::Own { text, start }
    }
}

/// The digits of a number in hexadecimal, and a hyphen.
fn prefix(number: u64) -> [u8; PREFIX] {
    let mut prefix = [b'-'; PREFIX];
    prefix[..PREFIX - 1].copy_from_slice(format!("{number:016x}").as_bytes());
    prefix
}

/// The id of a request.
enum Id {
    /// An id of this server, at the end of the text.
    Own { text: [u8; OWN], start: usize },
    /// An id that came with the request.
    Given(Vec<u8>),
}

impl Id {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Own { text, start } => &text[*start..],
            Self::Given(text) => text,
        }
    }
}

/// Whether front servers make such ids. Those of Apache have `@`, and those of HAProxy `:`.
fn is_id(text: &[u8]) -> bool {
    let is_harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=:@".contains(byte);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(is_harmless)
}

impl<A: Application> Application for RequestId<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let id = match environ.request_id() {
            Some(id) => Id::Given(id.as_bytes().to_vec()),
            None => {
                let id = self.given(environ).unwrap_or_else(|| self.next());
                environ.set_request_id(id.as_bytes());
                id
            }
        };
        if self.trusts_traceparent && self.is_trusted(environ) {
            let field = environ.get("HTTP_TRACEPARENT");
            if let Some(trace) = field.and_then(|field| trace_id(field.as_bytes())) {
                environ.set("TRACE_ID", trace);
            }
        }
        ErrorFields::add_later(environ, put_on_errors);
        filtered(&self.application, Named(id), environ, start_response)
    }
}

/// Sets the field of an error page.
fn put_on_errors(environ: &Environ, fields: &mut Headers) {
    if let Some(id) = environ.request_id() {
        let _ = fields.set(FIELD, id); // it may be invalid, see below
    }
}

/// Sets the field of the response.
struct Named(Id);

impl Filter for Named {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        // A front server's id may be an invalid field value. That must not make the response fail.
        let _ = head.headers.set_default(FIELD, self.0.as_bytes());
        Ok(Scope::Head)
    }
}

impl<A: fmt::Debug> fmt::Debug for RequestId<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestId")
            .field("application", &self.application)
            .field("trusts_header", &self.trusts_header)
            .field("trusts_traceparent", &self.trusts_traceparent)
            .field("networks", &self.peers.networks)
            .field("trusts_unix", &self.peers.unix)
            .finish_non_exhaustive()
    }
}
