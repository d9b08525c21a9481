//! The visitor who sent a request.

use wsgi_middleware::Credentials;
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
    /// let request = wsgi_testing::Request::get("/")
    ///     .header("Authorization", "Basic YWRhOnNlc2FtZQ==");
    /// assert_eq!(request.call(&app).text(), "Come in!");
    /// ```
    #[must_use]
    pub fn basic_auth(&self) -> Option<Credentials> {
        Credentials::of(self.environ)
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
