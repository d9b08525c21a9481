//! Middleware that gives any application sessions.

use std::time::SystemTime;

use wsgi_application::{
    Application, Environ, Error, ErrorFields, Filter, Head, Result, Scope, StartResponse, Status,
    filtered,
};
use wsgi_cookies::Cookies;
use wsgi_environ::Value;
use wsgi_sessions::{Error as SessionError, Method, Scheme, Session, Sessions, StoreError};

#[cfg(feature = "internal-redirects")]
use crate::subrequests::internal_redirects::InternalRedirect;
use crate::{
    calls::Calls,
    cross_origin::{initiator::Initiator, policy::is_safe},
    log::log_failure,
    session::{
        opened::{Around, Entered},
        session_answer::SessionAnswer,
    },
    set_cookie::replace_cookie,
    shared_caches::{be_private, be_private_by_default, vary_by_cookie},
};

/// Middleware that puts the visitor's [`Session`] into the environ's extensions.
///
/// It calls [`with_session`] for each request.
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
/// A session that is not used costs neither a load nor a cookie. A changed session is saved when
/// the head of the response is settled. Changes that a streaming body makes after that are not
/// saved, except those made with `update`. If the application fails, its changes are not saved,
/// except those made with `update` and `end`, which save at once. The cookie for these is on the
/// error page, too. An application may [finish](Session::finish) the session itself, to see whether
/// that fails, and need not send the cookie then.
///
/// `InternalRedirects`, `ErrorDocuments` and `Cascade` may call an application several times for a
/// request. All calls have one session: each finds it as the one before has left it, and the
/// response has its last cookie. An `InternalRedirect` is not a failure, so changes before it are
/// saved.
///
/// A call inside another one that has the same [`Sessions`] uses the session of the outer one,
/// which saves it, also if a call with other sessions is between them. So does an application in an
/// `ApplicationService` of wsgi-tower, inside a `SessionLayer`. Different sessions have a cookie
/// each.
///
/// No shared cache keeps one visitor's page or cookie for another (RFC 9111 section 7.3). If the
/// session was read or changed, the response has `Vary: Cookie`. It also has `Cache-Control:
/// private`, unless the application has set `public`, `s-maxage`, `private` or `no-store`. A
/// response that sets or removes the session's cookie is always private, or not stored at all. A
/// body that first reads the session while it is sent is too late for this.
///
/// If the store fails, for the application or when saving, the response is 503 with `Retry-After`,
/// and the reason is logged: a visitor never continues with an empty session. A page that has only
/// read the session is sent even if the store is then unavailable or full and cannot save that it
/// was used, which is logged as well. It is 503 only if the cookie has to be signed with a new key,
/// because that takes an answer of the store. A hanging server of a store fails many requests for
/// one reason, which is [logged once](wsgi_sessions::Error::is_repeated).
///
/// If changes would be lost because another request has renewed or ended the session, or because it
/// has expired, the response is 409. After a renewal it has `Retry-After: 1`, because the browser
/// then has a new cookie. The page says what has happened: in HTML if the request's `Accept` field
/// prefers that, or as a problem detail in JSON (RFC 9457).
///
/// # Requests from other sites
///
/// A form on a page of another site, such as that of an OAuth or SAML provider, is sent without the
/// visitor's cookie, which is `SameSite=Lax` by default. It must not log the visitor out. So if the
/// request has no cookie of a session, values that the application sets begin no session: they last
/// as long as the request, and no cookie is set. A [`login`](Session::login) or a
/// [`restart`](Session::restart) begins one, which then replaces the visitor's: see
/// [`Sessions::open_cross_site`].
///
/// A request is from another site if `Sec-Fetch-Site` is `cross-site`. Browsers send that field to
/// sites by https and on the same machine. If it is missing, an `Origin` of another host or port
/// than `Host`, or `null`, counts as another site, since the request does not tell more.
///
/// # Errors
///
/// Returns the errors of the application, and errors of sessions that a retry does not solve.
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
    if let Some(session) = Calls::take_session(environ, sessions) {
        session.reopen();
        return with_open_session(session, application, environ, start_response);
    }
    let Some(around) = Around::of(environ, sessions) else {
        let session = open_session(sessions, environ);
        return with_open_session(session, application, environ, start_response);
    };
    let result = match around.hidden {
        Some(session) => {
            let entered = Entered::new(environ, &session);
            application.call(entered.environ, start_response)
        }
        None => application.call(environ, start_response),
    };
    match result {
        // The gateway saves the session, but has no pages for its errors.
        Err(error) if around.is_of_gateway => answer(error, None, environ, start_response),
        result => result,
    }
}

