//! The settings of permissions for other origins.

use std::time::Duration;

use wsgi_environ::MethodMistake;
use wsgi_headers::is_token;

use super::{
    cors_error::CorsError,
    origins::{Condition, Origins, Trusted},
    policy::{CorsPolicy, Names},
};
use crate::{origin_pattern::OriginPattern, overridden::Overrides, whole_seconds::whole_seconds};

/// The settings of a [`CorsPolicy`]. A new one allows nothing.
///
/// ```
/// use wsgi_middleware::{CorsError, CorsPolicy};
///
/// let builder = CorsPolicy::builder().any_origin();
/// assert!(builder.clone().build().is_ok());
/// let error = builder.credentials(true).build().unwrap_err();
/// assert_eq!(error, CorsError::AnyOriginWithCredentials);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CorsPolicyBuilder {
    trusted: Trusted,
    is_any_origin: bool,
    methods: Vec<String>,
    is_any_method: bool,
    headers: Vec<String>,
    is_any_header: bool,
    exposed: Vec<String>,
    credentials: bool,
    max_age: Option<Duration>,
}

impl CorsPolicy {
    /// Makes settings, which allow nothing yet.
    pub fn builder() -> CorsPolicyBuilder {
        CorsPolicyBuilder::default()
    }
}

impl CorsPolicyBuilder {
    /// Allows an origin, or those of a pattern, in addition to others.
    pub fn origin(mut self, origin: OriginPattern) -> Self {
        self.trusted.patterns.push(origin);
        self
    }

    /// Allows the origins for which `allows` returns true, in addition to others, such as those of
    /// customers in a database. It gets an origin as browsers send it, such as
    /// `https://app.example`, never `null`, and is called for each request with one that is not
    /// allowed otherwise.
    ///
    /// With [`credentials`](Self::credentials), a function that allows every origin lets any page
    /// act in the name of its visitors.
    ///
    /// ```
    /// use std::{collections::HashSet, sync::{Arc, RwLock}};
    /// use wsgi_middleware::{Cors, CorsPolicy, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let customers = Arc::new(RwLock::new(HashSet::new()));
    /// let known = Arc::clone(&customers);
    /// let policy = CorsPolicy::builder()
    ///     .origin_if(move |origin| known.read().is_ok_and(|known| known.contains(origin)))
    ///     .build()?;
    /// let app = Cors::new(not_found, policy);
    /// let is_allowed = || {
    ///     let response = Request::get("/").header("Origin", "https://a.example").call(&app);
    ///     response.headers().contains("Access-Control-Allow-Origin")
    /// };
    /// assert!(!is_allowed());
    /// customers.write().unwrap().insert("https://a.example".to_owned());
    /// assert!(is_allowed());
    /// # Ok::<(), wsgi_middleware::CorsError>(())
    /// ```
    pub fn origin_if(mut self, allows: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.trusted.conditions.push(Condition::new(allows));
        self
    }

    /// Allows every origin, without credentials. It is for what everybody may read anyway.
    pub fn any_origin(mut self) -> Self {
        self.is_any_origin = true;
        self
    }

    /// Allows methods, in addition to GET, HEAD and POST, which need no permission. Methods are
    /// case-sensitive: `PATCH`, not `patch`.
    pub fn methods<S: Into<String>>(mut self, methods: impl IntoIterator<Item = S>) -> Self {
        self.methods.extend(methods.into_iter().map(Into::into));
        self
    }

