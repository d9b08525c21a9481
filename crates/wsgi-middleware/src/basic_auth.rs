//! Basic authentication.

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use crate::credentials::{Credentials, challenge};

/// Middleware that asks for a user and a password (RFC 7617).
///
/// The check is a closure that takes the user and the password. It runs for each request, and may
/// block. If it returns `true`, `REMOTE_USER` is the user and `AUTH_TYPE` is `Basic` (RFC 3875
/// sections 4.1.1 and 4.1.11), and the application is called. Otherwise the response is 401, and a
/// browser asks for a user and a password. Malformed credentials count as missing; the check does
/// not see them.
///
/// Anyone on the network can read the password, so serve over https.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{BasicAuth, constant_time_eq};
/// use wsgi_testing::Request;
///
/// let hello = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
///     Ok(format!("Hello {}!", environ.get("REMOTE_USER").unwrap()).into())
/// });
/// let app = BasicAuth::new(hello, "Cave", |user, password| {
///     user == "Aladdin" && constant_time_eq(password, "open sesame")
/// });
///
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status(), &Status::UNAUTHORIZED);
/// assert_eq!(
///     response.headers().get("WWW-Authenticate").unwrap(),
///     r#"Basic realm="Cave", charset="UTF-8""#
/// );
///
/// let response = Request::get("/")
///     .header("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
///     .call(&app);
/// assert_eq!(response.text(), "Hello Aladdin!");
/// ```
pub struct BasicAuth<A, C> {
    application: A,
    challenge: String,
    check: C,
}

impl<A, C> BasicAuth<A, C>
where
    A: Application,
    C: Fn(&str, &str) -> bool + Send + Sync,
{
    /// Protects an application. Browsers show the realm to the user: the name of what the password
    /// is for.
    #[must_use]
    pub fn new(application: A, realm: &str, check: C) -> Self {
        Self {
            application,
            challenge: challenge(realm),
            check,
        }
    }
}

impl<A, C> Application for BasicAuth<A, C>
where
    A: Application,
    C: Fn(&str, &str) -> bool + Send + Sync,
{
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let credentials = Credentials::of(environ)
            .filter(|credentials| (self.check)(credentials.user(), credentials.password()));
        let Some(credentials) = credentials else {
            let headers = [
                ("Content-Type", "text/plain"),
                ("WWW-Authenticate", &self.challenge),
            ];
            start_response.start(Status::UNAUTHORIZED, headers)?;
            return Ok("401 Unauthorized\n".into());
        };
        environ.set("REMOTE_USER", credentials.user());
        environ.set("AUTH_TYPE", "Basic");
        self.application.call(environ, start_response)
    }
}

impl<A: fmt::Debug, C> fmt::Debug for BasicAuth<A, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth")
            .field("application", &self.application)
            .field("challenge", &self.challenge)
            .finish_non_exhaustive()
    }
}
