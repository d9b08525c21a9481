//! Settings of an application's sessions.

use std::{fmt, sync::Arc, time::Duration};

use wsgi_cookies::SameSite;

use crate::{
    error::Error,
    session::{cookie::Secure, shared::Shared},
    sessions::Sessions,
    store::Store,
};

/// Settings of [`Sessions`].
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Cookies, MemoryStore, SameSite, Scheme, Sessions};
///
/// let sessions = Sessions::builder(MemoryStore::new())
///     .cookie_name("shop")
///     .path("/shop")
///     .same_site(SameSite::Strict)
///     .persistent(true)
///     .lifetime(Duration::from_secs(7 * 24 * 60 * 60))
///     .build()?;
///
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), Scheme::Https, now);
/// session.insert("cart", [7])?;
/// let cookie = session.finish(now)?.expect("a cookie for a new session");
/// let header = cookie.to_header_value()?.replace(cookie.value(), "..");
/// assert_eq!(
///     header,
///     "__Secure-shop=..; Path=/shop; Max-Age=604800; Secure; HttpOnly; SameSite=Strict",
/// );
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
pub struct SessionsBuilder {
    shared: Shared,
}

impl Sessions {
    /// Starts the configuration of sessions kept in `store`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_sessions::{MemoryStore, Sessions};
    ///
    /// let hour = Duration::from_secs(60 * 60);
    /// let sessions = Sessions::builder(MemoryStore::new())
    ///     .cookie_name("shop")
    ///     .idle_timeout(hour)
    ///     .lifetime(12 * hour)
    ///     .build()?;
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    pub fn builder(store: impl Store + 'static) -> SessionsBuilder {
        SessionsBuilder {
            shared: Shared::new(store),
        }
    }
}

