//! Sessions for any application.

use std::time::SystemTime;

use wsgi_application::{
    Application, Environ, Error, ErrorFields, Filter, Head, Result, Scope, StartResponse, Status,
    filtered,
};
use wsgi_cookies::Cookies;
use wsgi_environ::Value;
use wsgi_sessions::{Error as SessionError, Session, Sessions, StoreError};

use crate::log_failure;
use crate::session_answer::SessionAnswer;
use crate::shared_caches::{be_private, be_private_by_default, vary_by_cookie};

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
/// is not saved, unless by `update`. Where the application fails, its changes to the session are not saved,
/// other than by `update` and `end`, which save at once; the cookie that then is due is on the error page,
/// too.
///
/// No shared cache keeps one visitor's page or cookie for another (RFC 9111 section 7.3). A response for which the
/// session was looked at has `Vary: Cookie`, and `Cache-Control: private` unless it says with `public`,
/// `s-maxage`, `private` or `no-store` itself what such caches may do. One that sets or removes the
/// session's cookie is private whatever it says, or not stored at all. That a session is first looked at by
/// a body while it is sent comes too late for this.
///
/// Where the store has no answer, be it for the application or for saving, the answer is 503 with
/// `Retry-After` and the reason is logged: a visitor never goes on with an empty session. Where the
/// server of a store hangs, which fails many requests for one reason, that is
/// [logged once](wsgi_sessions::Error::is_repeated). Where another
/// request renewed or ended the session meanwhile, or its time has run out, so that changes would be lost, it
/// is 409: in the first case with `Retry-After: 1`, since the browser has a new cookie by then. The page says what
/// has happened, in HTML where the request's `Accept` prefers that, or as a problem in JSON (RFC 9457).
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

    let save = Save(session.clone());
    let due = Due { session, environ };
    let result = filtered(application, save, due.environ, start_response);
    if due.session.has_foreign() {
        log_failure(due.environ, &StoreError::Foreign.into());
    }
    match result {
        Err(error) => answer(error, &due, start_response),
        result => result,
    }
}

/// A call, however it ends: after a panic, too, the server finds the cookie for what is saved by then.
struct Due<'a> {
    session: Session,
    environ: &'a mut Environ,
}

impl Due<'_> {
    fn cookie(&self) -> Option<String> {
        // That it can be sent was checked when the sessions were built.
        self.session.cookie()?.to_header_value().ok()
    }
}

impl Drop for Due<'_> {
    fn drop(&mut self) {
        if let Some(cookie) = self.cookie() {
            let fields = ErrorFields::of(self.environ);
            let added = fields.append("Set-Cookie", cookie);
            let _ = added.and_then(|()| fields.set("Cache-Control", "no-store"));
        }
    }
}

/// Answers what the client may try again.
fn answer(error: Error, due: &Due<'_>, start_response: &mut StartResponse<'_>) -> Result {
    let is_started = start_response.writer().is_some();
    if is_started && start_response.head().is_none() {
        return Err(error); // it is too late for another head
    }
    let cause = error.find::<SessionError>();
    let Some(answer) = cause.and_then(SessionAnswer::of) else {
        return Err(error);
    };
    let is_repeated = cause.is_some_and(SessionError::is_repeated);
    if answer.status == Status::SERVICE_UNAVAILABLE && !is_repeated {
        log_failure(due.environ, &error);
    }
    let (mut headers, body) = answer.parts(due.environ)?;
    if let Some(cookie) = due.cookie() {
        headers.append("Set-Cookie", cookie)?;
    }
    start_response.restart(error, answer.status, headers)?;
    Ok(body)
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
    let cookie = session.finish(SystemTime::now())?;
    if !session.is_used() {
        return Ok(());
    }
    let headers = &mut head.headers;
    vary_by_cookie(headers)?;
    match cookie {
        Some(cookie) => {
            headers.append("Set-Cookie", cookie.to_header_value()?)?;
            be_private(headers)?;
        }
        None => be_private_by_default(headers)?,
    }
    Ok(())
}
