//! The session of one request.

mod annex_changes;
mod backoff;
mod clock;
pub(crate) mod cookie;
mod data;
mod flash;
mod id;
mod identity;
mod kept;
pub(crate) mod lifetimes;
mod presented;
pub(crate) mod seal;
pub(crate) mod shared;
mod state;
mod values;

use std::{
    cell::Cell,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use wsgi_cookies::SetCookie;

use self::{clock::Clock, presented::Candidates, shared::Shared, state::State};
use crate::{error::Error, scheme::Scheme, store_error::StoreError};

/// The session of one request.
///
/// A clone is a handle to the same session, and all methods take `&self`, so a session can be
/// stored where a request's parts are shared. It is loaded from the store at its first use.
/// [`finish`](Session::finish) saves its changes, unless a method says otherwise. An error of the
/// store is returned as an error, never as an empty session.
///
/// Values are anything that serde writes as JSON, nested at most 120 levels deep, and together
/// within [`Record::MAX_DATA`](crate::Record::MAX_DATA). A value that serde writes as `null`, such
/// as `None`, counts as absent: setting a key to it removes the key. A float that is not finite is
/// `null`, too, so a list or a struct with one cannot be read again: refuse those of a visitor.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
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
    /// `None` in the memory of a session that has ended.
    shared: Option<Arc<Shared>>,
    scheme: Scheme,
    clock: Clock,
    state: Mutex<State>,
}

thread_local! {
    /// The memory of a session that has ended, for the next one of this thread.
    static MEMORY: Cell<Option<Arc<Inner>>> = const { Cell::new(None) };
}

impl Inner {
    fn shared(&self) -> &Arc<Shared> {
        let shared = self.shared.as_ref();
        shared.expect("a session has it as long as there is a handle")
    }
}

impl Session {
    pub(crate) fn open(
        shared: Arc<Shared>,
        candidates: Candidates,
        is_withheld: bool,
        scheme: Scheme,
        opened: SystemTime,
    ) -> Self {
        let inner = Inner {
            shared: Some(shared),
            scheme,
            clock: Clock::start(opened),
            state: Mutex::new(State::new(candidates, is_withheld)),
        };
        // A thread that ends has no memory of its own any more.
        if let Ok(Some(mut memory)) = MEMORY.try_with(Cell::take)
            && let Some(place) = Arc::get_mut(&mut memory)
        {
            *place = inner;
            return Self(memory);
        }
        Self(Arc::new(inner))
    }

    /// Leaves the memory of a session to the next one that this thread opens, if this is the last
    /// handle to it. Nothing of the session stays in it.
    ///
    /// Middleware that opens a session for each request calls it at the end of the request, so that
    /// a session which is not used costs no allocation.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// for _request in 0..2 {
    ///     let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    ///     assert!(session.is_new()?);
    ///     session.insert("name", "Ada")?;
    ///     session.recycle();
    /// }
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn recycle(self) {
        let Self(mut memory) = self;
        if let Some(place) = Arc::get_mut(&mut memory) {
            place.shared = None;
            place.state = Mutex::new(State::new(Candidates::default(), false));
            // What was here before would be dropped.
            let _ = MEMORY.try_with(|own| own.set(Some(memory)));
        }
    }

