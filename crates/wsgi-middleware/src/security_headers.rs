//! Header fields that tell browsers to be strict.

mod csp_nonce;
mod fields;
mod frame_ancestors;
mod hsts;
mod policy;

use std::{fmt, net::IpAddr, sync::Arc};

use wsgi_application::{
    Application, Environ, ErrorFields, Filter, Head, Result, Scope, StartResponse,
};

use self::{csp_nonce::CspNonce, fields::Fields};
use crate::failed_call::filtered_with_error_page;

pub use self::{
    csp_nonce::{CspNonceError, csp_nonce},
    frame_ancestors::FrameAncestors,
    hsts::Hsts,
};

/// Middleware that adds header fields by which browsers protect a site and its users.
///
/// A new one adds these, where browsers' defaults are weaker:
///
/// | field | value |
/// |---|---|
/// | `X-Content-Type-Options` | `nosniff` |
/// | `Content-Security-Policy` | `frame-ancestors 'none'` |
/// | `X-Frame-Options` | `DENY` |
/// | `Referrer-Policy` | `strict-origin-when-cross-origin` |
/// | `Cross-Origin-Opener-Policy` | `same-origin` |
/// | `Cross-Origin-Resource-Policy` | `same-origin` |
///
/// A field that the application has set is left alone. So is the choice of who may embed a page: if
/// the application has set `X-Frame-Options` or a policy with `frame-ancestors`, neither is added.
/// To any other policy of the application, a second one with `frame-ancestors` alone is added.
/// Error pages of the server have the fields, too. To a 304, no `Content-Security-Policy` and no
/// `X-Frame-Options` is added, so that a browser keeps those that it stored with the page.
///
/// Further fields are set by name, for example `Permissions-Policy`. Do not set `Referrer-Policy`
/// to `no-referrer`: browsers then send `Origin: null` with the site's own forms.
///
/// ```
/// use wsgi_application::{Result, StartResponse, Status, Environ};
/// use wsgi_middleware::{SecurityHeaders, csp_nonce};
/// use wsgi_testing::Request;
///
/// fn page(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     let html = format!("<script nonce=\"{}\">hello()</script>", csp_nonce(environ)?);
///     start_response.start(Status::OK, [("Content-Type", "text/html; charset=utf-8")])?;
///     Ok(html.into())
/// }
///
/// let app = SecurityHeaders::new(page)
///     .content_security_policy("default-src 'self'; script-src 'self' {nonce}");
///
/// let response = Request::get("/").call(&app);
/// let nonce = response.text().split('"').nth(1).unwrap();
/// assert_eq!(
///     response.headers().get("Content-Security-Policy").unwrap().to_string(),
///     format!(
///         "default-src 'self'; script-src 'self' 'nonce-{nonce}'; frame-ancestors 'none'"
///     )
/// );
/// assert_eq!(response.headers().get("X-Content-Type-Options").unwrap(), "nosniff");
/// ```
pub struct SecurityHeaders<A> {
    application: A,
    fields: Arc<Fields>,
}

impl<A: Application> SecurityHeaders<A> {
    /// Wraps an application, with the fields of the table above.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            fields: Arc::new(Fields::new()),
        }
    }

    /// Sets a field of every response, in place of one with the same name.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, SecurityHeaders};
    /// use wsgi_testing::Request;
    ///
    /// let app = SecurityHeaders::new(Mounts::new())
    ///     .field("Permissions-Policy", "camera=(), microphone=()")
    ///     .field("Cross-Origin-Opener-Policy", "same-origin-allow-popups");
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(
    ///     response.headers().get("Cross-Origin-Opener-Policy").unwrap(),
    ///     "same-origin-allow-popups"
    /// );
    /// ```
    ///
    /// # Panics
    ///
    /// The name or the value cannot be sent, or the field has a method of its own:
    /// `Content-Security-Policy`, `Strict-Transport-Security` or `X-Frame-Options`.
    #[must_use]
    #[track_caller]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields().set(name, value);
        self
    }

    /// Leaves a field out, for example `Cross-Origin-Resource-Policy` for a site whose pictures
    /// others may show.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, SecurityHeaders};
    /// use wsgi_testing::Request;
    ///
    /// let app = SecurityHeaders::new(Mounts::new()).without("Cross-Origin-Resource-Policy");
    /// let response = Request::get("/").call(&app);
    /// assert!(!response.headers().contains("Cross-Origin-Resource-Policy"));
    /// ```
    ///
    /// # Panics
    ///
    /// The field has a method of its own, as in [`field`](Self::field). For pages that any page may
    /// show in a frame, there is [`FrameAncestors::Anybody`].
    #[must_use]
    #[track_caller]
    pub fn without(mut self, name: &str) -> Self {
        self.fields().remove(name);
        self
    }

    /// Sets who may show the pages in a frame; [`FrameAncestors::Nobody`] by default.
    ///
    /// It is sent as `frame-ancestors` in `Content-Security-Policy`, and for very old browsers as
    /// `X-Frame-Options`, where that can say the same.
    ///
    /// ```
    /// use wsgi_middleware::{FrameAncestors, Mounts, SecurityHeaders};
    /// use wsgi_testing::Request;
    ///
    /// let app = SecurityHeaders::new(Mounts::new()).frame_ancestors(FrameAncestors::SameOrigin);
    /// let response = Request::get("/").call(&app);
    /// let headers = response.headers();
    /// assert_eq!(headers.get("Content-Security-Policy").unwrap(), "frame-ancestors 'self'");
    /// assert_eq!(headers.get("X-Frame-Options").unwrap(), "SAMEORIGIN");
    /// ```
    #[must_use]
    pub fn frame_ancestors(mut self, ancestors: FrameAncestors) -> Self {
        self.fields().set_ancestors(ancestors);
        self
    }

    /// Sets the policy of `Content-Security-Policy` (W3C Content Security Policy Level 3), to which
    /// `frame-ancestors` is added. By default there is no other directive.
    ///
    /// Each `{nonce}` in it stands for the source `'nonce-…'` with a nonce of the response, which
    /// [`csp_nonce()`] returns to the page. In a response that did not ask for it, it stands for
    /// nothing, or for `'none'` if it is the only source, so that a script which was injected into
    /// another page finds no nonce. A response with a nonce has `Cache-Control: no-store`, unless
    /// the application has set that field.
    ///
    /// # Panics
    ///
    /// The policy has characters other than printable ASCII, a comma, which would begin another
    /// policy, or the directive `frame-ancestors`, which has a
    /// [method of its own](Self::frame_ancestors).
    #[must_use]
    #[track_caller]
    pub fn content_security_policy(mut self, policy: &str) -> Self {
        self.fields().set_policy(policy);
        self
    }

    /// Sends `Strict-Transport-Security` (RFC 6797) over https; by default it is not sent.
    ///
    /// Browsers then use https alone for this host, also if the site can no longer be reached by
    /// it. So begin with a short time. Over http the field is never sent, because browsers ignore
    /// it there. Behind a proxy, [`TrustedProxies`](crate::TrustedProxies) around this middleware
    /// tells the scheme.
    ///
    /// Nor is it sent to a browser on this machine for `localhost` and the names below it: it would
    /// keep the wish for all ports, and so for every other program that is tried there. Other
    /// clients get it, because a proxy may have replaced the name of the site by `localhost`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_middleware::{Hsts, Mounts, SecurityHeaders};
    /// use wsgi_testing::Request;
    ///
    /// let week = Duration::from_secs(7 * 24 * 60 * 60);
    /// let app = SecurityHeaders::new(Mounts::new()).hsts(Hsts::new(week).include_subdomains());
    ///
    /// let response = Request::get("https://example.org/").call(&app);
    /// assert_eq!(
    ///     response.headers().get("Strict-Transport-Security").unwrap(),
    ///     "max-age=604800; includeSubDomains"
    /// );
    /// let response = Request::get("http://example.org/").call(&app);
    /// assert!(!response.headers().contains("Strict-Transport-Security"));
    /// ```
    #[must_use]
    pub fn hsts(mut self, hsts: Hsts) -> Self {
        self.fields().set_hsts(hsts);
        self
    }

    fn fields(&mut self) -> &mut Fields {
        let fields = Arc::get_mut(&mut self.fields);
        fields.expect("fields are not shared before the first request")
    }
}

