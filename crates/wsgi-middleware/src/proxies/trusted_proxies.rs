//! The client's request as trusted proxies describe it.

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::Network;

use crate::proxies::{
    forwarded_by::ForwardedBy, forwarding::Forwarding, trusted_peers::TrustedPeers,
};

/// Middleware that takes the client's address and scheme from the header fields of trusted proxies,
/// and its host, port and prefix if you say so. Nobody else can set them.
///
/// The environ describes the client's request before the application and other middleware see it.
/// Put this around all middleware. Only `RequestId` and `AccessLog` may be around it: they do not
/// read the client's request before it is changed. A new one trusts nobody.
///
/// # Trust
///
/// The fields count if the request comes from a trusted proxy: `REMOTE_ADDR` is in one of the
/// [networks](Self::trust), or the peer is at a [Unix socket](Self::trust_unix).
/// [`forwarded_by`](Self::forwarded_by) chooses between `Forwarded` and the `X-Forwarded-*` fields.
/// The kind that is not chosen is removed, and so are both if the request comes from anybody else:
/// the variable `HTTP_FORWARDED`, and all variables whose names begin with `HTTP_X_FORWARDED`.
///
/// The proxies must set, extend or remove each field that counts. If a proxy passes a client's
/// field on unchanged, the client chooses its value. Most proxies set the address and the scheme
/// alone, so the other fields count only with [`trust_host`](Self::trust_host) and
/// [`trust_prefix`](Self::trust_prefix).
///
/// # The client
///
/// `X-Forwarded-For` and `Forwarded` are lists. Each proxy adds the address of its own client at
/// the end. The walk begins there, at the element that the nearest proxy added:
///
/// 1. If its address is trusted, it is that of another proxy. The walk goes on to the element
///    before it. With [`trust_unix`](Self::trust_unix), so it does at `unix:`, which nginx writes
///    for a peer at a Unix socket.
/// 2. If its address is not trusted, it is the client's. The elements before it are the client's
///    own words and are ignored.
/// 3. If it has no address (it is empty, malformed, `unknown`, or obfuscated such as `_hidden`),
///    the walk stops. The proxy that wrote the element counts as the client, so `REMOTE_ADDR` is
///    the address of that proxy.
/// 4. After the first element of the list, or after 32 elements, the walk ends. The last address
///    counts as the client's although it is trusted: the request began in a trusted network.
///
/// Without elements the nearest proxy counts as the client. An application must therefore not give
/// more rights to the addresses of proxies than to others.
///
/// # Scheme, host, port and prefix
///
/// These belong to the element at which the walk ended, because the proxy that wrote it received
/// the client's request:
///
/// - `Forwarded`: `proto` and `host` of that element. A malformed element says nothing.
/// - `X-Forwarded-*`: a single value always counts, because proxies replace it. In a list, the
///   value has the same position as the address in `X-Forwarded-For`, counted from the end. A list
///   that is too short says nothing. Without `X-Forwarded-For`, the last value counts.
///
/// Invalid values are ignored:
///
/// - a scheme other than `http` and `https`
/// - a host other than letters, digits, `-`, `.` and `_`, or an IPv6 address in brackets, with or
///   without a port
/// - a port that is not a number up to 65535
/// - a prefix that does not begin with a slash, has empty segments, `.`, `..` or characters that a
///   path does not have, or has more than 1,024 bytes
/// - an element of `Forwarded` with more than 1,024 bytes
///
/// # Variables
///
/// - `REMOTE_ADDR` and `REMOTE_PORT` are those of the client. An unknown port is absent.
///   `REMOTE_HOST` and `REMOTE_IDENT`, which describe the proxy, are removed.
/// - `wsgi.url_scheme` is `https` with `HTTPS=on`, or `http` without `HTTPS`.
/// - `HTTP_HOST` is the host, with a port unless it is the default of the scheme.
///   `X-Forwarded-Port` replaces the port of either `X-Forwarded-Host` or `Host`. A forwarded port
///   of 0 counts as none.
/// - `SERVER_NAME` is the host, if it was forwarded. If the scheme, the host or the port was
///   forwarded, `SERVER_PORT` is the port of `HTTP_HOST`, or else the default of the scheme.
/// - `SCRIPT_NAME` begins with the decoded prefix. `PATH_INFO` and `REQUEST_URI` do not change: the
///   proxy has removed the prefix from the target.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_environ::request_uri;
/// use wsgi_middleware::TrustedProxies;
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     let address = environ.get("REMOTE_ADDR").unwrap().to_string_lossy().into_owned();
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("{address} wants {}", request_uri(environ, true)?).into())
/// });
/// let app = TrustedProxies::new(app).trust("10.0.0.0/8".parse()?);
///
/// let request = |peer| {
///     Request::get("/menu")
///         .header("Host", "example.org")
///         .header("X-Forwarded-For", "203.0.113.9, 192.0.2.7")
///         .header("X-Forwarded-Proto", "https")
///         .variable("REMOTE_ADDR", peer)
/// };
/// assert_eq!(request("10.1.2.3").call(&app).text(), "192.0.2.7 wants https://example.org/menu");
/// assert_eq!(request("192.0.2.8").call(&app).text(), "192.0.2.8 wants http://example.org/menu");
/// # Ok::<(), wsgi_middleware::InvalidNetwork>(())
/// ```
pub struct TrustedProxies<A> {
    application: A,
    proxies: TrustedPeers,
    trusts_host: bool,
    trusts_prefix: bool,
    forwarded_by: ForwardedBy,
}

