//! The decision whether a request may come from another origin.

use std::{borrow::Cow, fmt};

use wsgi_application::Environ;
use wsgi_environ::Value;

use super::{exemption::Exemption, initiator::Initiator};
use crate::{
    origin::{Origin, origin_of},
    origin_pattern::OriginPattern,
    overridden::{Overrides, overridden_method},
};

/// The decision whether a request may have been made by a page of another origin.
///
/// [`CrossOriginProtection`](crate::CrossOriginProtection) asks it, and so does an adaptor of
/// wsgi-adaptor. A new one trusts nobody else.
///
/// A request is allowed, in this order:
///
/// 1. if its method is safe (RFC 9110 section 9.2.1): GET, HEAD, OPTIONS, TRACE, or QUERY (RFC
///    10008). An application must not change anything for these.
/// 2. if `Sec-Fetch-Site` is `same-origin`, or `none`, which means the user.
/// 3. without `Sec-Fetch-Site`: if there is no `Origin` either, because then no browser of today
///    made the request; or if `Origin` has the host and the port of `Host`. A page by http is not
///    of a site by https.
/// 4. if its path [is exempt](Self::exempt), its `Origin` [is trusted](Self::trust), or middleware
///    around has allowed its origin: another policy, or [`Cors`](crate::Cors) with credentials.
///
/// Everything else is refused, also from other hosts of the same domain (`same-site`), because not
/// everybody who controls a subdomain should act for the users of its neighbours.
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::CrossOriginPolicy;
///
/// let policy = CrossOriginPolicy::new()
///     .trust("https://*.example.org".parse()?)
///     .exempt("POST /saml/acs");
///
/// let mut environ = Environ::new();
/// environ.set("REQUEST_METHOD", "POST");
/// environ.set("PATH_INFO", "/transfer");
/// assert!(policy.allows(&environ), "not from a page");
///
/// environ.set("HTTP_SEC_FETCH_SITE", "cross-site");
/// environ.set("HTTP_ORIGIN", "https://evil.example");
/// assert!(!policy.allows(&environ));
///
/// environ.set("PATH_INFO", "/saml/acs");
/// assert!(policy.allows(&environ));
/// # Ok::<(), wsgi_middleware::InvalidOrigin>(())
/// ```
#[derive(Clone, Default)]
pub struct CrossOriginPolicy {
    trusted: Vec<OriginPattern>,
    exemptions: Vec<Exemption>,
}

impl CrossOriginPolicy {
    /// Makes a policy that trusts no other origin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the pages of an origin, in addition to others. They can do whatever the user may do.
    #[must_use]
    pub fn trust(mut self, origin: OriginPattern) -> Self {
        self.trusted.push(origin);
        self
    }

    /// Lets pages of any origin make the requests that match a pattern: a path, or a method and a
    /// path, such as `POST /hooks/{name}`. It is for requests that prove themselves, such as
    /// responses of a SAML provider, which are signed, and forms of OAuth (`form_post`) with a
    /// `state`.
    ///
    /// The path is compared with the decoded `PATH_INFO`. `{name}` stands for a segment, and
    /// `{*name}` at the end for one or more. A path with empty segments, `.`, `..` or backslashes
    /// matches no parameter, because an application may read it as another path. For the same
    /// reason nothing is exempt if the path in `REQUEST_URI` has an escaped slash or backslash. A
    /// POST that a [`MethodOverride`](crate::MethodOverride) has made into another method is not
    /// exempt either: a form can send it, while browsers ask the site before they send that method.
    ///
    /// # Panics
    ///
    /// The pattern is malformed: its method is not a token, or a standard one that is not in
    /// capitals; or its path has a query such as `?a=b`, percent-encoding, or a parameter in the
    /// syntax of another framework.
    #[must_use]
    #[track_caller]
    pub fn exempt(mut self, pattern: &str) -> Self {
        match Exemption::parse(pattern) {
            Ok(exemption) => self.exemptions.push(exemption),
            Err(problem) => panic!("the pattern {pattern:?}: {problem}"),
        }
        self
    }

    /// Whether a request may be answered.
    ///
    /// Ask this inside a [`MethodOverride`](crate::MethodOverride): around it, the method that a
    /// POST asks for is not known yet, and an exempt POST could become another method.
    /// [`CrossOriginProtection`](crate::CrossOriginProtection) prevents that in either order.
    #[must_use]
    pub fn allows(&self, environ: &Environ) -> bool {
        self.allows_own(environ) || self.permission(environ).is_some()
    }

