//! The owner, the id, the expiry and the end of a session.

use crate::{
    error::Error,
    handle::Handle,
    record::{Annex, Owned},
    session::{Session, lifetimes::Expiry, state::Renewal},
};

impl Session {
    /// Gives the session a new id and keeps its data. Call it *before* a visitor's rights grow, for
    /// example at a login. An id that someone else knows or has planted is then worthless.
    /// [`login`](Session::login) does this for you.
    ///
    /// The old id is retired when the session is next saved. For a
    /// [grace](crate::SessionsBuilder::retire_grace) of a few seconds, a late request with it reads
    /// what the session held before this request. It never sees the new id or a change of this
    /// request, made before or after this call, except those that [`update`](Session::update) saved
    /// before this call. It can change nothing, but it can renew the session itself, which gives it
    /// a session of its own. A form that is sent twice, or a login whose response is lost,
    /// therefore succeeds and loses nothing. Ending the session ends the old id as well. If another
    /// request changes the session in the meantime, that change is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn renew(&self) -> Result<(), Error> {
        self.editable()?.renew(Renewal::WithGrace);
        Ok(())
    }

    /// Gives the session a new id, as [`renew`](Session::renew) does, and at once shuts out anyone
    /// who has the old id or an earlier one, for example after a password change. Running requests
    /// with those ids begin a new session.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// let stolen = sessions.begin(Scheme::Https, now, |session| session.insert("name", "Ada"))?;
    ///
    /// let change_of_password = sessions.open(&Cookies::parse(&stolen), Scheme::Https, now);
    /// change_of_password.renew_without_grace()?;
    /// change_of_password.finish(now)?;
    ///
    /// let thief = sessions.open(&Cookies::parse(&stolen), Scheme::Https, now);
    /// assert_eq!(thief.get::<String>("name")?, None);
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn renew_without_grace(&self) -> Result<(), Error> {
        self.editable()?.renew(Renewal::WithoutGrace);
        Ok(())
    }

    /// Logs a user in: renews the id and makes the user the owner of the session. The session keeps
    /// its values, such as a cart, unless it belonged to another owner.
    ///
    /// The lifetime begins anew. An [expiry](Session::set_expiry) of the session's own is kept with
    /// its deadline, unless it was set for another owner.
    ///
    /// If the session ends or expires while the request runs, the user is logged in all the same:
    /// in a new session, which has only what this request has set. That is so after a logout in
    /// another window, and after a call of [`Sessions::end_all`](crate::Sessions::end_all) in this
    /// request. It is not so if an [`update`](Session::update) before it has failed because of that
    /// end: then a login needs a [`restart`](Session::restart) first.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// # let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    /// session.insert("cart", [7, 3])?;
    /// session.login("user-17")?;
    /// session.set_note("Firefox on Linux")?;
    /// assert_eq!(session.owner()?.as_deref(), Some("user-17"));
    /// # session.finish(now)?;
    /// # assert_eq!(sessions.list("user-17", now)?.len(), 1);
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Owner`] if the name is empty or longer than 256 bytes. [`Error::Ended`] and
    /// [`Error::Expired`] if an earlier call in this request, such as an `update`, has found the
    /// session over. Also [`Error::Finished`] and [`Error::Store`].
    pub fn login(&self, owner: impl Into<String>) -> Result<(), Error> {
        let owner = owner.into();
        check_owner(&owner)?;
        let mut state = self.editable()?;
        let other = state.owned().is_some_and(|owned| owned.owner != owner);
        if other {
            state.clear();
            // One that this request has set is for the new owner.
            state.annex_changes().expiry.get_or_insert(None);
        }
        state.annex_changes().login = true;
        drop(state);
        self.renew()?;
        self.set_owner(owner)
    }

    /// Makes someone the owner of the session. All sessions of an owner can be
    /// [listed](crate::Sessions::list) and [ended](crate::Sessions::end_all) together. The
    /// application chooses the name of an owner and never changes it for a user. The change is
    /// saved by [`finish`](Session::finish).
    ///
    /// A visitor whose rights grow must also get a new id: see [`login`](Session::login).
    ///
    /// # Errors
    ///
    /// [`Error::Owner`] if the name is empty or longer than 256 bytes. Also [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn set_owner(&self, owner: impl Into<String>) -> Result<(), Error> {
        let owner = owner.into();
        check_owner(&owner)?;
        let mut state = self.editable()?;
        if state.owned().is_none_or(|owned| owned.owner != owner) {
            let owned = Owned {
                owner,
                handle: Handle::random()?,
                created: self.0.clock.now(),
                note: None,
            };
            state.annex_changes().owned = Some(Some(owned));
        }
        Ok(())
    }

    /// Returns the owner of the session, set by this request or an earlier one.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn owner(&self) -> Result<Option<String>, Error> {
        let state = self.loaded()?;
        Ok(state.owned().map(|owned| owned.owner.clone()))
    }

    /// Returns the public name of the session in the [list](crate::Sessions::list) of its owner's
    /// sessions, so that a page can mark the current one. It is `None` without an owner. A new id
    /// does not change it.
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
    /// let session = sessions.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// assert_eq!(session.handle()?, None);
    /// session.set_owner("user-17")?;
    /// let handle = session.handle()?;
    /// assert!(handle.is_some());
    /// session.renew()?;
    /// assert_eq!(session.handle()?, handle);
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn handle(&self) -> Result<Option<Handle>, Error> {
        let state = self.loaded()?;
        Ok(state.owned().map(|owned| owned.handle))
    }

    /// Sets a note, such as the device, for the [list](crate::Sessions::list) of the owner's
    /// sessions. It is kept with the owner: a session without an owner has no note.
    ///
    /// # Errors
    ///
    /// [`Error::Owner`] if the note is longer than 1,024 bytes. Also [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn set_note(&self, note: impl Into<String>) -> Result<(), Error> {
        let note = note.into();
        if note.len() > Annex::MAX_NOTE {
            return Err(Error::Owner);
        }
        let mut state = self.editable()?;
        let owned = state.owned();
        if owned.is_none_or(|owned| owned.note.as_ref() != Some(&note)) {
            state.annex_changes().note = Some(Some(note));
        }
        Ok(())
    }

    /// Gives this session an expiry of its own from now on, or with `None` that of the application
    /// again, which never makes it live longer. The change is saved by [`finish`](Session::finish),
    /// which then returns the cookie again. Renewing the id does not change it.
    ///
    /// # Errors
    ///
    /// [`Error::Lifetimes`] if the session could not idle at all, could idle for longer than it
    /// lives, or could live for more than a hundred years. Also [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn set_expiry(&self, expiry: impl Into<Option<Expiry>>) -> Result<(), Error> {
        let expiry = expiry.into();
        if let Some(expiry) = &expiry {
            expiry.check()?;
        }
        self.editable()?.annex_changes().expiry = Some(expiry);
        Ok(())
    }

    /// Ends the session, for example at a logout: at once and for good, whatever other requests do
    /// with it. Values that are set afterwards begin a new session with a new id.
    ///
    /// If the request came with several ids, the sessions of all of them end, including retired
    /// ones. Their recent former ids end as well, so that nothing is left to be renewed. All are
    /// unknown from then on: the next request with one of them gets a new session. Ending nothing
    /// is not an error: a visitor may have no session.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, Error, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// # let first = sessions.open(&Cookies::default(), Scheme::Http, now);
    /// # first.insert("user", "Ada")?;
    /// # let cookie = first.finish(now)?.unwrap();
    /// # let header = format!("{}={}", cookie.name(), cookie.value());
    /// # let open = || sessions.open(&Cookies::parse(&header), Scheme::Http, now);
    /// let (late, logout) = (open(), open()); // two requests with one id
    /// late.insert("cart", [7])?;
    /// logout.end()?;
    /// logout.finish(now)?.expect("the removal of the cookie");
    /// assert!(matches!(late.finish(now), Err(Error::Ended)));
    /// assert!(open().is_new()?);
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`]. The session may still be live, so tell the visitor, who may try again.
    pub fn end(&self) -> Result<(), Error> {
        let (shared, clock) = (self.0.shared(), &self.0.clock);
        self.lock().end(shared, clock.now())
    }

    /// Ends the session, as [`end`](Session::end) does, and begins a new, empty one with a new id
    /// in its place. The old one may be live, retired, damaged, or absent.
    ///
    /// # Errors
    ///
    /// [`Error::Finished`], [`Error::Store`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// session.insert("name", "Ada")?;
    /// session.restart()?;
    /// assert!(session.is_empty()?);
    /// session.insert("name", "Grace")?;
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn restart(&self) -> Result<(), Error> {
        let (shared, clock) = (self.0.shared(), &self.0.clock);
        self.lock().restart(shared, clock.now())
    }
}

fn check_owner(owner: &str) -> Result<(), Error> {
    if (1..=Annex::MAX_OWNER).contains(&owner.len()) {
        Ok(())
    } else {
        Err(Error::Owner)
    }
}