    /// Allows the method that a preflight asks for, whatever it is.
    ///
    /// ```
    /// use wsgi_middleware::{Cors, CorsPolicy, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let policy = CorsPolicy::builder().any_origin().any_method().any_header().expose(["ETag"]);
    /// let app = Cors::new(not_found, policy.build()?);
    /// let preflight = Request::new("OPTIONS", "/")
    ///     .header("Origin", "https://app.example")
    ///     .header("Access-Control-Request-Method", "PURGE")
    ///     .header("Access-Control-Request-Headers", "x-reason");
    /// let response = preflight.call(&app);
    /// let headers = response.headers();
    /// assert_eq!(headers.get("Access-Control-Allow-Methods").unwrap(), "PURGE");
    /// assert_eq!(headers.get("Access-Control-Allow-Headers").unwrap(), "x-reason");
    ///
    /// let response = Request::get("/").header("Origin", "https://app.example").call(&app);
    /// assert_eq!(response.headers().get("Access-Control-Expose-Headers").unwrap(), "ETag");
    /// # Ok::<(), wsgi_middleware::CorsError>(())
    /// ```
    pub fn any_method(mut self) -> Self {
        self.is_any_method = true;
        self
    }

    /// Allows pages to set these fields of requests, in addition to a few harmless ones. A
    /// `Content-Type` of JSON and an `Authorization` need it. With `X-HTTP-Method-Override`, a POST
    /// of these pages can ask a [`MethodOverride`](crate::MethodOverride) for any method. Without
    /// [`credentials`](Self::credentials) it then makes no difference which are
    /// [allowed](Self::methods).
    ///
    /// Fields that browsers alone set are refused, such as `Cookie`, which needs
    /// [`credentials`](Self::credentials).
    pub fn headers<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.headers.extend(names.into_iter().map(Into::into));
        self
    }

    /// Allows the fields that a preflight asks for, whatever they are, but `X-HTTP-Method-Override`
    /// only if PUT, PATCH and DELETE are allowed [methods](Self::methods): by it, a POST could ask
    /// for them.
    pub fn any_header(mut self) -> Self {
        self.is_any_header = true;
        self
    }

    /// Lets pages read these fields of responses, in addition to a few, such as `Content-Type`.
    /// `Set-Cookie` is refused: no page can read it.
    pub fn expose<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.exposed.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets whether pages may read responses to requests with the user's cookies, certificates and
    /// passwords; `false` by default. A page of an allowed origin can then do whatever the user may
    /// do, also through [`CrossOriginProtection`](crate::CrossOriginProtection) within.
    ///
    /// A cookie that is `SameSite=Lax`, as the default is for sessions, is sent from other origins
    /// of the same site alone.
    pub fn credentials(mut self, credentials: bool) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets the time for which browsers remember the answer to a preflight, in seconds, rounded
    /// up. With zero they do not. By default they choose it, 5 seconds. They limit it to two hours
    /// or a day.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Makes the policy.
    ///
    /// # Errors
    ///
    /// [`CorsError`] if a name is malformed or has no effect, or settings contradict each other.
    pub fn build(self) -> Result<CorsPolicy, CorsError> {
        self.check_names()?;
        let origins = match (self.is_any_origin, self.trusted.is_empty()) {
            (true, true) if self.credentials => return Err(CorsError::AnyOriginWithCredentials),
            (true, true) => Origins::Any,
            (true, false) => return Err(CorsError::AnyOriginAndOthers),
            (false, true) => return Err(CorsError::NoOrigin),
            (false, false) => Origins::These(self.trusted),
        };
        let allows_method = |method: &str| self.methods.iter().any(|it| it == method);
        let overrides = Overrides::of(|method| self.is_any_method || allows_method(method));
        let methods = names(self.is_any_method, &self.methods);
        let headers = names(self.is_any_header, &self.headers);
        Ok(CorsPolicy {
            origins,
            methods: methods.ok_or(CorsError::AnyMethodAndOthers)?,
            headers: headers.ok_or(CorsError::AnyHeaderAndOthers)?,
            exposed: self.exposed.join(", "),
            credentials: self.credentials,
            overrides,
            max_age: self.max_age.map(|time| whole_seconds(time).to_string()),
        })
    }

    /// Refuses the first name that is malformed or has no effect.
    fn check_names(&self) -> Result<(), CorsError> {
        if let Some(method) = self.methods.iter().find(|method| !is_method(method)) {
            return Err(CorsError::Method(method.clone()));
        }
        let mut fields = self.headers.iter().chain(&self.exposed);
        if let Some(name) = fields.find(|name| !is_name(name)) {
            return Err(CorsError::Header(name.clone()));
        }
        if let Some(name) = self.headers.iter().find(|name| is_unsettable(name)) {
            return Err(CorsError::UnsettableHeader(name.clone()));
        }
        if let Some(name) = self.exposed.iter().find(|name| is_unreadable(name)) {
            return Err(CorsError::UnreadableHeader(name.clone()));
        }
        Ok(())
    }
}