    /// Why a request is refused, for its answer: a sentence without a period.
    ///
    /// Without `Sec-Fetch-Site`, it shows the two fields that differ. If both are those of one
    /// site, a front server has changed `Host`, for example by leaving out the port.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    /// use wsgi_middleware::CrossOriginPolicy;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("HTTP_ORIGIN", "https://shop.example:8443");
    /// environ.set("HTTP_HOST", "shop.example");
    /// assert_eq!(
    ///     CrossOriginPolicy::reason(&environ),
    ///     "the request was made by a page of another origin: its Origin is \
    ///      \"https://shop.example:8443\", and its Host is \"shop.example\"",
    /// );
    /// environ.set("HTTP_SEC_FETCH_SITE", "cross-site");
    /// let reason = CrossOriginPolicy::reason(&environ);
    /// assert_eq!(reason, "the request was made by a page of another site");
    /// environ.set("HTTP_SEC_FETCH_SITE", "same-site");
    /// let reason = CrossOriginPolicy::reason(&environ);
    /// assert_eq!(reason, "the request was made by a page of another origin");
    /// ```
    #[must_use]
    pub fn reason(environ: &Environ) -> Cow<'static, str> {
        let field = |name| environ.get(name).map(Value::as_bytes).unwrap_or_default();
        if !field("HTTP_SEC_FETCH_SITE").is_empty() {
            let reason = match Initiator::of(environ) {
                Initiator::CrossSite => "the request was made by a page of another site",
                _ => "the request was made by a page of another origin",
            };
            return reason.into();
        }
        let (origin, host) = (field("HTTP_ORIGIN"), field("HTTP_HOST"));
        let (origin, host) = (Value::from(origin), Value::from(host));
        let text = format!(
            "the request was made by a page of another origin: its Origin is {origin:?}, and its \
             Host is {host:?}"
        );
        text.into()
    }

    /// Whether a request is safe, or is not known to be from another origin.
    pub(super) fn allows_own(&self, environ: &Environ) -> bool {
        is_safe(environ) || is_own(environ)
    }

    /// The permission of a request from another origin, if it is allowed: the methods that may
    /// still replace a POST.
    pub(super) fn permission(&self, environ: &Environ) -> Option<Overrides> {
        if self.trusts(environ) {
            return Some(Overrides::ALL);
        }
        let is_allowed = environ.extension::<Allowed>().is_some() || self.is_exempt(environ);
        is_allowed.then_some(Overrides::NONE)
    }

    fn is_exempt(&self, environ: &Environ) -> bool {
        if has_escaped_slash(environ) || overridden_method(environ).is_some() {
            return false;
        }
        let method = environ.request_method().as_bytes();
        let path = environ.path_info().as_bytes();
        let mut exemptions = self.exemptions.iter();
        exemptions.any(|exemption| exemption.matches(method, path))
    }

    fn trusts(&self, environ: &Environ) -> bool {
        let origin = origin_of(environ).and_then(|origin| Origin::parse(origin.as_bytes()));
        origin.is_some_and(|origin| {
            let mut trusted = self.trusted.iter();
            trusted.any(|pattern| pattern.matches_origin(&origin))
        })
    }
}

impl fmt::Debug for CrossOriginPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exemptions: Vec<_> = self.exemptions.iter().map(Exemption::text).collect();
        f.debug_struct("CrossOriginPolicy")
            .field("trusted", &self.trusted)
            .field("exemptions", &exemptions)
            .finish()
    }
}

/// Whether a request asks for nothing to be changed.
pub(crate) fn is_safe(environ: &Environ) -> bool {
    matches!(
        environ.request_method().as_bytes(),
        b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"QUERY"
    )
}

/// Whether the path has an escaped slash or backslash. An application that divides the path before
/// it decodes the segments reads another path than `PATH_INFO`.
fn has_escaped_slash(environ: &Environ) -> bool {
    let uri = environ.get("REQUEST_URI").map_or(&b""[..], Value::as_bytes);
    let path = uri.split(|&byte| byte == b'?').next().unwrap_or_default();
    path.windows(3)
        .any(|escape| matches!(escape, b"%2F" | b"%2f" | b"%5C" | b"%5c"))
}

/// An extension of the environ: middleware around has allowed the request's other origin, and these
/// methods in place of POST.
struct Allowed(Overrides);

/// The methods that may replace a POST: those that middleware around has allowed another origin;
/// all if it has not, or if the request is the site's own.
pub(crate) fn allowed_overrides(environ: &Environ) -> Overrides {
    match environ.extension() {
        Some(Allowed(overrides)) if !is_own(environ) => *overrides,
        _ => Overrides::ALL,
    }
}

/// Whether a method has replaced a POST from another origin, and is neither one of these nor
/// allowed by middleware around.
pub(crate) fn has_forbidden_override(environ: &Environ, overrides: Overrides) -> bool {
    overridden_method(environ).is_some_and(|method| {
        let others = environ.extension().map(|Allowed(others)| *others);
        let is_allowed = overrides
            .or(others.unwrap_or(Overrides::NONE))
            .allow(method);
        !is_allowed && !is_own(environ)
    })
}

/// Whether a request is not known to be from another origin.
fn is_own(environ: &Environ) -> bool {
    matches!(Initiator::of(environ), Initiator::Own | Initiator::Unknown)
}

/// The environ in a call for which the request's other origin is allowed. However the call ends,
/// even by a panic, dropping this takes the permission back that it gave: another application that
/// is called for the same request has not given it.
pub(crate) struct AllowedCall<'a> {
    pub(crate) environ: &'a mut Environ,
    /// The permission of middleware around.
    before: Option<Allowed>,
}

impl<'a> AllowedCall<'a> {
    /// Allows the origin, and methods in place of POST in addition to those allowed before.
    pub(crate) fn new(environ: &'a mut Environ, overrides: Overrides) -> Self {
        let before = environ.remove_extension();
        let overrides = match before {
            Some(Allowed(others)) => overrides.or(others),
            None => overrides,
        };
        environ.insert_extension(Allowed(overrides));
        Self { environ, before }
    }
}

impl Drop for AllowedCall<'_> {
    fn drop(&mut self) {
        match self.before.take() {
            Some(before) => drop(self.environ.insert_extension(before)),
            None => drop(self.environ.remove_extension::<Allowed>()),
        }
    }
}