impl SessionsBuilder {
    /// Sets the name of the cookie; `session` by default. A `Secure` cookie gets the prefix
    /// `__Host-` if the path is `/` and there is no domain, and `__Secure-` otherwise, unless the
    /// name itself begins with `__`.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.shared.template.name = name.into();
        self
    }

    /// Sets the path below which browsers send the cookie; `/` by default. A session that a request
    /// for another path begins replaces the visitor's, so give sessions only to the part of the
    /// site below the path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.shared.template.path = path.into();
        self
    }

    /// Sets a domain whose hosts all get the cookie. By default only the host that set it does.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.shared.template.domain = Some(domain.into());
        self
    }

    /// Sets whether requests caused by other sites carry the cookie; [`SameSite::Lax`] by default.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.shared.template.same_site = same_site;
        self
    }

    /// Sets when the cookie is `Secure`; [`Secure::OverHttps`] by default.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Secure, Sessions};
    ///
    /// let sessions = Sessions::builder(MemoryStore::new())
    ///     .domain("example.org")
    ///     .secure(Secure::Always)
    ///     .http_only(false)
    ///     .build()?;
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// session.insert("name", "Ada")?;
    /// let cookie = session.finish(SystemTime::now())?.unwrap().to_header_value().unwrap();
    /// assert!(cookie.contains("; Domain=example.org") && cookie.contains("; Secure"));
    /// assert!(!cookie.contains("HttpOnly"));
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn secure(mut self, secure: Secure) -> Self {
        self.shared.template.secure = secure;
        self
    }

    /// Sets whether the cookie is hidden from scripts; `true` by default.
    #[must_use]
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.shared.template.http_only = http_only;
        self
    }

    /// Sets whether browsers keep a separate cookie, and so a separate session, for each site whose
    /// pages embed this one (CHIPS); `false` by default. Browsers that drop other cookies in frames
    /// keep these. It needs [`Secure::Always`], and for frames [`SameSite::None`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, SameSite, Scheme, Secure, Sessions};
    ///
    /// let chat = Sessions::builder(MemoryStore::new())
    ///     .secure(Secure::Always)
    ///     .same_site(SameSite::None)
    ///     .partitioned(true)
    ///     .build()?;
    /// let session = chat.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// session.insert("name", "Ada")?;
    /// let cookie = session.finish(SystemTime::now())?.unwrap().to_header_value()?;
    /// assert!(cookie.ends_with("; Secure; HttpOnly; SameSite=None; Partitioned"));
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.shared.template.partitioned = partitioned;
        self
    }

    /// Sets whether browsers keep the cookie until the session's life ends. By default they forget
    /// it when they are closed. A single session can [differ](crate::Session::set_expiry).
    /// The cookie of a session that lives for more than 400 days is [set again](crate::Expiry) as
    /// the session is used, because browsers keep none for longer.
    #[must_use]
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.shared.template.persistent = persistent;
        self
    }

    /// Sets how long a session may go unused before it ends; a day by default. A request that only
    /// brings the cookie, and neither reads nor changes the session, does not use it.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let minute = Duration::from_secs(60);
    /// let sessions = Sessions::builder(MemoryStore::new())
    ///     .idle_timeout(15 * minute)
    ///     .unproved_lifetime(5 * minute)
    ///     .touch_every(minute)
    ///     .retire_grace(Duration::ZERO)
    ///     .build()?;
    /// let now = SystemTime::now();
    /// let cookie = sessions.begin(Scheme::Https, now, |session| session.insert("name", "Ada"))?;
    /// let name = |later| {
    ///     let session = sessions.open(&Cookies::parse(&cookie), Scheme::Https, now + later);
    ///     session.get::<String>("name")
    /// };
    /// assert!(name(4 * minute)?.is_some());
    /// assert!(name(16 * minute)?.is_none());
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.shared.lifetimes.idle = timeout;
        self
    }

    /// Sets how long a session lives at most, used or not; 14 days by default. A new id does not
    /// extend it. A [login](crate::Session::login) begins it anew.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.shared.lifetimes.absolute = lifetime;
        self
    }

    /// Sets how far the store's last use of a session may lag behind; five minutes by default. A
    /// session that is only read is written at most once in that time, and may end that much too
    /// early.
    #[must_use]
    pub fn touch_every(mut self, interval: Duration) -> Self {
        self.shared.lifetimes.touch_every = interval;
        self
    }

    /// Sets how long a session lives whose cookie has not come back yet; an hour by default, and
    /// never longer than a session may go unused. The first use extends its life to that of the
    /// others, which costs a write. Clients that ask for sessions and never return them therefore
    /// do not fill a store for long, and when it is full, their sessions are the first to go.
    #[must_use]
    pub fn unproved_lifetime(mut self, lifetime: Duration) -> Self {
        self.shared.lifetimes.unproved = lifetime;
        self
    }

    /// Sets how long a renewed id can still be read, and can itself be renewed; five seconds by
    /// default. That is long enough for a running request with the old id, or for a form that is
    /// sent twice. Zero turns it off: a late request with the old id then begins a new session. See
    /// [`Session::renew`](crate::Session::renew).
    #[must_use]
    pub fn retire_grace(mut self, grace: Duration) -> Self {
        self.shared.lifetimes.grace = grace;
        self
    }

    /// Signs the cookie, so that a request with a made-up id does not reach the store. Needs the
    /// feature `signed`.
    ///
    /// An unsigned id is equally hard to guess: the signature only saves load. After a rotation of
    /// the keyring, sessions in use get a cookie with the new key. A cookie without a signature is
    /// ignored, so turning this on or off logs everybody out.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_cookies::{Key, Keyring};
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let keyring = Keyring::new(Key::from_bytes([7; 32]).unwrap());
    /// let sessions = Sessions::builder(MemoryStore::new()).signed(keyring).build()?;
    /// let session = sessions.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// session.insert("name", "Ada")?;
    /// let cookie = session.finish(SystemTime::now())?.unwrap();
    /// assert!(cookie.value().len() > 60, "an id with its signature");
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    #[cfg(feature = "signed")]
    #[must_use]
    pub fn signed(mut self, keyring: impl Into<Arc<wsgi_cookies::Keyring>>) -> Self {
        self.shared.template.seal = Some(crate::session::seal::Seal(keyring.into()));
        self
    }

    /// Makes the sessions.
    ///
    /// # Errors
    ///
    /// [`Error::Cookie`] if browsers would drop the cookie, for example [`SameSite::None`] without
    /// [`Secure::Always`]. [`Error::Lifetimes`] if the lifetimes contradict each other.
    pub fn build(self) -> Result<Sessions, Error> {
        self.shared.template.check()?;
        self.shared.lifetimes.check()?;
        Ok(Sessions(Arc::new(self.shared)))
    }
}

/// Shows the settings, but nothing of the store.
impl fmt::Debug for SessionsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionsBuilder")
            .field("cookie_name", &self.shared.template.name)
            .field("lifetimes", &self.shared.lifetimes)
            .finish_non_exhaustive()
    }
}
