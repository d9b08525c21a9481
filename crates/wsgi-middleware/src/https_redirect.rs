//! Redirects from http to https.

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::iri_to_uri;

use crate::{acme_challenges, authority::Authority};

/// The default port of https (RFC 9110 section 4.2.2).
const DEFAULT_PORT: u16 = 443;

/// Middleware that redirects requests by http to https.
///
/// A request whose scheme is not `https` is answered with 308 (RFC 9110 section 15.4.9), so that
/// the client repeats it with the same method and body. `Location` has the host of the request, the
/// [port](Self::port) of https, and the same path and query. The body is not read. Requests by
/// https go on to the application, and so do those for paths below `/.well-known/acme-challenge/`,
/// which [authorities ask for by http](crate::AcmeChallenges).
///
/// A request without a host, with a malformed one, or without a path is answered with 400. The host
/// has only letters, digits, `-`, `.` and `_`, or is an IPv6 address, so that no link leads to a
/// place that a client did not ask for.
///
/// Behind a proxy that speaks https with clients and http with this server, put
/// [`TrustedProxies`](crate::TrustedProxies) around this middleware. Otherwise clients are
/// redirected to the same place without end.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::HttpsRedirect;
/// use wsgi_testing::Request;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// });
/// let app = HttpsRedirect::new(app).port(8443);
///
/// let response = Request::get("http://example.org:8080/a%2Fb?c").call(&app);
/// assert_eq!(response.status(), &Status::PERMANENT_REDIRECT);
/// assert_eq!(response.headers().get("Location").unwrap(), "https://example.org:8443/a%2Fb?c");
///
/// assert_eq!(Request::get("https://example.org/").call(&app).text(), "Hello world!\n");
/// ```
#[derive(Clone, Debug)]
pub struct HttpsRedirect<A> {
    application: A,
    port: u16,
}

impl<A: Application> HttpsRedirect<A> {
    /// Wraps an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            port: DEFAULT_PORT,
        }
    }

    /// Sets the port at which clients reach https; 443 by default.
    ///
    /// # Panics
    ///
    /// The port is 0, at which no client can reach anything.
    #[must_use]
    #[track_caller]
    pub fn port(mut self, port: u16) -> Self {
        assert!(port != 0, "clients cannot reach the port 0");
        self.port = port;
        self
    }

    /// The URL by https. `None` if the request does not tell a host or a path.
    fn location(&self, environ: &Environ) -> Option<String> {
        let host = Authority::parse(environ.get("HTTP_HOST")?.as_bytes())?.name;
        let target = iri_to_uri(&environ.origin_form()?);
        Some(match self.port {
            DEFAULT_PORT => format!("https://{host}{target}"),
            port => format!("https://{host}:{port}{target}"),
        })
    }
}

impl<A: Application> Application for HttpsRedirect<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if environ.url_scheme() == "https" || acme_challenges::is_for_challenge(environ) {
            return self.application.call(environ, start_response);
        }
        let text = ("Content-Type", "text/plain");
        let Some(location) = self.location(environ) else {
            start_response.start(Status::BAD_REQUEST, [text])?;
            return Ok("400 Bad Request: the request needs a valid Host and a path\n".into());
        };
        let headers = [text, ("Location", &location)];
        start_response.start(Status::PERMANENT_REDIRECT, headers)?;
        Ok("308 Permanent Redirect\n".into())
    }
}
