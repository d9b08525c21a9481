//! Protection from requests that pages of other origins make in the name of a user.

mod exemption;
pub(crate) mod initiator;
pub(crate) mod policy;

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use self::policy::AllowedCall;
use crate::origin_pattern::OriginPattern;

pub use self::policy::CrossOriginPolicy;

/// Middleware that refuses requests which pages of other origins make (cross-site request forgery).
///
/// A browser sends a user's cookies and passwords with requests that any page makes, so a page of
/// a stranger could act as the user. This middleware answers such requests with 403 if their
/// method is not safe, without a call of the application. Their bodies are not read. The
/// [`CrossOriginPolicy`] decides, by header fields that browsers add and pages cannot change:
/// `Sec-Fetch-Site`, or else `Origin` compared with `Host`. There are no tokens, and forms stay as
/// they are. Clients other than browsers do not send these fields and are not affected.
///
/// The attribute `SameSite` of cookies is no replacement: it lets requests of other subdomains
/// through, and does not concern passwords of Basic authentication, certificates, or networks from
/// which everybody is served.
///
/// Behind a proxy that changes `Host`, put [`TrustedProxies`](crate::TrustedProxies) with
/// [`trust_host`](crate::TrustedProxies::trust_host) around this middleware. A
/// `Host` without the port that browsers see makes forms fail in browsers which do not send
/// `Sec-Fetch-Site`, and for all sites by http. So do pages with the `Referrer-Policy`
/// `no-referrer`, whose forms come with `Origin: null`: use `same-origin` in its place.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::CrossOriginProtection;
/// use wsgi_testing::Request;
///
/// let transfer = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Paid.\n".into())
/// });
/// let app = CrossOriginProtection::new(transfer)
///     .trust("https://app.example".parse()?)
///     .exempt("POST /hooks/{name}");
///
/// let pay = |path| Request::post(path).header("Host", "bank.example");
/// let own = pay("/").header("Sec-Fetch-Site", "same-origin");
/// assert_eq!(own.call(&app).text(), "Paid.\n");
///
/// let other = pay("/").header("Sec-Fetch-Site", "cross-site");
/// assert_eq!(other.call(&app).status(), &Status::FORBIDDEN);
/// let other = pay("/").header("Origin", "http://evil.example");
/// assert_eq!(other.call(&app).status(), &Status::FORBIDDEN);
///
/// let trusted = pay("/").header("Origin", "https://app.example");
/// assert_eq!(trusted.call(&app).text(), "Paid.\n");
/// let hook = pay("/hooks/git").header("Origin", "https://git.example");
/// assert_eq!(hook.call(&app).text(), "Paid.\n");
/// # Ok::<(), wsgi_middleware::InvalidOrigin>(())
/// ```
pub struct CrossOriginProtection<A> {
    application: A,
    policy: CrossOriginPolicy,
    answer: Box<dyn Application>,
}

impl<A: Application> CrossOriginProtection<A> {
    /// Protects an application. No other origin is trusted yet.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            policy: CrossOriginPolicy::new(),
            answer: Box::new(forbidden),
        }
    }

    /// Trusts the pages of an origin: see [`CrossOriginPolicy::trust`].
    #[must_use]
    pub fn trust(mut self, origin: OriginPattern) -> Self {
        self.policy = self.policy.trust(origin);
        self
    }

    /// Lets pages of any origin make some requests: see [`CrossOriginPolicy::exempt`].
    ///
    /// # Panics
    ///
    /// As [`CrossOriginPolicy::exempt`].
    #[must_use]
    #[track_caller]
    pub fn exempt(mut self, pattern: &str) -> Self {
        self.policy = self.policy.exempt(pattern);
        self
    }

    /// Sets the whole policy, in place of what was set before.
    ///
    /// ```
    /// use wsgi_middleware::{CrossOriginPolicy, CrossOriginProtection, not_found};
    /// use wsgi_testing::Request;
    ///
    /// // One policy for several applications.
    /// let policy = CrossOriginPolicy::new().trust("https://app.example".parse()?);
    /// let app = CrossOriginProtection::new(not_found).policy(policy.clone());
    /// let request = Request::post("/").header("Origin", "https://app.example");
    /// assert_eq!(request.call(&app).status().code(), 404);
    /// # Ok::<(), wsgi_middleware::InvalidOrigin>(())
    /// ```
    #[must_use]
    pub fn policy(mut self, policy: CrossOriginPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the application that answers a refused request, in place of a short text. It sets the
    /// status itself, usually 403.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{CrossOriginProtection, Mounts};
    /// use wsgi_testing::Request;
    ///
    /// let page = application(|_environ, start_response| {
    ///     start_response.start(Status::FORBIDDEN, [("Content-Type", "text/html")])?;
    ///     Ok("<p>Please use the form on our own page.</p>".into())
    /// });
    /// let app = CrossOriginProtection::new(Mounts::new()).answer(page);
    /// let request = Request::post("/").header("Sec-Fetch-Site", "same-site");
    /// assert_eq!(request.call(&app).text(), "<p>Please use the form on our own page.</p>");
    /// ```
    #[must_use]
    pub fn answer(mut self, application: impl Application + 'static) -> Self {
        self.answer = Box::new(application);
        self
    }
}

impl<A: Application> Application for CrossOriginProtection<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if self.policy.allows_own(environ) {
            return self.application.call(environ, start_response);
        }
        if let Some(overrides) = self.policy.permission(environ) {
            let allowed = AllowedCall::new(environ, overrides);
            return self.application.call(allowed.environ, start_response);
        }
        self.answer.call(environ, start_response)
    }
}

fn forbidden(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let reason = CrossOriginPolicy::reason(environ);
    start_response.start(
        Status::FORBIDDEN,
        [("Content-Type", "text/plain; charset=utf-8")],
    )?;
    Ok(format!("403 Forbidden: {reason}\n").into())
}

impl<A: fmt::Debug> fmt::Debug for CrossOriginProtection<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossOriginProtection")
            .field("application", &self.application)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