impl<A: Application> TrustedProxies<A> {
    /// Wraps an application. Nobody is trusted yet, so all forwarded fields are removed.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            proxies: TrustedPeers::default(),
            trusts_host: false,
            trusts_prefix: false,
            forwarded_by: ForwardedBy::default(),
        }
    }

    /// Trusts the proxies in a network, in addition to others. Only proxies should have addresses
    /// there: any other client with such an address could choose the address that it appears to
    /// have.
    #[must_use]
    pub fn trust(mut self, network: Network) -> Self {
        self.proxies.networks.push(network);
        self
    }

    /// Sets whether the peer at a Unix socket is a trusted proxy; `false` by default.
    ///
    /// Such a peer has an empty `REMOTE_ADDR`, or `unix:` in some front servers. If `REMOTE_ADDR`
    /// is absent, the gateway does not know the peer, who is not trusted. Proxies that are reached
    /// over Unix sockets by other proxies are then trusted, too.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::TrustedProxies;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.url_scheme().to_owned().into())
    /// });
    /// let app = TrustedProxies::new(app).trust_unix(true);
    /// let request = Request::get("/")
    ///     .header("X-Forwarded-Proto", "https")
    ///     .variable("REMOTE_ADDR", "");
    /// assert_eq!(request.call(&app).text(), "https");
    /// ```
    #[must_use]
    pub fn trust_unix(mut self, trusts_unix: bool) -> Self {
        self.proxies.unix = trusts_unix;
        self
    }

    /// Sets the fields that the proxies write; [`ForwardedBy::XForwarded`] by default.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{ForwardedBy, TrustedProxies};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("REMOTE_ADDR").unwrap().as_bytes().to_vec().into())
    /// });
    /// let app = TrustedProxies::new(app)
    ///     .trust("::1".parse()?)
    ///     .forwarded_by(ForwardedBy::Forwarded);
    /// let request = Request::get("/")
    ///     .header("Forwarded", "for=192.0.2.7;proto=https")
    ///     .header("X-Forwarded-For", "203.0.113.9")
    ///     .variable("REMOTE_ADDR", "::1");
    /// assert_eq!(request.call(&app).text(), "192.0.2.7");
    /// # Ok::<(), wsgi_middleware::InvalidNetwork>(())
    /// ```
    #[must_use]
    pub fn forwarded_by(mut self, forwarded_by: ForwardedBy) -> Self {
        self.forwarded_by = forwarded_by;
        self
    }

    /// Sets whether the forwarded host and port count; `false` by default.
    ///
    /// With `false`, `X-Forwarded-Host` and `X-Forwarded-Port` are removed, and `host` in
    /// `Forwarded` is ignored. The host is then that of `Host`. Use `true` if the proxy changes
    /// `Host`, and sets or removes both fields, or `host` in `Forwarded`. If it passes one of them
    /// on, a client chooses the host in redirects and in the links of pages and e-mails.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_environ::application_uri;
    /// use wsgi_middleware::TrustedProxies;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(application_uri(environ)?.into())
    /// });
    /// let app = TrustedProxies::new(app).trust("10.0.0.1".parse()?);
    /// let request = || {
    ///     Request::get("http://inner.example/")
    ///         .header("X-Forwarded-Host", "example.org")
    ///         .variable("REMOTE_ADDR", "10.0.0.1")
    /// };
    /// assert_eq!(request().call(&app).text(), "http://inner.example/");
    /// let app = app.trust_host(true);
    /// assert_eq!(request().call(&app).text(), "http://example.org/");
    /// # Ok::<(), wsgi_middleware::InvalidNetwork>(())
    /// ```
    #[must_use]
    pub fn trust_host(mut self, trusts_host: bool) -> Self {
        self.trusts_host = trusts_host;
        self
    }

    /// Sets whether `X-Forwarded-Prefix` counts; `false` by default.
    ///
    /// With `false`, the field is removed. Use `true` if the proxy removes a prefix from the path,
    /// and sets the field on every request. If it passes the field on, a client chooses
    /// `SCRIPT_NAME`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_environ::application_uri;
    /// use wsgi_middleware::TrustedProxies;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(application_uri(environ)?.into())
    /// });
    /// let app = TrustedProxies::new(app).trust("10.0.0.1".parse()?);
    /// let request = || {
    ///     Request::get("http://example.org/")
    ///         .header("X-Forwarded-Prefix", "/app")
    ///         .variable("REMOTE_ADDR", "10.0.0.1")
    /// };
    /// assert_eq!(request().call(&app).text(), "http://example.org/");
    /// let app = app.trust_prefix(true);
    /// assert_eq!(request().call(&app).text(), "http://example.org/app");
    /// # Ok::<(), wsgi_middleware::InvalidNetwork>(())
    /// ```
    #[must_use]
    pub fn trust_prefix(mut self, trusts_prefix: bool) -> Self {
        self.trusts_prefix = trusts_prefix;
        self
    }

    /// Changes the environ to the client's request.
    fn forward(&self, environ: &mut Environ) {
        let is_trusted = self.proxies.sent(environ);
        let is_believed = |name: &str| {
            is_trusted
                && match (self.forwarded_by, name) {
                    (ForwardedBy::Forwarded, name) => name == FORWARDED,
                    (_, "HTTP_X_FORWARDED_HOST" | "HTTP_X_FORWARDED_PORT") => self.trusts_host,
                    (_, "HTTP_X_FORWARDED_PREFIX") => self.trusts_prefix,
                    (_, name) => name != FORWARDED,
                }
        };
        for name in USUAL {
            if !is_believed(name) && environ.contains(name) {
                environ.remove(name);
            }
        }
        let mut others = Vec::new();
        environ.visit(|name, _value| {
            if name.starts_with(X_FORWARDED) && !is_believed(name) {
                others.push(name.to_owned());
            }
        });
        for name in others {
            environ.remove(name);
        }
        if !is_trusted {
            return;
        }
        let mut forwarding = match self.forwarded_by {
            ForwardedBy::XForwarded => Forwarding::x_forwarded(environ, &self.proxies),
            ForwardedBy::Forwarded => Forwarding::forwarded(environ, &self.proxies),
        };
        if !self.trusts_host {
            forwarding = forwarding.without_host();
        }
        if !self.trusts_prefix {
            forwarding = forwarding.without_prefix();
        }
        forwarding.apply(environ);
    }
}

const FORWARDED: &str = "HTTP_FORWARDED";

/// The variables that proxies usually send. They are removed without copies of their names.
const USUAL: [&str; 6] = [
    FORWARDED,
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
];

/// The start of the names of the other variables.
const X_FORWARDED: &str = "HTTP_X_FORWARDED";

impl<A: Application> Application for TrustedProxies<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self.forward(environ);
        self.application.call(environ, start_response)
    }
}

impl<A: fmt::Debug> fmt::Debug for TrustedProxies<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedProxies")
            .field("application", &self.application)
            .field("networks", &self.proxies.networks)
            .field("trusts_unix", &self.proxies.unix)
            .field("trusts_host", &self.trusts_host)
            .field("trusts_prefix", &self.trusts_prefix)
            .field("forwarded_by", &self.forwarded_by)
            .finish()
    }
}