    /// Whether the visitor has no session yet: the request's cookie, if any, names none, and this
    /// request has saved none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_new(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.is_new())
    }

    /// Whether another request renewed the session a moment ago. This request came with the old id
    /// and reads the session as it was then. It cannot change the session, except by also
    /// [renewing](Session::renew) it into a session of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// let old = sessions.begin(Scheme::Https, now, |session| session.insert("name", "Ada"))?;
    ///
    /// let login = sessions.open(&Cookies::parse(&old), Scheme::Https, now);
    /// login.renew()?;
    /// login.finish(now)?;
    ///
    /// // A form that was sent at the same time as the login.
    /// let late = sessions.open(&Cookies::parse(&old), Scheme::Https, now);
    /// assert!(late.is_retired()?);
    /// assert_eq!(late.get::<String>("name")?.as_deref(), Some("Ada"));
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn is_retired(&self) -> Result<bool, Error> {
        Ok(self.loaded()?.is_retired())
    }

    /// Saves the session if it was changed. Returns the cookie to set or to remove, if there is
    /// one. Call it once, before the head of the response is sent, with the current time.
    ///
    /// A session that was never used costs nothing. The idle deadline of a session that was only
    /// read is moved at most once per [`touch_every`](crate::SessionsBuilder::touch_every). If the
    /// store cannot do that for a while, it is mostly [no error](Session::take_touch_error) of the
    /// request.
    /// Afterwards the session can still be read, and an [`update`](Session::update) of a stored
    /// session is still saved. Other changes are refused. A second call does nothing, except that
    /// it tries again after an error.
    ///
    /// # Errors
    ///
    /// [`Error::Retired`], [`Error::Ended`] or [`Error::Expired`] if there were changes and another
    /// request has renewed or ended the session, or it has expired. The changes are not saved, and
    /// there is no cookie. Also [`Error::Contended`] and [`Error::Store`].
    pub fn finish(&self, now: SystemTime) -> Result<Option<SetCookie>, Error> {
        self.lock().finish(self.0.shared(), self.0.scheme, now)
    }

    /// Lets the session be changed and [finished](Session::finish) again. It is for middleware that
    /// drops a response whose session is finished, before any of it is sent, and has another one
    /// made for the same request, such as an error page.
    ///
    /// The other response finds the session as this one left it. The cookie of the second `finish`
    /// stands for both. Before the first `finish`, a call does nothing.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    /// session.insert("visits", 1)?;
    /// let first = session.finish(now)?;
    /// assert!(session.insert("error", 404).is_err(), "it is finished");
    ///
    /// session.reopen();
    /// session.insert("error", 404)?;
    /// assert_eq!(session.finish(now)?, first);
    /// assert_eq!(session.get("visits")?, Some(1));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    pub fn reopen(&self) {
        self.lock().reopen();
    }

    /// Returns the cookie that matches the session in the store, whether or not
    /// [`finish`](Session::finish) has returned it before. It is for a response that replaces the
    /// intended one, such as an error page. It saves nothing.
    ///
    /// If a request renews the id, updates a value and then fails, only this cookie tells the
    /// browser the new id.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    /// session.insert("user", "Ada")?;
    /// assert!(session.cookie().is_none(), "nothing is saved yet");
    /// let cookie = session.finish(now)?;
    /// assert_eq!(session.cookie(), cookie);
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn cookie(&self) -> Option<SetCookie> {
        let Inner { scheme, clock, .. } = &*self.0;
        self.lock().cookie(self.0.shared(), *scheme, clock.now())
    }

    /// Whether this request has read or changed the session. If so, the response depends on the
    /// request's `Cookie` field, and its `Vary` field must say so (RFC 9110, section 12.5.5).
    /// Finding that a visitor has no session counts, too.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// assert!(!session.is_used());
    /// assert!(!session.contains("user")?);
    /// assert!(session.is_used());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.lock().is_used()
    }

    /// Whether the session can be read without asking the store: it was loaded, or the request came
    /// without an id.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.lock().is_loaded()
    }

    /// Loads the session before its first use. It is for async frameworks, where this runs on a
    /// thread that may block, and reads later do not.
    ///
    /// It does not [use](Self::is_used) the session: if nothing else does, the response does not
    /// depend on it, and [`finish`](Self::finish) need not be called.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// let cookie = sessions.begin(Scheme::Http, now, |session| session.insert("name", "Ada"))?;
    /// let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, now);
    /// assert!(!session.is_loaded());
    /// session.preload()?;
    /// assert!(session.is_loaded() && !session.is_used());
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Ada"));
    /// assert!(session.is_used());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn preload(&self) -> Result<(), Error> {
        self.lock().preload(self.0.shared(), self.0.clock.now())
    }

    /// Whether the store had something other than a session under an id of the request. Another
    /// program must have put it there. The visitor gets a new session. Tell the operator, for
    /// example by logging [`StoreError::Foreign`].
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// assert!(session.is_new()? && !session.has_foreign());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn has_foreign(&self) -> bool {
        self.lock().has_foreign()
    }

    /// Returns why [`finish`](Session::finish) could not move the idle deadline of a session that
    /// was only read, once. The request has read the right data, so it need not fail, for example
    /// while a Redis takes no writes. Tell the operator: if this goes on, sessions in use expire.
    ///
    /// This is about a store that is unavailable or full. All other errors are those of `finish`.
    /// So is every error if the cookie has to be signed with a new key: unless the store says that
    /// the session is live, the browser may have the cookie of a newer id.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// let cookie = sessions.begin(Scheme::Http, now, |session| session.insert("name", "Ada"))?;
    /// let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, now);
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Ada"));
    /// session.finish(now)?;
    /// assert!(session.take_touch_error().is_none(), "the store works");
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn take_touch_error(&self) -> Option<StoreError> {
        self.lock().take_touch_error()
    }

    /// Whether this session is one of these sessions.
    pub(crate) fn is_of(&self, shared: &Arc<Shared>) -> bool {
        Arc::ptr_eq(self.0.shared(), shared)
    }

    /// Locks the state, after reading it from the store if necessary.
    fn loaded(&self) -> Result<MutexGuard<'_, State>, Error> {
        let mut state = self.lock();
        state.load(self.0.shared(), self.0.clock.now())?;
        Ok(state)
    }

    fn editable(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.loaded()?;
        state.check_editable()?;
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A store that panics leaves the state as it was before.
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
