//! Attributes for the cookies of applications that leave them out.

use std::sync::Arc;

use wsgi_application::{
    Application, Environ, ErrorFields, Filter, Head, Headers, Result, Scope, StartResponse,
    filtered,
};
use wsgi_cookies::SameSite;

use crate::set_cookie::{FIELD, name_and_attributes};

/// Middleware that adds attributes to the cookies of a response that lack them (RFC 6265bis section
/// 4.1.2): `Secure` in responses by https, and also `HttpOnly` and `SameSite` if you say so.
///
/// It is for applications whose cookies you cannot set up otherwise: programs in Python or CGI, or
/// services behind a proxy. Sessions and `SetCookie` have these attributes as settings.
///
/// Attributes that a cookie has are never changed or removed, and a cookie by http does not get
/// `Secure`, since browsers would refuse it. A `SameSite` with an unknown value counts as missing:
/// browsers ignore it. Put [`TrustedProxies`](crate::TrustedProxies) around this middleware, so
/// that it knows which requests came by https.
///
/// If the application fails, or a [`CgiProgram`] asks for a redirect inside of the server, the
/// cookies that it leaves for the other page get the attributes, too.
///
/// [`CgiProgram`]: https://docs.rs/wsgi-handlers/latest/wsgi_handlers/struct.CgiProgram.html
///
/// A site that is also used by http does not get its `Secure` cookies back there. Redirect such
/// requests with [`HttpsRedirect`](crate::HttpsRedirect), or turn [`secure`](Self::secure) off.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{CookieAttributes, SameSite};
/// use wsgi_testing::Request;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Set-Cookie", "id=7; Path=/"), ("Set-Cookie", "token=3")])?;
///     Ok("Welcome!\n".into())
/// });
/// let app = CookieAttributes::new(app)
///     .http_only(true)
///     .same_site(SameSite::Lax)
///     .exempt("token"); // for a script
///
/// let response = Request::get("https://example.org/").call(&app);
/// let cookies = response.headers().get_all("Set-Cookie");
/// assert!(cookies.eq(["id=7; Path=/; Secure; HttpOnly; SameSite=Lax", "token=3"]));
/// ```
#[derive(Clone, Debug)]
pub struct CookieAttributes<A> {
    application: A,
    rules: Arc<Rules>,
}

impl<A: Application> CookieAttributes<A> {
    /// Wraps an application. Its cookies get `Secure` in responses by https.
    #[must_use]
    pub fn new(application: A) -> Self {
        let rules = Rules {
            secure: true,
            http_only: false,
            same_site: None,
            exempt: Vec::new(),
        };
        Self {
            application,
            rules: Arc::new(rules),
        }
    }

    /// Sets whether cookies by https get `Secure`; `true` by default. Browsers send such a cookie
    /// by https alone.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::CookieAttributes;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7")])?;
    ///     Ok("Welcome!\n".into())
    /// });
    /// let app = CookieAttributes::new(app).secure(false).http_only(true);
    /// let response = Request::get("https://example.org/").call(&app);
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "id=7; HttpOnly");
    /// ```
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        Arc::make_mut(&mut self.rules).secure = secure;
        self
    }

    /// Sets whether cookies get `HttpOnly`; `false` by default. Scripts cannot read such a cookie,
    /// so [exempt](Self::exempt) those that a script of the site reads.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::CookieAttributes;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7")])?;
    ///     Ok("Welcome!\n".into())
    /// });
    /// let response = Request::get("/").call(&CookieAttributes::new(app).http_only(true));
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "id=7; HttpOnly");
    /// ```
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        Arc::make_mut(&mut self.rules).http_only = http_only;
        self
    }

    /// Sets the `SameSite` of cookies that have none; by default, browsers decide about those.
    /// Browsers accept `None` only with `Secure`, so only cookies that are `Secure` get it.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{CookieAttributes, SameSite};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "id=7")])?;
    ///     Ok("Welcome!\n".into())
    /// });
    /// let app = CookieAttributes::new(app).same_site(SameSite::Strict);
    /// let response = Request::get("/").call(&app);
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "id=7; SameSite=Strict");
    /// ```
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        Arc::make_mut(&mut self.rules).same_site = Some(same_site);
        self
    }

    /// Leaves the cookies of this name as they are. Names are case-sensitive.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::CookieAttributes;
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Set-Cookie", "theme=dark")])?;
    ///     Ok("Welcome!\n".into())
    /// });
    /// let app = CookieAttributes::new(app).exempt("theme");
    /// let response = Request::get("https://example.org/").call(&app);
    /// assert_eq!(response.headers().get("Set-Cookie").unwrap(), "theme=dark");
    /// ```
    ///
    /// # Panics
    ///
    /// No cookie can have the name: it has a semicolon, an equals sign or a control character, or a
    /// space at an end.
    #[must_use]
    #[track_caller]
    pub fn exempt(mut self, name: &str) -> Self {
        let is_name = !name.contains(|c: char| c == ';' || c == '=' || c.is_ascii_control());
        let is_name = is_name && name.trim_ascii() == name;
        assert!(is_name, "{name:?} is not the name of a cookie");
        Arc::make_mut(&mut self.rules).exempt.push(name.to_owned());
        self
    }
}

