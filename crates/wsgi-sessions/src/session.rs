//! The session of one request.

mod clock;
pub(crate) mod cookie;
mod data;
mod flash;
mod id;
mod identity;
mod kept;
pub(crate) mod lifetimes;
mod presented;
mod rest;
pub(crate) mod seal;
mod state;
mod values;
mod wishes;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use wsgi_cookies::SetCookie;

use self::clock::Clock;
use self::presented::Candidates;
use self::state::State;
use crate::Error;
use crate::sessions::Shared;

/// The session of one request.
///
/// A clone is a handle to the same session, and all methods take `&self`, so it
/// can be put where a request's parts are shared. It is loaded from the store at
/// the first use, and what is changed in it is saved by
/// [`finish`](Session::finish), except where a method says otherwise. What the
/// store answers in error is an error here, never an empty session.
///
/// Values are anything serde writes as JSON, up to 120 levels deep, and together
/// within [`Record::MAX_DATA`](crate::Record::MAX_DATA). What it writes as
/// `null`, such as `None`, is no value: setting a key to it removes the key.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let session = sessions.open(&Cookies::default(), false, SystemTime::now());
///
/// session.insert("name", "Ada")?;
/// session.insert("cart", [7, 3])?;
/// assert_eq!(session.get::<String>("name")?.unwrap(), "Ada");
/// assert_eq!(session.take::<Vec<u32>>("cart")?.unwrap(), [7, 3]);
/// assert!(!session.contains("cart")?);
/// assert_eq!(session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?, 1);
/// session.clear()?;
/// assert!(session.is_empty()?);
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    https: bool,
    clock: Clock,
    state: Mutex<State>,
}

impl Session {
    pub(crate) fn open(
        shared: Arc<Shared>,
        candidates: Candidates,
        https: bool,
        opened: SystemTime,
    ) -> Self {
        let clock = Clock::start(opened);
        let state = Mutex::new(State::new(candidates));
        Self(Arc::new(Inner {
            shared,
            https,
            clock,
            state,
        }))
    }

    /// Whether the visitor has no session yet: none under the cookie that came, if
    /// one came, and none saved by this request.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_new(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.is_new())
    }

    /// Whether another request has renewed the session a moment ago, so that this one, with the old
    /// id, reads what was in it then. It cannot be changed any more, except by
    /// [renewing](Session::renew) it, too, into a session of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_retired(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.is_retired())
    }

    /// Saves the session if it was changed, and gives the cookie to set or to
    /// remove, if there is one: to be called once, before the head of the response
    /// is sent, with the time it is then.
    ///
    /// A session that was never used costs nothing; one that was read and not
    /// changed has its idle deadline moved, at most once in the interval of
    /// [`touch_every`](crate::SessionsBuilder::touch_every). After it the session
    /// can be read, and an [`update`](Session::update) of one that is kept already
    /// is saved; other changes are refused. Called again, it does nothing, but
    /// after an error it tries again.
    ///
    /// # Errors
    ///
    /// [`Error::Retired`], [`Error::Ended`] and [`Error::Expired`] where there were changes and another
    /// request has renewed the session, or ended it, or its time has run out: they are not saved, and
    /// there is no cookie. [`Error::Contended`], [`Error::Store`].
    pub fn finish(&self, now: SystemTime) -> Result<Option<SetCookie>, Error> {
        let Inner { shared, https, .. } = &*self.0;
        self.lock().finish(shared, *https, now)
    }

    /// The cookie that tells the browser what the store has of the session, whether
    /// or not [`finish`](Session::finish) gave it before: for an answer that takes
    /// the place of the one it was meant for, such as that to an error. It saves
    /// nothing.
    ///
    /// A request that renews the id, updates a value and then fails leaves the
    /// session under an id that only this cookie can tell.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// let session = sessions.open(&Cookies::default(), false, now);
    /// session.insert("user", "Ada")?;
    /// assert!(session.cookie().is_none(), "nothing is saved yet");
    /// let cookie = session.finish(now)?;
    /// assert_eq!(session.cookie(), cookie);
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn cookie(&self) -> Option<SetCookie> {
        let Inner { shared, https, .. } = &*self.0;
        self.lock().cookie(shared, *https, self.0.clock.now())
    }

    /// Whether this request has looked at the session or changed it, so that the
    /// response depends on the request's `Cookie` and says so in `Vary` (RFC 9110,
    /// section 12.5.5). That a visitor has no session is something seen, too.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), false, SystemTime::now());
    /// assert!(!session.is_used());
    /// assert!(!session.contains("user")?);
    /// assert!(session.is_used());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.lock().is_used()
    }

    /// Whether the store had something else than a session under the id that the request came with,
    /// which another program must have put there. The visitor is as good as new; the operator should
    /// hear of it, as by [`StoreError::Foreign`](crate::StoreError::Foreign) in a log.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), false, SystemTime::now());
    /// assert!(session.is_new()? && !session.has_foreign());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn has_foreign(&self) -> bool {
        self.lock().has_foreign()
    }

    /// The state, read from the store if it was not yet.
    fn loaded(&self) -> Result<MutexGuard<'_, State>, Error> {
        let mut state = self.lock();
        state.load(&self.0.shared, self.0.clock.now())?;
        Ok(state)
    }

    fn editable(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.loaded()?;
        state.check_editable()?;
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A store that panicked left the state as it was before.
        let lock = self.0.state.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows neither the id nor the data.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
