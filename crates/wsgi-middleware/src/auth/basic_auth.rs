//! Basic authentication.

use std::fmt;

use wsgi_application::{Application, Environ, Error, Result, StartResponse, Status};

use crate::{
    auth::{
        credentials::{Credentials, challenge},
        findings::Findings,
        password_check::PasswordCheck,
        throttle::{Attempt, Throttle, refuse},
    },
    log::log_failure,
};

/// Middleware that asks for a user and a password (RFC 7617).
///
/// The check is a closure that takes the user and the password, or a [`PasswordCheck`], such as an
/// `Htpasswd`. It runs for each request, and may block. If it returns `true`, `REMOTE_USER` is the
/// user and `AUTH_TYPE` is `Basic` (RFC 3875 sections 4.1.1 and 4.1.11), and the application is
/// called. Otherwise the response is 401, and a browser asks for a user and a password. Malformed
/// credentials count as missing; the check does not see them.
///
/// Wrong passwords are limited by a [`Throttle`], so that nobody guesses for long: after some of
/// them, an address gets 429 with `Retry-After`. Behind a front server, put
/// [`TrustedProxies`](crate::TrustedProxies) around this middleware, so that the address is that of
/// the client.
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
/// let response = Request::get("/").basic_auth("Aladdin", "open sesame").call(&app);
/// assert_eq!(response.text(), "Hello Aladdin!");
/// ```
pub struct BasicAuth<A, C> {
    application: A,
    challenge: String,
    check: C,
    findings: Findings,
    throttle: Option<Throttle>,
}

impl<A, C> BasicAuth<A, C>
where
    A: Application,
    C: Fn(&str, &str) -> bool + Send + Sync,
{
    /// Protects an application by a closure. Browsers show the realm to the user: the name of what
    /// the password is for.
    #[must_use]
    pub fn new(application: A, realm: &str, check: C) -> Self {
        Self::with_check(application, realm, check)
    }
}

impl<A: Application, C: PasswordCheck> BasicAuth<A, C> {
    /// Protects an application by a [`PasswordCheck`].
    #[must_use]
    pub fn with_check(application: A, realm: &str, check: C) -> Self {
        Self {
            application,
            challenge: challenge(realm),
            check,
            findings: Findings::new(),
            throttle: Some(Throttle::new()),
        }
    }

    /// Sets the limits of wrong passwords. By default they are those of [`Throttle::new`]; with
    /// `None` there are none.
    #[must_use]
    pub fn throttle(mut self, throttle: impl Into<Option<Throttle>>) -> Self {
        self.throttle = throttle.into();
        self
    }

    fn is_right(&self, environ: &Environ, credentials: &Credentials) -> Result<bool> {
        let result = self.check.check(credentials.user(), credentials.password());
        match result {
            // Another answer than to a wrong password would tell that there is this user.
            Err(error) if concerns_one_user(&error) => {
                log_failure(environ, &error);
                Ok(false)
            }
            result => result,
        }
    }

    fn ask(&self, start_response: &mut StartResponse<'_>) -> Result {
        let headers = [
            ("Content-Type", "text/plain"),
            ("WWW-Authenticate", &self.challenge),
        ];
        start_response.start(Status::UNAUTHORIZED, headers)?;
        Ok("401 Unauthorized\n".into())
    }
}

impl<A: Application, C: PasswordCheck> Application for BasicAuth<A, C> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some(credentials) = Credentials::of(environ) else {
            return self.ask(start_response);
        };
        if let Some(Wrong) = self.findings.of(environ) {
            return self.ask(start_response); // it was counted before
        }
        let throttle = self.throttle.as_ref();
        let (user, password) = (credentials.user(), credentials.password());
        let attempt = throttle.map(|throttle| throttle.attempt(environ, user, password));
        if let Some(seconds) = attempt.as_ref().and_then(Attempt::refusal) {
            return refuse(seconds, start_response);
        }
        let checked = self.is_right(environ, &credentials);
        if let Some(attempt) = attempt {
            match checked {
                Ok(is_right) => attempt.count(is_right),
                Err(_) => attempt.charge(),
            }
        }
        if !checked? {
            self.findings.leave(environ, Wrong);
            return self.ask(start_response);
        }
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
            .field("throttle", &self.throttle)
            .finish_non_exhaustive()
    }
}

/// The finding that the credentials are wrong.
#[derive(Clone, Copy)]
struct Wrong;

/// Whether the passwords of other users can be checked.
#[cfg(feature = "htpasswd")]
fn concerns_one_user(error: &Error) -> bool {
    use crate::auth::htpasswd::HtpasswdError;
    matches!(error.find(), Some(HtpasswdError::Line { .. }))
}

#[cfg(not(feature = "htpasswd"))]
fn concerns_one_user(_: &Error) -> bool {
    false
}
