//! Sessions for any application.

use std::time::SystemTime;

use wsgi_application::{
    Application, Environ, Error, Filter, Head, Result, Scope, StartResponse, Status, filtered,
};
use wsgi_cookies::Cookies;
use wsgi_environ::Value;
use wsgi_sessions::{Error as SessionError, Session, Sessions};

use crate::log_failure;

/// The fields of the answers to sessions that failed. The last, in seconds, belongs to a 503
/// (RFC 9110 section 10.2.3).
const ANSWER: &[(&str, &str)] = &[
    ("Content-Type", "text/plain"),
    ("Cache-Control", "no-store"),
    ("Retry-After", "5"),
];

/// An application that finds the visitor's [`Session`] among the environ's extensions.
///
/// See [`with_session`], which it does for each request.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::SessionMiddleware;
/// use wsgi_sessions::{MemoryStore, Session, Sessions};
/// use wsgi_testing::Request;
///
/// let visits = application(|environ, start_response| {
///     let session = environ.extension::<Session>().ok_or("no session")?;
///     let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(visits.to_string().into())
/// });
/// let app = SessionMiddleware::new(visits, Sessions::new(MemoryStore::new()));
///
/// let first = Request::get("/").call(&app);
/// let cookie = first.headers().get("Set-Cookie").unwrap().to_string();
/// let cookie = cookie.split(';').next().unwrap();
/// let second = Request::get("/").header("Cookie", cookie).call(&app);
/// assert_eq!((first.text(), second.text()), ("1", "2"));
/// ```
#[derive(Debug)]
pub struct SessionMiddleware<A> {
    application: A,
    sessions: Sessions,
}

impl<A: Application> SessionMiddleware<A> {
    /// Gives an application sessions.
    #[must_use]
    pub fn new(application: A, sessions: Sessions) -> Self {
        Self {
            application,
            sessions,
        }
    }
}

impl<A: Application> Application for SessionMiddleware<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        with_session(&self.sessions, &self.application, environ, start_response)
    }
}

/// Calls an application with the visitor's [`Session`] in the environ's extensions, and saves it
/// before the first byte of the response leaves.
///
/// A session that is not used costs neither a load nor a cookie. One that was changed is saved
/// when the head of the response is settled: what a body that is made while it is sent changes later
/// is not saved, unless by `update`. A response that sets or removes the session's cookie is
/// `Cache-Control: private` if it does not say otherwise. Where the application fails, its changes to
/// the session are not saved, other than by `update` and `flush`, which save at once.
///
/// Where the store has no answer, be it for the application or for saving, the answer is 503 with
/// `Retry-After` and the reason is logged: a visitor never goes on with an empty session. Where another
/// request ended the session meanwhile, so that changes would be lost, it is 409.
///
/// # Errors
///
/// Those of the application, and those of sessions that trying again does not help against.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::with_session;
/// use wsgi_sessions::{MemoryStore, Session, Sessions};
/// use wsgi_testing::Request;
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let app = application(move |environ, start_response| {
///     let unused = application(|_environ, start_response| {
///         start_response.start(Status::OK, ())?;
///         Ok("no cookie".into())
///     });
///     with_session(&sessions, &unused, environ, start_response)
/// });
/// assert!(!Request::get("/").call(&app).headers().contains("Set-Cookie"));
/// ```
pub fn with_session(
    sessions: &Sessions,
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let cookies: Cookies<'_> = environ
        .get("HTTP_COOKIE")
        .map(Value::as_bytes)
        .into_iter()
        .collect();
    let is_https = environ.url_scheme() == "https";
    let session = sessions.open(&cookies, is_https, SystemTime::now());
    environ.insert_extension(session.clone());

    let save = Save(session);
    match filtered(application, save, environ, start_response) {
        Err(error) => answer(error, environ, start_response),
        result => result,
    }
}

/// Answers what the client may try again.
fn answer(error: Error, environ: &Environ, start_response: &mut StartResponse<'_>) -> Result {
    let is_started = start_response.writer().is_some();
    if is_started && start_response.head().is_none() {
        return Err(error); // it is too late for another head
    }
    let (status, fields) = match session_error(&error) {
        Some(SessionError::Retired) => (Status::CONFLICT, &ANSWER[..2]),
        Some(cause) if cause.is_temporary() => {
            log_failure(environ, &error);
            (Status::SERVICE_UNAVAILABLE, ANSWER)
        }
        _ => return Err(error),
    };
    let text = format!("{status}\n");
    start_response.restart(error, status, fields)?;
    Ok(text.into())
}

/// What went wrong with a session, if that is the cause.
fn session_error(error: &Error) -> Option<&SessionError> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// Saves a session when the head of the response is settled.
struct Save(Session);

impl Filter for Save {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        match save(&self.0, head) {
            Ok(()) => Ok(Scope::Head),
            Err(error) => {
                // Nothing has left yet: what was written so far can still give way to the answer.
                head.clear();
                Err(error)
            }
        }
    }
}

fn save(session: &Session, head: &mut Head) -> Result<()> {
    if let Some(cookie) = session.finish(SystemTime::now())? {
        let value = cookie.to_header_value()?;
        head.headers.append("Set-Cookie", value)?;
        head.headers.set_default("Cache-Control", "private")?;
    }
    Ok(())
}
