//! Several sites on one server, each at hosts of its own.

use std::{borrow::Cow, cmp::Ordering, fmt, net::Ipv6Addr};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use crate::{
    authority,
    dispatch::host_pattern::{HostPattern, without_root},
    origin::default_port,
    proxies::node::parse_port,
};

/// Several applications at hosts, as one application: virtual hosts.
///
/// The host is that of `HTTP_HOST`, which is also the authority of a target in absolute form. If a
/// request has none, as HTTP/1.0 allows, it is `SERVER_NAME` with `SERVER_PORT`. A host without a
/// port has that of the scheme. Several [`HostPattern`]s may match. Then the order in which they
/// were added does not count, but
///
/// 1. an exact host before a `*.`,
/// 2. of several `*.`, the one with more labels,
/// 3. of two that differ in the port alone, the one that has a port.
///
/// If none matches, or the host is malformed, the [`fallback`](Self::fallback) answers. It is
/// [`misdirected_request`] unless you set another. An application that puts the host into links or
/// into caches must not answer for hosts that anybody makes up.
///
/// The environ is not changed. Put [`Mounts`](crate::Mounts) at a host to choose by path, too.
/// Behind a proxy that changes the host, put [`TrustedProxies`](crate::TrustedProxies) with
/// [`trust_host`](crate::TrustedProxies::trust_host) around. A choice takes a time logarithmic in
/// the number of hosts, and allocates nothing, except for IPv6 addresses.
///
/// ```
/// use wsgi_application::{Application, application};
/// use wsgi_middleware::{Hosts, InvalidHost, Mounts};
/// use wsgi_testing::Request;
///
/// fn named(name: &'static str) -> impl Application {
///     application(move |_environ, start_response| {
///         start_response.start(wsgi_application::Status::OK, [("Content-Type", "text/plain")])?;
///         Ok(name.into())
///     })
/// }
///
/// let shop = Mounts::new().mount("/", named("shop")).mount("/help", named("help"));
/// let server = Hosts::new()
///     .host("shop.example".parse()?, shop)
///     .host("*.shop.example".parse()?, named("a customer's shop"))
///     .host("shop.example:8443".parse()?, named("administration"));
///
/// let text = |url| Request::get(url).call(&server).text().to_owned();
/// assert_eq!(text("http://SHOP.example/"), "shop");
/// assert_eq!(text("http://shop.example:8000/help"), "help");
/// assert_eq!(text("https://ada.shop.example/"), "a customer's shop");
/// assert_eq!(text("https://shop.example:8443/"), "administration");
/// assert_eq!(Request::get("http://other.example/").call(&server).status().code(), 421);
/// # Ok::<(), InvalidHost>(())
/// ```
pub struct Hosts {
    /// Sorted as [`order`] does.
    sites: Vec<Site>,
    fallback: Box<dyn Application>,
}

struct Site {
    pattern: HostPattern,
    application: Box<dyn Application>,
}