impl<A: Application> Application for SecurityHeaders<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let has_hsts = may_have_hsts(environ);
        ErrorFields::add_defaults(environ, self.fields.of_errors(has_hsts));
        let filter = Add::new(&self.fields, has_hsts, environ);
        // The error page of an inner application has the fields, too, and a nonce of its own.
        let of_pages = || {
            let fields = Arc::clone(&self.fields);
            move |environ: &mut Environ| Add::new(&fields, may_have_hsts(environ), environ)
        };
        filtered_with_error_page(&self.application, filter, of_pages, environ, start_response)
    }
}

/// Whether a response may ask for https: over https, and not for this machine (RFC 6761 section
/// 6.3). Browsers do not obey it for an address (RFC 6797 section 8.1.1).
fn may_have_hsts(environ: &Environ) -> bool {
    environ.url_scheme() == "https" && !(names_localhost(environ) && is_from_here(environ))
}

/// Whether the request is for `localhost`. Some proxies replace the name of the site by their own
/// name for this server.
fn names_localhost(environ: &Environ) -> bool {
    let host = environ.host();
    host.is_some_and(|host| is_localhost(host.as_bytes()))
}

/// Whether the client is known to be on this machine.
fn is_from_here(environ: &Environ) -> bool {
    let address = environ.get("REMOTE_ADDR");
    let address = address.and_then(|address| address.to_str().ok()?.parse::<IpAddr>().ok());
    address.is_some_and(|address| address.to_canonical().is_loopback())
}

/// Whether a host, perhaps with a port, is `localhost` or below it.
fn is_localhost(host: &[u8]) -> bool {
    const NAME: &[u8] = b"localhost";
    let name = host.split(|&byte| byte == b':').next().unwrap_or_default();
    let name = name.strip_suffix(b".").unwrap_or(name);
    let Some(at) = name.len().checked_sub(NAME.len()) else {
        return false;
    };
    let (labels, last) = name.split_at(at);
    last.eq_ignore_ascii_case(NAME) && matches!(labels, [] | [.., b'.'])
}

/// Adds the fields to a response.
struct Add {
    fields: Arc<Fields>,
    has_hsts: bool,
    /// `None` if the policy has no place for a nonce.
    nonce: Option<CspNonce>,
}

impl Add {
    fn new(fields: &Arc<Fields>, has_hsts: bool, environ: &mut Environ) -> Self {
        let nonce = fields.policy.has_nonce().then(CspNonce::new);
        if let Some(nonce) = &nonce {
            environ.insert_extension(nonce.clone());
        }
        Self {
            fields: Arc::clone(fields),
            has_hsts,
            nonce,
        }
    }
}

impl Filter for Add {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        let nonce = self.nonce.as_ref().and_then(CspNonce::settle);
        self.fields.put_on(head, self.has_hsts, nonce)?;
        Ok(Scope::Head)
    }
}

impl<A: fmt::Debug> fmt::Debug for SecurityHeaders<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityHeaders")
            .field("application", &self.application)
            .field("fixed", &self.fields.fixed)
            .field("policy", &self.fields.policy)
            .field("hsts", &self.fields.hsts)
            .finish()
    }
}
