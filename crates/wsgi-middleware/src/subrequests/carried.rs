//! The cookies, and the limits of caches, that a response has from earlier calls for its request.

use wsgi_application::{
    Application, Environ, ErrorFields, Filter, Head, Result, Scope, StartResponse, filtered,
};

#[cfg(feature = "sessions")]
use crate::shared_caches::{be_private_by_default, vary_by_cookie};
use crate::{
    calls::Calls, set_cookie::add_earlier_cookies, shared_caches::be_private, vary::vary_by,
};
#[cfg(feature = "sessions")]
use wsgi_sessions::Session;

/// Calls an application again for a request.
///
/// Its response has the cookies of sessions that earlier calls have saved, unless it sets them
/// itself. No shared cache keeps it for others if it has such a cookie, or if an earlier call has
/// read a session. Its `Vary` also names the fields of the request that those of dropped responses
/// named.
pub(crate) fn call_again(
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result {
    let carried = Carried::of(environ);
    if carried.is_empty() {
        return application.call(environ, start_response);
    }
    filtered(application, carried, environ, start_response)
}

struct Carried {
    cookies: Vec<Vec<u8>>,
    vary: Vec<Vec<u8>>,
    #[cfg(feature = "sessions")]
    sessions: Vec<Session>,
}

impl Carried {
    fn of(environ: &mut Environ) -> Self {
        let mut cookies = Vec::new();
        let owed = ErrorFields::of(environ).get_all("Set-Cookie");
        cookies.extend(owed.map(|cookie| cookie.as_bytes().to_vec()));
        Self {
            cookies,
            vary: Calls::vary(environ).to_vec(),
            #[cfg(feature = "sessions")]
            sessions: Calls::sessions(environ).to_vec(),
        }
    }

    fn is_empty(&self) -> bool {
        #[cfg(feature = "sessions")]
        let has_sessions = !self.sessions.is_empty();
        #[cfg(not(feature = "sessions"))]
        let has_sessions = false;
        self.cookies.is_empty() && self.vary.is_empty() && !has_sessions
    }
}

impl Filter for Carried {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        let headers = &mut head.headers;
        for name in &self.vary {
            vary_by(headers, name)?;
        }
        #[cfg(feature = "sessions")]
        for session in &self.sessions {
            if session.is_used() {
                vary_by_cookie(headers)?;
                be_private_by_default(headers)?;
            }
        }
        if !self.cookies.is_empty() {
            add_earlier_cookies(headers, self.cookies.iter().map(Vec::as_slice))?;
            be_private(headers)?;
        }
        Ok(Scope::Head)
    }
}