/// The names that are allowed: any, or these. `None` if both were asked for.
fn names(is_any: bool, these: &[String]) -> Option<Names> {
    match (is_any, these) {
        (true, []) => Some(Names::Mirrored),
        (true, _) => None,
        (false, these) => Some(Names::These(these.join(", "))),
    }
}

/// Whether pages can ask for a method (Fetch, "forbidden method").
fn is_method(method: &str) -> bool {
    let mut forbidden = ["CONNECT", "TRACE", "TRACK"].into_iter();
    let is_forbidden = forbidden.any(|name| name.eq_ignore_ascii_case(method));
    !is_forbidden && method != "*" && MethodMistake::of(method).is_none()
}

/// Whether it is a name. A star means any name where there are no credentials, and itself where
/// there are some.
fn is_name(text: &str) -> bool {
    is_token(text.as_bytes()) && text != "*"
}

/// The fields of requests that a page cannot set (Fetch, "forbidden request-header").
const UNSETTABLE: [&str; 21] = [
    "Accept-Charset",
    "Accept-Encoding",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Connection",
    "Content-Length",
    "Cookie",
    "Cookie2",
    "Date",
    "DNT",
    "Expect",
    "Host",
    "Keep-Alive",
    "Origin",
    "Referer",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
];

fn is_unsettable(name: &str) -> bool {
    let begins_with = |prefix: &str| {
        let start = name.as_bytes().get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let mut names = UNSETTABLE.iter();
    begins_with("Proxy-") || begins_with("Sec-") || names.any(|it| it.eq_ignore_ascii_case(name))
}

/// Whether a page cannot read this field of a response (Fetch, "forbidden response-header name").
fn is_unreadable(name: &str) -> bool {
    let mut names = ["Set-Cookie", "Set-Cookie2"].into_iter();
    names.any(|it| it.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{CorsError, CorsPolicy, CorsPolicyBuilder};

    fn builder() -> CorsPolicyBuilder {
        CorsPolicy::builder().any_origin()
    }

    #[test]
    fn fields_that_pages_can_neither_set_nor_read_are_refused() {
        let unsettable = |name: &str| CorsError::UnsettableHeader(name.to_owned());
        let unreadable = |name: &str| CorsError::UnreadableHeader(name.to_owned());
        for name in [
            "Cookie",
            "origin",
            "Accept-Encoding",
            "DNT",
            "Proxy-X",
            "sec-fetch-site",
            "Sec-",
        ] {
            let refused = builder().headers(["X-A", name]).build();
            assert_eq!(refused.expect_err("an error"), unsettable(name));
        }
        for name in ["Set-Cookie", "set-cookie2"] {
            let refused = builder().expose(["X-A", name]).build();
            assert_eq!(refused.expect_err("an error"), unreadable(name));
        }
        let cookie = unsettable("cookie").to_string();
        assert_eq!(
            cookie,
            "pages cannot set the field \"cookie\": allow credentials"
        );
        let set = [
            "User-Agent",
            "Security",
            "Sec",
            "Authorization",
            "Accept",
            "X-Cookie",
        ];
        assert!(builder().headers(set).build().is_ok());
        let read = ["Content-Length", "X-Set-Cookie", "Date", "Server-Timing"];
        assert!(builder().expose(read).build().is_ok());
    }
}
