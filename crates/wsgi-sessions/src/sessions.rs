//! The sessions of an application: where they are kept, and how they reach a
//! browser.

mod owned;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use wsgi_cookies::Cookies;

pub use self::owned::OwnedSession;
use crate::session::shared::Shared;
use crate::{Error, Session, Store};

/// The sessions of an application.
///
/// It is made once and shared: a clone is a handle to the same.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let now = SystemTime::now();
///
/// let session = sessions.open(&Cookies::default(), true, now);
/// session.insert("name", "Ada")?;
/// let cookie = session.finish(now)?.expect("a cookie for a new session");
/// assert_eq!(cookie.name(), "__Host-session");
///
/// let header = format!("{}={}", cookie.name(), cookie.value());
/// let session = sessions.open(&Cookies::parse(&header), true, now);
/// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Ada"));
/// assert!(session.finish(now)?.is_none());
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct Sessions(pub(crate) Arc<Shared>);

impl Sessions {
    /// Sessions kept in this store, with the defaults of
    /// [`SessionsBuilder`](crate::SessionsBuilder).
    pub fn new(store: impl Store + 'static) -> Self {
        Self(Arc::new(Shared::new(store)))
    }

    /// The session of a request that came with these cookies, over https or not.
    ///
    /// It asks the store nothing yet. Where the browser holds several cookies of the name, the first
    /// that the store knows is the session's. A cookie that is tampered with,
    /// signed with a foreign key, or not in the form of an id counts as none, and
    /// nothing tells which it was. From `now` the session's time goes on by itself
    /// until [`finish`](Session::finish), which is told the time again.
    pub fn open(&self, cookies: &Cookies<'_>, https: bool, now: SystemTime) -> Session {
        let shared = &self.0;
        let candidates = shared.template.read(cookies, https);
        Session::open(Arc::clone(shared), candidates, https, now)
    }

    /// Begins a session for a test or a script: what the closure does in it is saved, and the
    /// result is the value of the `Cookie` field that a request in this session comes with.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let now = SystemTime::now();
    /// let cookie = sessions.begin(false, now, |session| {
    ///     session.insert("cart", [7, 3])?;
    ///     session.login("user-17")
    /// })?;
    /// assert!(cookie.starts_with("session="));
    ///
    /// let session = sessions.open(&Cookies::parse(&cookie), false, now);
    /// assert_eq!(session.owner()?.as_deref(), Some("user-17"));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// That of the closure, and those of [`finish`](Session::finish).
    pub fn begin(
        &self,
        https: bool,
        now: SystemTime,
        fill: impl FnOnce(&Session) -> Result<(), Error>,
    ) -> Result<String, Error> {
        let session = self.open(&Cookies::default(), https, now);
        session.restart()?;
        fill(&session)?;
        let cookie = session.finish(now)?;
        let cookie = cookie.ok_or(Error::Finished)?;
        Ok(format!("{}={}", cookie.name(), cookie.value()))
    }

    /// The store the sessions are kept in, to sweep it from time to time.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{MemoryStore, Sessions, Store};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// assert_eq!(sessions.store().sweep(SystemTime::now(), 100)?, 0);
    /// # Ok::<_, wsgi_sessions::StoreError>(())
    /// ```
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }
}

/// Shows how sessions are configured, and nothing of the store.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("cookie_name", &self.0.template.name)
            .field("lifetimes", &self.0.lifetimes)
            .finish_non_exhaustive()
    }
}