impl Hosts {
    /// Makes hosts without applications: every request goes to the fallback, which is
    /// [`misdirected_request`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            sites: Vec::new(),
            fallback: Box::new(misdirected_request),
        }
    }

    /// Adds an application at a host. It replaces one that was added with the same pattern before.
    ///
    /// To have one application at several hosts, put it into an [`Arc`](std::sync::Arc), and add a
    /// clone at each host.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wsgi_middleware::{Hosts, InvalidHost, not_found};
    ///
    /// let site = Arc::new(not_found);
    /// let hosts = Hosts::new()
    ///     .host("www.example.org".parse()?, site.clone())
    ///     .host("example.org".parse()?, site);
    /// assert_eq!(format!("{hosts:?}"), "Hosts [example.org, www.example.org]");
    /// # Ok::<(), InvalidHost>(())
    /// ```
    #[must_use]
    pub fn host(mut self, pattern: HostPattern, application: impl Application + 'static) -> Self {
        let application = Box::new(application);
        let (wild, name, port) = (pattern.has_subdomains, &*pattern.name, pattern.port);
        match self.position(wild, name, port) {
            Ok(index) => self.sites[index].application = application,
            Err(index) => self.sites.insert(
                index,
                Site {
                    pattern,
                    application,
                },
            ),
        }
        self
    }

    /// Sets the application for all other hosts; [`misdirected_request`] by default.
    ///
    /// ```
    /// use wsgi_application::Status;
    /// use wsgi_middleware::{Hosts, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let hosts = Hosts::new().fallback(not_found);
    /// let response = Request::get("http://other.example/").call(&hosts);
    /// assert_eq!(response.status(), &Status::NOT_FOUND);
    /// ```
    #[must_use]
    pub fn fallback(mut self, application: impl Application + 'static) -> Self {
        self.fallback = Box::new(application);
        self
    }

    /// The application for a host, which is a name without the dot of the root, or an address.
    fn find(&self, host: &str, port: Option<u16>) -> Option<&dyn Application> {
        let at = |wild, name| {
            let of_port = port.and_then(|port| self.position(wild, name, Some(port)).ok());
            of_port.or_else(|| self.position(wild, name, None).ok())
        };
        let domains = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        let index = at(false, host).or_else(|| domains.into_iter().find_map(|name| at(true, name)));
        Some(&*self.sites[index?].application)
    }

    fn position(&self, wild: bool, name: &str, port: Option<u16>) -> Result<usize, usize> {
        self.sites
            .binary_search_by(|site| order(&site.pattern, wild, name, port))
    }
}

/// Compares a pattern with the parts of another, whose name may be in any case.
fn order(pattern: &HostPattern, wild: bool, name: &str, port: Option<u16>) -> Ordering {
    let lower = name.bytes().map(|byte| byte.to_ascii_lowercase());
    let names = || pattern.name.bytes().cmp(lower);
    let kinds = pattern.has_subdomains.cmp(&wild);
    kinds.then_with(names).then_with(|| pattern.port.cmp(&port))
}

/// The host that a request is for, and its port, if it is known. `None` if it is malformed.
fn host(environ: &Environ) -> Option<(Cow<'_, str>, Option<u16>)> {
    let scheme_port = || default_port(environ.url_scheme());
    let (name, port) = match environ.get("HTTP_HOST") {
        Some(host) => {
            let (name, port) = authority::split(host.to_str().ok()?)?;
            (name, port.or_else(scheme_port))
        }
        None => {
            let name = environ.get("SERVER_NAME")?.to_str().ok()?;
            let port = environ.get("SERVER_PORT")?.to_str().ok();
            let port = port.and_then(parse_port).or_else(scheme_port);
            // Some servers give the address without its brackets.
            if name.parse::<Ipv6Addr>().is_ok() {
                return Some((authority::canonical(&format!("[{name}]")).into(), port));
            }
            let (name, None) = authority::split(name)? else {
                return None;
            };
            (name, port)
        }
    };
    if name.starts_with('[') {
        return Some((authority::canonical(name).into(), port));
    }
    Some((without_root(name)?.into(), port))
}

impl Default for Hosts {
    fn default() -> Self {
        Self::new()
    }
}

impl Application for Hosts {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let found = host(environ).and_then(|(name, port)| self.find(&name, port));
        let application = found.unwrap_or(&*self.fallback);
        application.call(environ, start_response)
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hosts ")?;
        let patterns = self.sites.iter().map(|site| &site.pattern);
        f.debug_list().entries(patterns).finish()
    }
}

/// Answers every request with 421, in plain text: the server has no site for its host (RFC 9110
/// section 15.5.20).
///
/// ```
/// use wsgi_middleware::misdirected_request;
/// use wsgi_testing::Request;
///
/// let response = Request::get("/").call(&misdirected_request);
/// assert_eq!(response.text(), "421 Misdirected Request: there is no site at this host\n");
/// ```
pub fn misdirected_request(
    _environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let headers = [("Content-Type", "text/plain")];
    start_response.start(Status::MISDIRECTED_REQUEST, headers)?;
    Ok("421 Misdirected Request: there is no site at this host\n".into())
}
