//! A browser for the checks: it keeps a cookie and sends it back.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use wsgi_cookies::{Cookies, SetCookie};

use crate::{error::Error, scheme::Scheme, session::Session, sessions::Sessions, store::Store};

/// A browser and the application that it visits.
pub(super) struct Browser {
    sessions: Sessions,
    cookie: Mutex<Option<String>>,
}

impl Browser {
    pub(super) fn of(store: &Arc<dyn Store>) -> Self {
        Self {
            sessions: Sessions::new(Arc::clone(store)),
            cookie: Mutex::new(None),
        }
    }

    /// Returns the id of its cookie, if it has one.
    pub(super) fn id(&self) -> Option<String> {
        let cookie = self.cookie.lock();
        cookie.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the session of a new request.
    pub(super) fn request(&self, now: SystemTime) -> Session {
        let header = self.id().map(|id| format!("session={id}"));
        let header = header.unwrap_or_default();
        self.sessions
            .open(&Cookies::parse(&header), Scheme::Http, now)
    }

    /// Ends a request and keeps its cookie.
    pub(super) fn response(&self, session: &Session, now: SystemTime) -> Result<(), Error> {
        let cookie = session.finish(now)?;
        if let Some(cookie) = cookie {
            self.receive(&cookie);
        }
        Ok(())
    }

    /// Makes a request and ends it.
    #[track_caller]
    pub(super) fn visit<T>(
        &self,
        now: SystemTime,
        visit: impl FnOnce(&Session) -> Result<T, Error>,
    ) -> T {
        let session = self.request(now);
        let seen = visit(&session).expect("a visit");
        self.response(&session, now).expect("a response");
        seen
    }

    fn receive(&self, cookie: &SetCookie) {
        let id = Some(cookie.value().to_owned()).filter(|id| !id.is_empty());
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }
}

/// A clone has the same cookie at first, and keeps the cookies of its own responses.
impl Clone for Browser {
    fn clone(&self) -> Self {
        Self {
            sessions: self.sessions.clone(),
            cookie: Mutex::new(self.id()),
        }
    }
}
