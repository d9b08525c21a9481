//! Permissions for pages of other origins to read responses.

mod cors_error;
mod origins;
mod policy;
mod policy_builder;

use std::{fmt, sync::Arc};

use wsgi_application::{
    Application, Body, Environ, ErrorFields, Filter, Head, Headers, Result, Scope, StartResponse,
    Status,
};
use wsgi_environ::Value;

use self::policy::{Grant, remove_own};
use crate::{
    cross_origin::policy::{AllowedCall, has_forbidden_override},
    failed_call::filtered_with_error_page,
    origin::origin_of,
};

pub use self::{cors_error::CorsError, policy::CorsPolicy, policy_builder::CorsPolicyBuilder};

/// Middleware that lets pages of other origins read responses (CORS, in the Fetch standard).
///
/// A browser lets a page read the response to a request that it made to another origin only if the
/// response allows it. A request that a form could not make, such as one with JSON or with PUT, is
/// not even sent before a *preflight* has asked for permission: an OPTIONS request with `Origin`
/// and `Access-Control-Request-Method`.
///
/// This middleware answers preflights itself, with 204, or with 403 if the origin is not allowed.
/// The application is not called. On all other responses, also on error pages of the server, it
/// sets the fields that allow the origin, if it is allowed. Such fields of the application's own
/// are removed. `Vary` has `Origin` on every response, so that no cache gives one origin the
/// response for another. If any origin is allowed, that is not necessary: every response but those
/// to preflights then has the same fields of CORS, whether or not the request had an `Origin`, and
/// preflights are alike for all origins.
///
/// This is a permission, and no protection: requests of other origins still reach the application,
/// and clients other than browsers do not ask. [`CrossOriginProtection`] refuses requests that
/// change something. An origin that is allowed with
/// [credentials](CorsPolicyBuilder::credentials) passes it, if it is within this middleware. Any
/// other that may change something must be
/// [trusted](crate::CrossOriginPolicy::trust) there, too.
///
/// A POST that asks a [`MethodOverride`](crate::MethodOverride) for another method is answered with
/// 403 if its origin is allowed with credentials, but that is none of the allowed
/// [methods](CorsPolicyBuilder::methods). Those of all other origins are left to
/// [`CrossOriginProtection`].
///
/// `Access-Control-Allow-Private-Network` is not supported: browsers have given up the preflights
/// that asked for it, and ask the user instead.
///
/// [`CrossOriginProtection`]: crate::CrossOriginProtection
///
/// ```
/// use std::time::Duration;
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{Cors, CorsPolicy};
/// use wsgi_testing::Request;
///
/// let api = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "application/json")])?;
///     Ok("{}\n".into())
/// });
/// let policy = CorsPolicy::builder()
///     .origin("https://*.example.org".parse()?)
///     .methods(["PUT", "DELETE"])
///     .headers(["Content-Type"])
///     .credentials(true)
///     .max_age(Duration::from_secs(600))
///     .build()?;
/// let app = Cors::new(api, policy);
///
/// let preflight = Request::new("OPTIONS", "/")
///     .header("Origin", "https://app.example.org")
///     .header("Access-Control-Request-Method", "PUT");
/// let response = preflight.call(&app);
/// assert_eq!(response.status(), &Status::NO_CONTENT);
/// let headers = response.headers();
/// assert_eq!(headers.get("Access-Control-Allow-Origin").unwrap(), "https://app.example.org");
/// assert_eq!(headers.get("Access-Control-Allow-Methods").unwrap(), "PUT, DELETE");
///
/// let response = Request::get("/").header("Origin", "https://evil.example").call(&app);
/// assert_eq!(response.text(), "{}\n");
/// assert!(!response.headers().contains("Access-Control-Allow-Origin"));
/// assert_eq!(response.headers().get("Vary").unwrap(), "Origin");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cors<A> {
    application: A,
    policy: Arc<CorsPolicy>,
}

impl<A: Application> Cors<A> {
    /// Wraps an application.
    #[must_use]
    pub fn new(application: A, policy: CorsPolicy) -> Self {
        Self {
            application,
            policy: Arc::new(policy),
        }
    }

    fn preflight(
        &self,
        environ: &Environ,
        method: Value<'_>,
        grant: &Grant,
        start_response: &mut StartResponse<'_>,
    ) -> Result {
        let mut headers = Headers::new();
        self.policy.vary(&mut headers, true)?;
        if *grant == Grant::Refused {
            headers.append("Content-Type", "text/plain")?;
            start_response.start(Status::FORBIDDEN, headers)?;
            return Ok("403 Forbidden: the origin is not allowed\n".into());
        }
        let asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
        self.policy.allow_origin(grant, &mut headers)?;
        self.policy.allow_request(method, asked, &mut headers)?;
        start_response.start(Status::NO_CONTENT, headers)?;
        Ok(Body::empty())
    }

    fn refuse_method(&self, grant: &Grant, start_response: &mut StartResponse<'_>) -> Result {
        let mut headers = Headers::new();
        headers.append("Content-Type", "text/plain")?;
        self.policy.allow_reading(grant, &mut headers)?;
        start_response.start(Status::FORBIDDEN, headers)?;
        Ok("403 Forbidden: this site may not ask for another method\n".into())
    }

    fn answer(
        &self,
        add: Add,
        environ: &mut Environ,
        start_response: &mut StartResponse<'_>,
    ) -> Result {
        let of_pages = || |_: &mut Environ| Remove;
        filtered_with_error_page(&self.application, add, of_pages, environ, start_response)
    }
}

impl<A: Application> Application for Cors<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let origin = origin_of(environ);
        let grant = self.policy.grant(origin.map(Value::as_bytes));
        if origin.is_some()
            && environ.request_method() == "OPTIONS"
            && let Some(method) = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        {
            return self.preflight(environ, method, &grant, start_response);
        }
        self.policy
            .allow_reading(&grant, ErrorFields::of(environ))?;
        let overrides = self.policy.overrides;
        let is_trusted = self.policy.trusts(&grant);
        if is_trusted && has_forbidden_override(environ, overrides) {
            return self.refuse_method(&grant, start_response);
        }
        let add = Add::new(&self.policy, grant);
        if !is_trusted {
            return self.answer(add, environ, start_response);
        }
        let allowed = AllowedCall::new(environ, overrides);
        self.answer(add, allowed.environ, start_response)
    }
}

/// Removes the fields that the policy decides on from the error page of the application. The
/// gateway then adds those of the policy.
struct Remove;

impl Filter for Remove {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        remove_own(&mut head.headers);
        Ok(Scope::Head)
    }
}

/// Adds the fields to a response.
struct Add {
    policy: Arc<CorsPolicy>,
    grant: Grant,
}

impl Add {
    fn new(policy: &Arc<CorsPolicy>, grant: Grant) -> Self {
        let policy = Arc::clone(policy);
        Self { policy, grant }
    }
}

impl Filter for Add {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.policy.replace_on(&self.grant, &mut head.headers)?;
        Ok(Scope::Head)
    }
}

impl<A: fmt::Debug> fmt::Debug for Cors<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cors")
            .field("application", &self.application)
            .field("policy", &self.policy)
            .finish()
    }
}