impl<A: Application> Application for CookieAttributes<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let is_https = environ.url_scheme() == "https";
        let filter = Cookies {
            is_https,
            rules: self.rules.clone(),
        };
        let result = filtered(&self.application, filter, environ, start_response);
        if result.is_err() {
            self.rules.complete(ErrorFields::of(environ), is_https)?;
        }
        result
    }
}

#[derive(Clone, Debug)]
struct Rules {
    secure: bool,
    http_only: bool,
    same_site: Option<SameSite>,
    exempt: Vec<String>,
}

impl Rules {
    /// Adds the attributes that the cookies of a response lack.
    fn complete(&self, headers: &mut Headers, is_https: bool) -> Result<()> {
        let fields = headers.get_all(FIELD);
        let missing = fields.map(|field| self.missing(field.as_bytes(), is_https));
        let missing: Vec<_> = missing.collect();
        if missing.iter().all(String::is_empty) {
            return Ok(());
        }
        let fields = headers.get_all(FIELD).zip(&missing);
        let fields = fields.map(|(field, missing)| [field.as_bytes(), missing.as_bytes()].concat());
        let fields: Vec<_> = fields.collect();
        headers.remove(FIELD);
        for field in fields {
            headers.append(FIELD, &*field)?;
        }
        Ok(())
    }

    /// The attributes that are added to a field, if any.
    fn missing(&self, field: &[u8], is_https: bool) -> String {
        let mut missing = String::new();
        let (name, attributes) = name_and_attributes(field);
        if self.exempt.iter().any(|exempt| exempt.as_bytes() == name) {
            return missing;
        }
        let (mut is_secure, mut is_http_only, mut has_same_site) = (false, false, false);
        for (attribute, value) in attributes {
            if attribute.eq_ignore_ascii_case(b"Secure") {
                is_secure = true;
            } else if attribute.eq_ignore_ascii_case(b"HttpOnly") {
                is_http_only = true;
            } else if attribute.eq_ignore_ascii_case(b"SameSite") {
                // Of several, the last one counts (section 5.7).
                has_same_site = is_same_site(value);
            }
        }
        if self.secure && is_https && !is_secure {
            missing.push_str("; Secure");
            is_secure = true;
        }
        if self.http_only && !is_http_only {
            missing.push_str("; HttpOnly");
        }
        match self.same_site.filter(|_| !has_same_site) {
            Some(SameSite::Strict) => missing.push_str("; SameSite=Strict"),
            Some(SameSite::Lax) => missing.push_str("; SameSite=Lax"),
            Some(SameSite::None) if is_secure => missing.push_str("; SameSite=None"),
            Some(SameSite::None) | None => {}
        }
        missing
    }
}

/// Whether browsers know this value (section 5.6.7).
fn is_same_site(value: &[u8]) -> bool {
    let known: [&[u8]; 3] = [b"Strict", b"Lax", b"None"];
    known.iter().any(|known| value.eq_ignore_ascii_case(known))
}

/// The filter of a response.
struct Cookies {
    is_https: bool,
    rules: Arc<Rules>,
}

impl Filter for Cookies {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        self.rules.complete(&mut head.headers, self.is_https)?;
        Ok(Scope::Head)
    }
}