/// Opens the session of a request, with the care for other sites that [`with_session`] takes. It is
/// for gateways between frameworks, which pass it to [`with_open_session`] later.
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::open_session;
/// use wsgi_sessions::{MemoryStore, Sessions};
///
/// let session = open_session(&Sessions::new(MemoryStore::new()), &Environ::new());
/// assert!(session.is_new()?);
/// # Ok::<(), wsgi_sessions::Error>(())
/// ```
#[must_use]
pub fn open_session(sessions: &Sessions, environ: &Environ) -> Session {
    let cookies: Cookies<'_> = environ
        .get("HTTP_COOKIE")
        .map(Value::as_bytes)
        .into_iter()
        .collect();
    let scheme = Scheme::named(environ.url_scheme());
    let now = SystemTime::now();
    match Initiator::of(environ) {
        Initiator::CrossSite | Initiator::Other => {
            let method = match is_safe(environ) {
                true => Method::Safe,
                false => Method::Unsafe,
            };
            sessions.open_cross_site(&cookies, scheme, method, now)
        }
        Initiator::Own | Initiator::SameSite | Initiator::Unknown => {
            sessions.open(&cookies, scheme, now)
        }
    }
}

/// Calls an application as [`with_session`] does, with a session that is open already, for example
/// because another framework has opened it.
///
/// # Errors
///
/// As for [`with_session`].
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{open_session, with_open_session};
/// use wsgi_sessions::{MemoryStore, Sessions};
/// use wsgi_testing::Request;
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let app = application(move |environ, start_response| {
///     let session = open_session(&sessions, environ);
///     session.insert("name", "Ada")?;
///     let page = application(|_environ, start_response| {
///         start_response.start(Status::OK, ())?;
///         Ok("saved".into())
///     });
///     with_open_session(session, &page, environ, start_response)
/// });
/// assert!(Request::get("/").call(&app).headers().contains("Set-Cookie"));
/// ```
pub fn with_open_session(
    session: Session,
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let entered = Entered::new(environ, &session);
    let save = Save(session.clone());
    let due = Due { session, entered };
    let result = filtered(application, save, due.entered.environ, start_response);
    if due.session.has_foreign() {
        log_failure(due.entered.environ, &StoreError::Foreign.into());
    }
    #[cfg(feature = "internal-redirects")]
    let result = result.map_err(|error| redirected(error, &due.session));
    if let Some(error) = due.session.take_touch_error()
        && !error.is_repeated()
    {
        log_failure(due.entered.environ, &error.into());
    }
    // The page for changes that could not be saved begins with the session as it is in the store.
    let has_failed = matches!(&result, Err(error) if error.find::<SessionError>().is_some());
    if due.session.is_used() && !has_failed {
        Calls::leave_session(due.entered.environ, &due.session);
    }
    match result {
        Err(error) => {
            let cookie = due.cookie();
            answer(error, cookie, due.entered.environ, start_response)
        }
        result => result,
    }
}

/// A running call. However it ends, even by a panic, dropping this passes the cookie of the saved
/// session to the server.
struct Due<'a> {
    session: Session,
    entered: Entered<'a>,
}

impl Due<'_> {
    fn cookie(&self) -> Option<String> {
        // The sessions' builder has checked that the cookie can be sent.
        self.session.cookie()?.to_header_value().ok()
    }
}

impl Drop for Due<'_> {
    fn drop(&mut self) {
        if let Some(cookie) = self.cookie() {
            let fields = ErrorFields::of(self.entered.environ);
            // An earlier call for the request may have left one.
            let added = replace_cookie(fields, cookie.as_bytes());
            let _ = added.and_then(|()| fields.set("Cache-Control", "no-store"));
        }
    }
}

/// Saves the changes of an application that has another page answer. The error is then that one, or
/// that of the store.
#[cfg(feature = "internal-redirects")]
fn redirected(error: Error, session: &Session) -> Error {
    if error.find::<InternalRedirect>().is_some()
        && let Err(failure) = session.finish(SystemTime::now())
    {
        return failure.into();
    }
    error
}

/// Answers failures that the client may retry.
fn answer(
    error: Error,
    cookie: Option<String>,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
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
        log_failure(environ, &error);
    }
    let (mut headers, body) = answer.parts(environ)?;
    if let Some(cookie) = cookie {
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
                // Nothing has been sent yet, so the response can replace what was written so far.
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
    // An application that has finished the session itself may not have sent the cookie.
    match cookie.or_else(|| session.cookie()) {
        Some(cookie) => {
            replace_cookie(headers, cookie.to_header_value()?.as_bytes())?;
            be_private(headers)?;
        }
        None => be_private_by_default(headers)?,
    }
    Ok(())
}
