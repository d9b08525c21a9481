//! The proxy.

mod passing;

#[cfg(unix)]
use std::path::Path;
use std::{fmt, time::Duration};

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_gateway::log_message;

use self::passing::Refused;
use crate::{
    invalid_upstream::InvalidUpstream,
    pool::Pool,
    refusal::{Refusal, page},
    settings::{AskedHost, Settings},
    translation::Translation,
    upstream::{Upstream, split_authority},
    via::Pseudonym,
};

/// An application that passes requests on to another HTTP server, and gives back its responses (RFC
/// 9110 section 3.7, "gateway").
///
/// Clones share the connections that are kept and the numbers that are limited. The crate's
/// documentation says what is passed on.
///
/// ```
/// use wsgi_proxy::Proxy;
/// use wsgi_testing::{LiveServer, Request};
///
/// let upstream = LiveServer::new(wsgi_application::application(|environ, start_response| {
///     start_response.start(wsgi_application::Status::OK, ())?;
///     Ok(environ.path_info().to_string().into())
/// }));
/// let proxy = Proxy::new(&upstream.url("/old"))?;
/// let request = Request::get("/tea").variable("SCRIPT_NAME", "/shop");
/// assert_eq!(request.call(&proxy).text(), "/old/tea");
/// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    settings: Settings,
    pool: Pool,
    pseudonym: Pseudonym,
}

impl Proxy {
    /// Makes an application of a server. Its URL has the scheme `http`, or `https` with the feature
    /// `tls`; a host, maybe a port, and maybe a path: the base, beneath which all requests go. A
    /// slash at the end of the path means nothing.
    ///
    /// The host is looked up and connected to when a request needs that, so the server need not run
    /// yet.
    ///
    /// # Errors
    ///
    /// [`InvalidUpstream`] if it is another URL, or one with a user, a password, a query or a
    /// fragment.
    ///
    /// ```
    /// use wsgi_proxy::{InvalidUpstream, Proxy};
    ///
    /// assert!(Proxy::new("http://127.0.0.1:5000/base").is_ok());
    /// assert_eq!(Proxy::new("http://me@127.0.0.1").unwrap_err(), InvalidUpstream::Credentials);
    /// ```
    pub fn new(url: &str) -> std::result::Result<Self, InvalidUpstream> {
        Ok(Self {
            settings: Settings::new(Upstream::parse(url)?),
            pool: Pool::default(),
            pseudonym: Pseudonym::random(),
        })
    }

    /// Trusts only the authorities whose certificates are in the text of a PEM file. By default,
    /// those of the system are trusted. The certificate of the server must be for the host of its
    /// URL.
    ///
    /// The server's own certificate may be there in place of an authority's, but not one that is
    /// marked as an authority's (`CA:TRUE`).
    ///
    /// It has a meaning only for a URL with `https`.
    ///
    /// # Errors
    ///
    /// [`InvalidUpstream::Certificates`] if there is no certificate, or a malformed one.
    ///
    /// ```
    /// use wsgi_proxy::{InvalidUpstream, Proxy};
    ///
    /// let proxy = Proxy::new("https://127.0.0.1:8443")?;
    /// assert_eq!(proxy.certificates("").unwrap_err(), InvalidUpstream::Certificates);
    /// # Ok::<(), InvalidUpstream>(())
    /// ```
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn certificates(
        mut self,
        pem: impl AsRef<[u8]>,
    ) -> std::result::Result<Self, InvalidUpstream> {
        self.settings.tls = crate::client_tls::ClientTls::of_pem(pem.as_ref())?;
        self.pool = Pool::default(); // those of clones trust others
        Ok(self)
    }

    /// Connects to a Unix socket in place of the host and port of the URL, which are those of the
    /// Host field then.
    ///
    /// ```
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::Request;
    ///
    /// let proxy = Proxy::new("http://app")?.unix_socket("/run/nobody-is-here.sock");
    /// assert_eq!(Request::get("/").call(&proxy).status().code(), 502);
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[cfg(unix)]
    #[must_use]
    pub fn unix_socket(mut self, path: impl AsRef<Path>) -> Self {
        self.settings.unix_socket = Some(path.as_ref().to_owned());
        self.pool = Pool::default(); // those of clones lead elsewhere
        self
    }

