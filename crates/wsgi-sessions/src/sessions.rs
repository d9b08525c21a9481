//! The sessions of an application.

pub(crate) mod owned;

use std::{fmt, sync::Arc, time::SystemTime};

use wsgi_cookies::Cookies;

use crate::{
    error::Error,
    method::Method,
    scheme::Scheme,
    session::{Session, shared::Shared},
    store::Store,
};

/// The sessions of an application: their store and their cookie.
///
/// Make it once and share it: a clone is a handle to the same sessions.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let now = SystemTime::now();
///
/// let session = sessions.open(&Cookies::default(), Scheme::Https, now);
/// session.insert("name", "Ada")?;
/// let cookie = session.finish(now)?.expect("a cookie for a new session");
/// assert_eq!(cookie.name(), "__Host-session");
///
/// let header = format!("{}={}", cookie.name(), cookie.value());
/// let session = sessions.open(&Cookies::parse(&header), Scheme::Https, now);
/// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Ada"));
/// assert!(session.finish(now)?.is_none());
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct Sessions(pub(crate) Arc<Shared>);

impl Sessions {
    /// Keeps sessions in `store`, with the defaults of [`SessionsBuilder`](crate::SessionsBuilder).
    pub fn new(store: impl Store + 'static) -> Self {
        Self(Arc::new(Shared::new(store)))
    }

    /// Returns the session of a request that came with these cookies, by this scheme.
    ///
    /// The store is not asked yet. If the browser holds several cookies of the name, the session is
    /// the first one that the store knows. A cookie that was tampered with, was signed with a
    /// foreign key, or does not have the form of an id is ignored, without a hint why. The
    /// session's time runs on from `now` until [`finish`](Session::finish), which takes the time
    /// again.
    #[must_use]
    pub fn open(&self, cookies: &Cookies<'_>, scheme: Scheme, now: SystemTime) -> Session {
        let shared = &self.0;
        let candidates = shared.template.read(cookies, scheme);
        Session::open(Arc::clone(shared), candidates, false, scheme, now)
    }

    /// Returns the session of a request that a page of another site caused, for example by a form.
    /// The rest is as for [`open`](Self::open).
    ///
    /// Browsers send such a request without the cookie of a visitor who has a session, because of
    /// its attribute `SameSite`: with `Lax` if the method is not safe (RFC 9110 section 9.2.1), and
    /// always with `Strict`. If a new session were begun then, its cookie would replace the
    /// visitor's, who would be logged out. So if the cookie is missing, a new session is only begun
    /// by [`login`](Session::login), [`set_owner`](Session::set_owner) or
    /// [`restart`](Session::restart), with which the application replaces the visitor's session on
    /// purpose. Without them, [`finish`](Session::finish) saves nothing and returns no cookie, and
    /// the values that were set last as long as the request.
    ///
    /// A request is known to be from another site by `Sec-Fetch-Site: cross-site`, or if that field
    /// is missing, by an `Origin` that does not match `Host`.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Method, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let (none, now) = (Cookies::default(), SystemTime::now());
    ///
    /// let session = sessions.open_cross_site(&none, Scheme::Https, Method::Unsafe, now);
    /// session.insert("visits", 1)?;
    /// assert!(session.finish(now)?.is_none());
    ///
    /// let session = sessions.open_cross_site(&none, Scheme::Https, Method::Unsafe, now);
    /// session.login("user-17")?;
    /// assert!(session.finish(now)?.is_some());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn open_cross_site(
        &self,
        cookies: &Cookies<'_>,
        scheme: Scheme,
        method: Method,
        now: SystemTime,
    ) -> Session {
        let shared = &self.0;
        let template = &shared.template;
        let candidates = template.read(cookies, scheme);
        let is_withheld = template.is_withheld(method) && !template.is_in(cookies, scheme);
        Session::open(Arc::clone(shared), candidates, is_withheld, scheme, now)
    }

    /// Whether a session is one of these, and not of another application in the same program.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let (own, others) = (MemoryStore::new(), MemoryStore::new());
    /// let (own, others) = (Sessions::new(own), Sessions::new(others));
    /// let session = own.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// assert!(own.clone().has_opened(&session));
    /// assert!(!others.has_opened(&session));
    /// ```
    #[must_use]
    pub fn has_opened(&self, session: &Session) -> bool {
        session.is_of(&self.0)
    }

    /// Begins a session for a test or a script. Saves the changes that the closure makes, and
    /// returns the value of the `Cookie` field for requests in this session.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// let cookie = sessions.begin(Scheme::Http, now, |session| {
    ///     session.insert("cart", [7, 3])?;
    ///     session.login("user-17")
    /// })?;
    /// assert!(cookie.starts_with("session="));
    ///
    /// let session = sessions.open(&Cookies::parse(&cookie), Scheme::Http, now);
    /// assert_eq!(session.owner()?.as_deref(), Some("user-17"));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the closure, and those of [`finish`](Session::finish).
    pub fn begin(
        &self,
        scheme: Scheme,
        now: SystemTime,
        fill: impl FnOnce(&Session) -> Result<(), Error>,
    ) -> Result<String, Error> {
        let session = self.open(&Cookies::default(), scheme, now);
        session.restart()?;
        fill(&session)?;
        let cookie = session.finish(now)?;
        let cookie = cookie.ok_or(Error::Finished)?;
        Ok(format!("{}={}", cookie.name(), cookie.value()))
    }

    /// Returns the store of the sessions, for example to sweep it from time to time.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{MemoryStore, Sessions, Store};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// assert_eq!(sessions.store().sweep(SystemTime::now(), 100)?, 0);
    /// # Ok::<_, wsgi_sessions::StoreError>(())
    /// ```
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }
}

/// Shows the settings, but nothing of the store.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("cookie_name", &self.0.template.name)
            .field("lifetimes", &self.0.lifetimes)
            .finish_non_exhaustive()
    }
}
