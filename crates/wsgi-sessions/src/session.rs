//! The session of one request.

mod clock;
pub(crate) mod cookie;
mod data;
mod id;
mod kept;
pub(crate) mod lifetimes;
pub(crate) mod seal;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wsgi_cookies::SetCookie;

use self::clock::Clock;
use self::seal::Presented;
use self::state::{ATTEMPTS, Attempt, State};
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
        presented: Option<Presented>,
        https: bool,
        opened: SystemTime,
    ) -> Self {
        let clock = Clock::start(opened);
        let state = Mutex::new(State::new(presented));
        Self(Arc::new(Inner {
            shared,
            https,
            clock,
            state,
        }))
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is not a `T`, [`Error::Store`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let value = self.loaded()?.data().value(key);
        data::read(key, value.as_ref())
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn contains(&self, key: &str) -> Result<bool, Error> {
        Ok(self.loaded()?.data().contains(key))
    }

    /// Whether no key has a value.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.data().is_empty())
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

    /// Whether another request has renewed or ended the session. It is empty then,
    /// cannot be changed, and sets no cookie.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_retired(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.is_retired())
    }

    /// Sets the value of a key. One that it has already is no change.
    ///
    /// Where another request sets the same key, the one that is saved last
    /// decides; its other keys are kept. What is made from the value that was
    /// there belongs in [`update`](Session::update).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value cannot be written as JSON;
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`].
    pub fn insert<T: Serialize>(&self, key: &str, value: T) -> Result<(), Error> {
        let value = data::value(key, value)?;
        self.editable()?.set(key, value);
        Ok(())
    }

    /// Takes the value of a key away, and says whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`].
    pub fn remove(&self, key: &str) -> Result<bool, Error> {
        Ok(self.editable()?.set(key, None))
    }

    /// Takes the value of a key out: for a message that is to be shown once. Two
    /// requests at the same time may both get it; for what must not be had twice,
    /// take it out in [`update`](Session::update).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is not a `T`, and stays;
    /// [`Error::Contended`] where another handle changes it again and again;
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`].
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        for _ in 0..ATTEMPTS {
            // Reading it as a `T` runs without the lock, so that it may use the session.
            let value = self.editable()?.data().value(key);
            let taken = data::read(key, value.as_ref())?;
            let mut state = self.editable()?;
            if state.data().has(key, value.as_ref()) {
                state.set(key, None);
                return Ok(taken);
            }
        }
        Err(Error::Contended)
    }

    /// Takes all values away and keeps the session. To end it, see
    /// [`end`](Session::end).
    ///
    /// # Errors
    ///
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`].
    pub fn clear(&self) -> Result<(), Error> {
        self.editable()?.clear();
        Ok(())
    }

    /// Makes the value of a key anew from the one that is there, and gives the new
    /// one. No two requests do it from the same value.
    ///
    /// It is saved at once, with all other changes so far; in a session that is
    /// new, which no other request can know, by [`finish`](Session::finish). The
    /// closure runs again where another request came first. To remove the key, it
    /// gives `None`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), false, SystemTime::now());
    /// let count = |visits: Option<u64>| visits.unwrap_or(0) + 1;
    /// assert_eq!(session.update("visits", count)?, 1);
    /// assert_eq!(session.update("visits", count)?, 2);
    ///
    /// // Once, and never to two requests:
    /// let mut taken = None;
    /// session.update("visits", |visits: Option<u64>| {
    ///     taken = visits;
    ///     None::<u64>
    /// })?;
    /// assert_eq!(taken, Some(2));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is not a `T` or the new one cannot be
    /// written as JSON; [`Error::Contended`] after a thousand attempts;
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`]. Nothing is
    /// changed then, except that a store which is
    /// [`Unavailable`](crate::StoreError::Unavailable) may have saved it.
    pub fn update<T, R>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<T>) -> R,
    ) -> Result<R, Error>
    where
        T: DeserializeOwned,
        R: Serialize,
    {
        let Inner { shared, clock, .. } = &*self.0;
        for _ in 0..ATTEMPTS {
            let (old, revision) = {
                let state = self.loaded()?;
                state.check_updatable()?;
                (state.data().value(key), state.revision())
            };
            // The closure, and what makes its argument, run without the lock, so
            // that they may use the session.
            let new = change(data::read(key, old.as_ref())?);
            let value = data::value(key, &new)?;
            let mut state = self.lock();
            if state.revision() != revision {
                continue;
            }
            match state.update(shared, key, value, clock.now())? {
                Attempt::Done => return Ok(new),
                Attempt::Overtaken => {}
            }
        }
        Err(Error::Contended)
    }

    /// Gives the session a new id and keeps its data: to be called *before* a
    /// visitor's rights grow, as at a login, so that an id which someone else
    /// knows or has planted is worth nothing after it.
    ///
    /// The old id is retired when the session is next saved. A request that comes
    /// late with it gets no session, and never the new id. Where another request
    /// changes the session meanwhile, that change is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Retired`], [`Error::Finished`], [`Error::Store`].
    pub fn renew(&self) -> Result<(), Error> {
        self.editable()?.renew();
        Ok(())
    }

    /// Ends the session, as at a logout: at once and for good, whatever other
    /// requests do with it. What is set after that begins a new session with a new
    /// id.
    ///
    /// A visitor without a session, and one whose session was ended by its deadlines
    /// or a moment ago by another logout, have nothing to end, and that is no error.
    /// After another logout the session [is retired](Session::is_retired), so that
    /// nothing takes the place of one which the visitor has begun since.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, Error, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// # let first = sessions.open(&Cookies::default(), false, now);
    /// # first.insert("user", "Ada")?;
    /// # let cookie = first.finish(now)?.unwrap();
    /// # let header = format!("{}={}", cookie.name(), cookie.value());
    /// # let open = || sessions.open(&Cookies::parse(&header), false, now);
    /// let (login, logout) = (open(), open()); // two requests with one id
    /// login.renew()?;
    /// login.finish(now)?;
    /// // The visitor is logged in, under an id this request does not know.
    /// assert!(matches!(logout.end(), Err(Error::Retired)));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// In each case the session may go on, so tell the visitor, who may try again:
    /// [`Error::Retired`] where another request has renewed the id, [`Error::Store`].
    pub fn end(&self) -> Result<(), Error> {
        let Inner { shared, clock, .. } = &*self.0;
        self.lock().end_session(shared, clock.now())
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
    /// [`Error::Retired`] where there were changes and another request has renewed
    /// or ended the session: they are not saved, and there is no cookie.
    /// [`Error::Contended`], [`Error::Store`].
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