    /// Sets the time within which the server must take a connection, 5 seconds by default. The
    /// answer is 504 then. Finding the host's addresses is part of it, and so is a handshake of
    /// TLS. At most eight addresses are tried, and each one has an equal part of the time that is
    /// left. A deadline of the request may end it sooner.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::Request;
    ///
    /// let proxy = Proxy::new("http://127.0.0.1:9")?.connect_timeout(Duration::ZERO);
    /// assert_eq!(Request::get("/").call(&proxy).status().code(), 504);
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Sets the time within which the head of the response must come, 60 seconds by default. The
    /// answer is 504 then. The time begins anew whenever more of the request's body was sent, and
    /// does not pass while the client is waited for.
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use std::time::Duration;
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::Request;
    ///
    /// let silent = TcpListener::bind("127.0.0.1:0")?; // takes connections, and says nothing
    /// let proxy = Proxy::new(&format!("http://{}", silent.local_addr()?))?;
    /// let proxy = proxy.response_timeout(Duration::from_millis(10));
    /// assert_eq!(Request::get("/").call(&proxy).status().code(), 504);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.settings.response_timeout = timeout;
        self
    }

    /// Sets the time within which more of the response's body must come, 60 seconds by default.
    /// After it, the answer is 504 if nothing of the body has come; else the response is cut, so
    /// that the client notices. The time begins anew whenever more of the request's body was sent,
    /// and does not pass while the client is waited for. For a live page that is silent for longer,
    /// set more.
    ///
    /// ```
    /// use std::{io::Write, net::TcpListener, thread, time::Duration};
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::Request;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let proxy = Proxy::new(&format!("http://{}", listener.local_addr()?))?;
    /// let stalled = thread::spawn(move || {
    ///     let (mut connection, _) = listener.accept()?;
    ///     connection.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf a ")?;
    ///     Ok::<_, std::io::Error>(connection) // open, but silent
    /// });
    /// let proxy = proxy.idle_timeout(Duration::from_millis(10));
    /// let response = Request::get("/").call(&proxy);
    /// assert!(!response.is_complete());
    /// assert!(stalled.join().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = timeout;
        self
    }

    /// Sets the number of connections that are kept for further requests, 16 by default; with 0,
    /// each request has its own. One that was not used for 4 seconds is closed at the next request.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::{LiveServer, Request};
    ///
    /// let upstream = LiveServer::new(application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.get("REMOTE_PORT").unwrap_or_default().to_string().into())
    /// }));
    /// let proxy = Proxy::new(&upstream.url(""))?;
    /// let port = |proxy: &Proxy| Request::get("/").call(proxy).text().to_owned();
    /// assert_eq!(port(&proxy), port(&proxy), "it is the same connection");
    /// let proxy = proxy.max_idle_connections(0);
    /// assert_ne!(port(&proxy), port(&proxy));
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[must_use]
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.settings.max_idle = connections;
        self
    }

    /// Sets the number of requests that are passed on at once, 256 by default. Each has a
    /// connection. If there are as many, the answer is 503 with `Retry-After`; with 0, it always
    /// is.
    ///
    /// ```
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::Request;
    ///
    /// let proxy = Proxy::new("http://127.0.0.1:9")?.max_requests(0);
    /// assert_eq!(Request::get("/").call(&proxy).status().code(), 503);
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[must_use]
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.settings.max_requests = requests;
        self
    }

    /// Sets whether the Host field of the client is passed on. By default, the server is asked for
    /// the host of its URL, and finds the client's in `X-Forwarded-Host`. Either value takes the
    /// place of what [`host`](Self::host) has set.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::{LiveServer, Request};
    ///
    /// let upstream = LiveServer::new(application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.host().unwrap_or_default().to_string().into())
    /// }));
    /// let proxy = Proxy::new(&upstream.url(""))?;
    /// let host = |proxy: &Proxy| {
    ///     let request = Request::get("/").header("Host", "shop.example");
    ///     request.call(proxy).text().to_owned()
    /// };
    /// assert_eq!(host(&proxy), upstream.address().to_string());
    /// assert_eq!(host(&proxy.preserve_host(true)), "shop.example");
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[must_use]
    pub fn preserve_host(mut self, preserves: bool) -> Self {
        self.settings.host = match preserves {
            true => AskedHost::Client,
            false => AskedHost::Upstream,
        };
        self
    }

    /// Sets the host, maybe with a port, that the server is asked for. It takes the place of what
    /// [`preserve_host`](Self::preserve_host) has set.
    ///
    /// # Errors
    ///
    /// [`InvalidUpstream::Host`] if it is not a host, or has a port that is not a number from 1 to
    /// 65535.
    ///
    /// ```
    /// use wsgi_proxy::{InvalidUpstream, Proxy};
    ///
    /// let proxy = Proxy::new("http://127.0.0.1:5000")?.host("blog.example")?;
    /// assert_eq!(proxy.clone().host("a b").unwrap_err(), InvalidUpstream::Host);
    /// assert_eq!(proxy.host("a:0").unwrap_err(), InvalidUpstream::Host);
    /// # Ok::<(), InvalidUpstream>(())
    /// ```
    pub fn host(mut self, host: &str) -> std::result::Result<Self, InvalidUpstream> {
        if split_authority(host).is_none() {
            return Err(InvalidUpstream::Host);
        }
        self.settings.host = AskedHost::Other(host.to_owned());
        Ok(self)
    }

    /// Sets whether `Location`, `Content-Location` and the paths of cookies are translated from
    /// beneath the base to beneath the mount; they are by default. Otherwise, the server is told
    /// the path of the mount in `X-Forwarded-Prefix`, and has to do so itself.
    ///
    /// Links in pages are never translated.
    ///
    /// ```
    /// use wsgi_application::{Body, Status, application};
    /// use wsgi_proxy::Proxy;
    /// use wsgi_testing::{LiveServer, Request};
    ///
    /// let upstream = LiveServer::new(application(|_environ, start_response| {
    ///     start_response.start(Status::SEE_OTHER, [("Location", "/home")])?;
    ///     Ok(Body::empty())
    /// }));
    /// let proxy = Proxy::new(&upstream.url(""))?;
    /// let location = |proxy: &Proxy| {
    ///     let response = Request::get("/app/").variable("SCRIPT_NAME", "/app").call(proxy);
    ///     response.headers().get("Location").unwrap().to_string()
    /// };
    /// assert_eq!(location(&proxy), "/app/home");
    /// assert_eq!(location(&proxy.translate_paths(false)), "/home");
    /// # Ok::<(), wsgi_proxy::InvalidUpstream>(())
    /// ```
    #[must_use]
    pub fn translate_paths(mut self, translates: bool) -> Self {
        self.settings.translates = translates;
        self
    }
}

impl Application for Proxy {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let upstream = &self.settings.upstream;
        match self.pass_on(environ) {
            Ok(passed) => {
                let fields = match self.settings.translates {
                    true => {
                        let asked = self.settings.asked_host(environ);
                        let mount = &passed.mount;
                        let translation = Translation::new(upstream, mount, environ, asked);
                        translation.translate(&passed.fields)?
                    }
                    false => passed.fields,
                };
                start_response.start(passed.status, &fields)?;
                Ok(passed.body)
            }
            Err(Refused::Here(refusal)) => {
                if refusal == Refusal::Busy {
                    let most = self.settings.max_requests;
                    let text = format_args!("{most} requests are passed on; one was refused");
                    log_message(environ, text);
                }
                refusal.answer(start_response)
            }
            Err(Refused::Upstream(failure)) => match failure.page() {
                Some((status, text)) => {
                    let name = &upstream.authority;
                    log_message(environ, format_args!("the server {name} {failure}"));
                    page(start_response, status, text)
                }
                None => Err(failure.into_io(&upstream.authority).into()),
            },
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
