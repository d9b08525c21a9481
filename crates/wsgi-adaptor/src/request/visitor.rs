//! The visitor who sent a request.

use wsgi_middleware::{Credentials, CspNonceError, bearer_token, csp_nonce};
use wsgi_sessions::Session;

use crate::{request::Request, request_error::RequestError};

/// The visitor.
impl<'a> Request<'a> {
    /// The user and the password of Basic authentication. Nobody has checked them yet.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_middleware::constant_time_eq;
    ///
    /// fn cave(request: &Request<'_>) -> Response {
    ///     match request.basic_auth() {
    ///         Some(ada) if ada.user() == "ada" && constant_time_eq(ada.password(), "sesame") => {
    ///             Response::text("Come in!")
    ///         }
    ///         _ => Response::unauthorized("Cave"),
    ///     }
    /// }
    ///
    /// let app = Adaptor::new().get("/", cave);
    /// let request = wsgi_testing::Request::get("/");
    /// assert_eq!(request.call(&app).status().code(), 401);
    /// let request = wsgi_testing::Request::get("/").basic_auth("ada", "sesame");
    /// assert_eq!(request.call(&app).text(), "Come in!");
    /// ```
    #[must_use]
    pub fn basic_auth(&self) -> Option<Credentials> {
        Credentials::of(self.environ)
    }

    /// The token of bearer authentication, which programs send to a service in place of a user and
    /// a password. Nobody has checked it yet. See [`bearer_token`].
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_middleware::constant_time_eq;
    ///
    /// fn prices(request: &Request<'_>) -> Response {
    ///     let token = request.bearer_token();
    ///     if token.is_some_and(|token| constant_time_eq(token, "mF_9.B5f-4.1JqM")) {
    ///         return Response::text("tea: 3");
    ///     }
    ///     Response::of_status(401).with_header("WWW-Authenticate", "Bearer")
    /// }
    ///
    /// let app = Adaptor::new().get("/prices", prices);
    /// let request = wsgi_testing::Request::get("/prices");
    /// assert_eq!(request.call(&app).status().code(), 401);
    /// let request = wsgi_testing::Request::get("/prices")
    ///     .header("Authorization", "Bearer mF_9.B5f-4.1JqM");
    /// assert_eq!(request.call(&app).text(), "tea: 3");
    /// ```
    #[must_use]
    pub fn bearer_token(&self) -> Option<&'a str> {
        bearer_token(self.environ)
    }

    /// The nonce of the response, for the attribute `nonce` of the page's own scripts and styles:
    /// see [`csp_nonce`].
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response, Result};
    /// use wsgi_middleware::SecurityHeaders;
    ///
    /// fn page(request: &Request<'_>) -> Result<Response> {
    ///     let nonce = request.csp_nonce()?;
    ///     Ok(Response::html(format!("<style nonce=\"{nonce}\">p {{ color: teal }}</style>")))
    /// }
    ///
    /// let app = SecurityHeaders::new(Adaptor::new().get("/", page))
    ///     .content_security_policy("default-src 'none'; style-src {nonce}");
    /// let response = wsgi_testing::Request::get("/").call(&app);
    /// let nonce = response.text().split('"').nth(1).unwrap();
    /// let policy = response.headers().get("Content-Security-Policy").unwrap().to_string();
    /// assert!(policy.contains(&format!("style-src 'nonce-{nonce}'")));
    /// ```
    ///
    /// # Errors
    ///
    /// [`CspNonceError`], for example if no `SecurityHeaders` is around the adaptor.
    pub fn csp_nonce(&self) -> Result<&str, CspNonceError> {
        csp_nonce(self.environ)
    }

    /// The visitor's session.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoSessions`].
    pub fn session(&self) -> Result<&'a Session, RequestError> {
        self.environ.extension().ok_or(RequestError::NoSessions)
    }
}
