//! The sessions of an owner, for the pages and forms about them.

use std::time::SystemTime;

use crate::{error::Error, handle::Handle, listed::Listed, sessions::Sessions};

/// A session in the list of its owner: see [`Sessions::list`].
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), Scheme::Https, now);
/// session.login("user-17")?;
/// session.set_note("Firefox on Linux")?;
/// session.finish(now)?;
///
/// let owned = &sessions.list("user-17", now)?[0];
/// assert_eq!(owned.note(), Some("Firefox on Linux"));
/// assert!(owned.last_used() >= owned.created());
/// assert!(sessions.end("user-17", owned.handle(), now)?);
/// # Ok::<(), wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedSession {
    listed: Listed,
}

impl OwnedSession {
    /// Returns the public name of the session. A form that ends it sends this back to
    /// [`Sessions::end`].
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.listed.handle
    }

    /// Returns the time at which it became the owner's, at the login.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        self.listed.created
    }

    /// Returns the time of the last use that the store knows of. The actual last use may be some
    /// minutes later: see [`touch_every`](crate::SessionsBuilder::touch_every).
    #[must_use]
    pub fn last_used(&self) -> SystemTime {
        self.listed.last_used
    }

    /// Returns the application's note, such as the device.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.listed.note.as_deref()
    }
}

impl Sessions {
    /// Returns the live sessions of an owner, the most recently used first.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// for device in ["a laptop", "a phone"] {
    ///     let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    ///     session.login("user-17")?;
    ///     session.set_note(device)?;
    ///     session.finish(now)?;
    /// }
    /// let list = sessions.list("user-17", now)?;
    /// let laptop = list.iter().find(|session| session.note() == Some("a laptop")).unwrap();
    ///
    /// assert!(!sessions.end("user-3", laptop.handle(), now)?, "it is another's");
    /// assert!(sessions.end("user-17", laptop.handle(), now)?);
    /// assert_eq!(sessions.list("user-17", now)?.len(), 1);
    ///
    /// assert_eq!(sessions.end_all("user-17", now)?, 1);
    /// assert!(sessions.list("user-17", now)?.is_empty());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<OwnedSession>, Error> {
        let mut list = self.0.store.list(owner, now)?;
        list.sort_by_key(|listed| {
            std::cmp::Reverse((listed.last_used, listed.created, listed.key))
        });
        let list = list.into_iter().map(|listed| OwnedSession { listed });
        Ok(list.collect())
    }

    /// Ends every session of an owner, for example at "log out everywhere", and returns their
    /// number. All sessions saved with this owner before the call have ended when it returns,
    /// including one that is being renewed at that moment, and nothing is left to be renewed. If
    /// one of them is the visitor's own, [`Session::end`](crate::Session::end) removes its cookie,
    /// and [`Session::login`](crate::Session::login) begins a new session, for example after a
    /// change of the password.
    ///
    /// # Errors
    ///
    /// [`Error::Store`]. Some sessions may have ended and others not.
    pub fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, Error> {
        Ok(self.0.store.end_all(owner, now)?)
    }

    /// Ends the session of an owner that has this handle. Returns whether there was one. A session
    /// of another owner is not ended.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn end(&self, owner: &str, handle: Handle, now: SystemTime) -> Result<bool, Error> {
        /// Number of times that a session may be renewed between finding and ending it.
        const ATTEMPTS: usize = 100;
        let mut was_known = false;
        for _ in 0..ATTEMPTS {
            let list = self.0.store.list(owner, now)?;
            let mut found = list
                .iter()
                .filter(|listed| listed.handle == handle)
                .peekable();
            if found.peek().is_none() {
                return Ok(was_known);
            }
            for listed in found {
                was_known |= self.0.store.end(&listed.key, now)?;
            }
        }
        Err(Error::Contended)
    }
}
