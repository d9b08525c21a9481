//! Whose a session is, under which id, for how long, and its end.

use crate::session::lifetimes::Expiry;
use crate::session::state::Renewal;
use crate::session::{Inner, Session};
use crate::{Annex, Error, Handle, Owned};

impl Session {
    /// Gives the session a new id and keeps its data: to be called *before* a
    /// visitor's rights grow, as at a login, so that an id which someone else
    /// knows or has planted is worth nothing after it. [`login`](Session::login) does it.
    ///
    /// The old id is retired when the session is next saved. For a
    /// [grace](crate::SessionsBuilder::retire_grace) of a few seconds a request that comes late with it
    /// reads what the session held before this request. It reads nothing that this one sets, before or
    /// after this call, and never the new id; only what [`update`](Session::update) has saved before
    /// this call is there for it, too. It changes nothing. But it may renew the session itself, and
    /// then has one of its own: so a form that is sent twice, or a login whose answer is lost, succeeds,
    /// and loses nothing. Whatever ends the session ends the old id with it. Where another request
    /// changes the session meanwhile, that change is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn renew(&self) -> Result<(), Error> {
        self.editable()?.renew(Renewal::WithGrace);
        Ok(())
    }

    /// Gives the session a new id, as [`renew`](Session::renew) does, and shuts out whoever has the old
    /// one, or had one before it, at once: for a changed password, say. Requests under way with them begin a
    /// new session.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn renew_without_grace(&self) -> Result<(), Error> {
        self.editable()?.renew(Renewal::WithoutGrace);
        Ok(())
    }

    /// Logs a user in: renews the id and makes the session the user's, so that neither is
    /// forgotten. What is in the session is kept, such as a cart; except if it was another owner's,
    /// of which nothing is kept.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let now = SystemTime::now();
    /// # let session = sessions.open(&Cookies::default(), false, now);
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
    /// [`Error::Owner`] where the name is empty or longer than 256 bytes; [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn login(&self, owner: impl Into<String>) -> Result<(), Error> {
        let owner = owner.into();
        check_owner(&owner)?;
        let mut state = self.editable()?;
        let other = state.owned().is_some_and(|owned| owned.owner != owner);
        if other {
            state.clear();
        }
        drop(state);
        self.renew()?;
        self.set_owner(owner)
    }

    /// Makes the session that of an owner, by whom it can be [listed](crate::Sessions::list) and
    /// [ended](crate::Sessions::end_all) with the owner's others. The owner is a name that the application
    /// chooses, and never changes for a user. It is saved by [`finish`](Session::finish).
    ///
    /// A visitor whose rights grow is to get a new id, too: see [`login`](Session::login).
    ///
    /// # Errors
    ///
    /// [`Error::Owner`] where the name is empty or longer than 256 bytes; [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
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
            state.wishes().owned = Some(Some(owned));
        }
        Ok(())
    }

    /// Whose the session is: by this request or one before.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn owner(&self) -> Result<Option<String>, Error> {
        let state = self.loaded()?;
        Ok(state.owned().map(|owned| owned.owner.clone()))
    }

    /// What the session is told apart by in the [list](crate::Sessions::list) of its owner's, so that
    /// a page can mark it; none without an owner. A new id does not change it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn handle(&self) -> Result<Option<Handle>, Error> {
        let state = self.loaded()?;
        Ok(state.owned().map(|owned| owned.handle))
    }

    /// Notes something for the [list](crate::Sessions::list) of the owner's sessions, such as the
    /// device. It is kept with the owner, so a session without one has no note.
    ///
    /// # Errors
    ///
    /// [`Error::Owner`] where the note is longer than 1,024 bytes; [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn set_note(&self, note: impl Into<String>) -> Result<(), Error> {
        let note = note.into();
        if note.len() > Annex::NOTE {
            return Err(Error::Owner);
        }
        let mut state = self.editable()?;
        let owned = state.owned();
        if owned.is_none_or(|owned| owned.note.as_ref() != Some(&note)) {
            state.wishes().note = Some(Some(note));
        }
        Ok(())
    }

    /// Has this session live for another time than the application's others, from now on; with
    /// `None`, for no other again. It is saved by [`finish`](Session::finish), which gives the cookie
    /// anew, and renewing the id does not change it.
    ///
    /// # Errors
    ///
    /// [`Error::Lifetimes`] where the session were to idle for no time or for longer than it lives,
    /// or to live for more than a hundred years; [`Error::Ended`], [`Error::Expired`],
    /// [`Error::Finished`], [`Error::Store`].
    pub fn set_expiry(&self, expiry: impl Into<Option<Expiry>>) -> Result<(), Error> {
        let expiry = expiry.into();
        if let Some(expiry) = &expiry {
            expiry.check()?;
        }
        self.editable()?.wishes().expiry = Some(expiry);
        Ok(())
    }

    /// Ends the session, as at a logout: at once and for good, whatever other
    /// requests do with it. What is set after that begins a new session with a new
    /// id.
    ///
    /// It ends every session whose id the request came with, if there are several, and those that are
    /// retired; and the ids that they had a moment ago, so that nothing is left which could be
    /// renewed. They are unknown from then on: the next request with one of them gets a new
    /// session. A visitor without a session has nothing to end, and that is no error.
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
    /// [`Error::Store`]: the session may go on, so tell the visitor, who may try again.
    pub fn end(&self) -> Result<(), Error> {
        let Inner { shared, clock, .. } = &*self.0;
        self.lock().end(shared, clock.now())
    }

    /// Ends the session, as [`end`](Session::end) does, and begins a new, empty one in its place with
    /// an id of its own, whatever the old one is: live, retired, damaged, or none.
    ///
    /// # Errors
    ///
    /// [`Error::Finished`], [`Error::Store`].
    pub fn restart(&self) -> Result<(), Error> {
        let Inner { shared, clock, .. } = &*self.0;
        self.lock().restart(shared, clock.now())
    }
}

fn check_owner(owner: &str) -> Result<(), Error> {
    if (1..=Annex::OWNER).contains(&owner.len()) {
        Ok(())
    } else {
        Err(Error::Owner)
    }
}
