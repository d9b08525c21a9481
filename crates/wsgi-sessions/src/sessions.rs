//! The sessions of an application: where they are kept, and how they reach a
//! browser.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wsgi_cookies::{Cookies, SameSite};

use crate::cookie::Template;
use crate::lifetimes::Lifetimes;
use crate::{Error, Secure, Session, Store};

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

/// What all sessions of an application have in common.
pub(crate) struct Shared {
    pub(crate) store: Box<dyn Store>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) template: Template,
}

impl Sessions {
    /// Sessions kept in this store, with the defaults of
    /// [`SessionsBuilder`].
    pub fn new(store: impl Store + 'static) -> Self {
        Self(Arc::new(SessionsBuilder::new(store).shared))
    }

    /// Sessions kept in this store, with options.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_sessions::{MemoryStore, Sessions};
    ///
    /// let hour = Duration::from_secs(60 * 60);
    /// let sessions = Sessions::builder(MemoryStore::new())
    ///     .cookie_name("shop")
    ///     .idle(hour)
    ///     .absolute(12 * hour)
    ///     .build()?;
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    pub fn builder(store: impl Store + 'static) -> SessionsBuilder {
        SessionsBuilder::new(store)
    }

    /// The session of a request that came with these cookies, over https or not.
    ///
    /// It asks the store nothing yet. A cookie that is tampered with, expired,
    /// signed with a foreign key, or not in the form of an id counts as none, and
    /// nothing tells which it was. `now` is the session's time until
    /// [`finish`](Session::finish).
    pub fn open(&self, cookies: &Cookies<'_>, https: bool, now: SystemTime) -> Session {
        let shared = &self.0;
        let max_age = shared.lifetimes.absolute;
        let presented = shared.template.read(cookies, https, max_age, now);
        Session::open(Arc::clone(shared), presented, https, now)
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

/// The options of [`Sessions`].
pub struct SessionsBuilder {
    shared: Shared,
}

impl SessionsBuilder {
    fn new(store: impl Store + 'static) -> Self {
        let shared = Shared {
            store: Box::new(store),
            lifetimes: Lifetimes::DEFAULT,
            template: Template::new(),
        };
        Self { shared }
    }

    /// The cookie's name; `session` by default. In a cookie that is `Secure` it
    /// gets the prefix `__Host-` where the path is `/` and there is no domain, and
    /// `__Secure-` otherwise, unless it begins with `__` itself.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.shared.template.name = name.into();
        self
    }

    /// The path below which browsers send the cookie; `/` by default.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.shared.template.path = path.into();
        self
    }

    /// A domain whose every host gets the cookie. By default only the host that
    /// set it does.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.shared.template.domain = Some(domain.into());
        self
    }

    /// Whether requests that other sites cause carry the cookie;
    /// [`SameSite::Lax`] by default.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.shared.template.same_site = same_site;
        self
    }

    /// When the cookie is `Secure`; [`Secure::OverHttps`] by default.
    #[must_use]
    pub fn secure(mut self, secure: Secure) -> Self {
        self.shared.template.secure = secure;
        self
    }

    /// Whether the cookie is hidden from scripts; it is by default.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.shared.template.http_only = http_only;
        self
    }

    /// Whether a browser keeps the cookie until the session's absolute deadline.
    /// By default it forgets the cookie when it is closed.
    #[must_use]
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.shared.template.persistent = persistent;
        self
    }

    /// How long a session may go unused before it ends; a day by default.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.shared.lifetimes.idle = idle;
        self
    }

    /// How long a session lives at most, used or not; 14 days by default. A new
    /// id does not make it longer.
    #[must_use]
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.shared.lifetimes.absolute = absolute;
        self
    }

    /// How far the store may lag behind in knowing when a session was last used;
    /// five minutes by default. A session that is read and not changed is written
    /// at most once in that time, and may end that much too early.
    #[must_use]
    pub fn touch_every(mut self, interval: Duration) -> Self {
        self.shared.lifetimes.touch_every = interval;
        self
    }

    /// How long an id is known as retired after it was renewed or its session
    /// ended: at least as long as requests that were under way with it may take;
    /// 30 seconds by default.
    #[must_use]
    pub fn retire_grace(mut self, grace: Duration) -> Self {
        self.shared.lifetimes.grace = grace;
        self
    }

    /// Signs the cookie, so that a request with a made-up id does not reach the
    /// store. Feature `signed`.
    ///
    /// Ids are as hard to guess without; what this keeps away is load. With a
    /// rotated keyring, sessions in use get a cookie with the new key.
    #[cfg(feature = "signed")]
    #[must_use]
    pub fn signed(mut self, keyring: impl Into<Arc<wsgi_cookies::Keyring>>) -> Self {
        self.shared.template.seal = Some(crate::seal::Seal(keyring.into()));
        self
    }

    /// The sessions with these options.
    ///
    /// # Errors
    ///
    /// [`Error::Cookie`] where browsers would drop the cookie, for example
    /// [`SameSite::None`] without [`Secure::Always`]; [`Error::Lifetimes`].
    pub fn build(self) -> Result<Sessions, Error> {
        self.shared.template.check()?;
        self.shared.lifetimes.check()?;
        Ok(Sessions(Arc::new(self.shared)))
    }
}

/// Shows how sessions will be configured, and nothing of the store.
impl fmt::Debug for SessionsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionsBuilder")
            .field("cookie_name", &self.shared.template.name)
            .field("lifetimes", &self.shared.lifetimes)
            .finish_non_exhaustive()
    }
}
