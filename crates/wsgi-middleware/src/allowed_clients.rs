//! Access by the address of the client.

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Network;

use crate::proxies::trusted_peers::TrustedPeers;

/// Middleware that lets in the clients of some networks alone, such as for metrics, health checks
/// or the pages of administrators.
///
/// All other requests are answered with 403, or by an [application](Self::answer) of yours. Their
/// bodies are not read. Nobody is let in at first. A request without a valid `REMOTE_ADDR` is let
/// in never.
///
/// Behind a proxy, every client has the address of the proxy. Put
/// [`TrustedProxies`](crate::TrustedProxies) around this middleware, so that it sees those of the
/// clients. A proxy that caches must not keep the pages, since it would give them to everybody.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{AllowedClients, Mounts};
/// use wsgi_testing::Request;
///
/// let numbers = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("requests 7\n".into())
/// });
/// let numbers = AllowedClients::new(numbers)
///     .allow("127.0.0.1".parse()?)
///     .allow("10.0.0.0/8".parse()?);
/// let site = Mounts::new().mount("/metrics", numbers);
///
/// let ask = |address| Request::get("/metrics").variable("REMOTE_ADDR", address).call(&site);
/// assert_eq!(ask("10.1.2.3").text(), "requests 7\n");
/// assert_eq!(ask("192.0.2.7").status(), &Status::FORBIDDEN);
/// # Ok::<(), wsgi_middleware::InvalidNetwork>(())
/// ```
pub struct AllowedClients<A> {
    application: A,
    clients: TrustedPeers,
    answer: Box<dyn Application>,
}

impl<A: Application> AllowedClients<A> {
    /// Lets nobody in.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            clients: TrustedPeers::default(),
            answer: Box::new(forbidden),
        }
    }

    /// Lets the clients of a network in, in addition to others.
    #[must_use]
    pub fn allow(mut self, network: Network) -> Self {
        self.clients.networks.push(network);
        self
    }

    /// Sets whether clients at Unix sockets are let in; default: false.
    ///
    /// ```
    /// use wsgi_middleware::{AllowedClients, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let site = AllowedClients::new(not_found).allow_unix(true);
    /// let ask = |address| Request::get("/").variable("REMOTE_ADDR", address).call(&site);
    /// assert_eq!(ask("").status().code(), 404);
    /// assert_eq!(ask("127.0.0.1").status().code(), 403);
    /// ```
    #[must_use]
    pub fn allow_unix(mut self, allowed: bool) -> Self {
        self.clients.unix = allowed;
        self
    }

    /// Sets the application that answers everybody else, such as
    /// [`not_found`](crate::not_found), by which strangers do not learn of the page.
    ///
    /// ```
    /// use wsgi_middleware::{AllowedClients, Mounts, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let site = AllowedClients::new(Mounts::new()).answer(not_found);
    /// assert_eq!(Request::get("/admin").call(&site).status().code(), 404);
    /// ```
    #[must_use]
    pub fn answer(mut self, application: impl Application + 'static) -> Self {
        self.answer = Box::new(application);
        self
    }
}

impl<A: Application> Application for AllowedClients<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match self.clients.sent(environ) {
            true => self.application.call(environ, start_response),
            false => self.answer.call(environ, start_response),
        }
    }
}

fn forbidden(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::FORBIDDEN, [("Content-Type", "text/plain")])?;
    Ok("403 Forbidden: this page is not for your address\n".into())
}

impl<A: fmt::Debug> fmt::Debug for AllowedClients<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowedClients")
            .field("application", &self.application)
            .field("networks", &self.clients.networks)
            .field("allows_unix", &self.clients.unix)
            .finish_non_exhaustive()
    }
}
