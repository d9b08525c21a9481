//! The options of an application's sessions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wsgi_cookies::SameSite;

use crate::session::shared::Shared;
use crate::{Error, Secure, Sessions, Store};

/// The options of [`Sessions`].
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_sessions::{Cookies, MemoryStore, SameSite, Sessions};
///
/// let sessions = Sessions::builder(MemoryStore::new())
///     .cookie_name("shop")
///     .path("/shop")
///     .same_site(SameSite::Strict)
///     .persistent(true)
///     .absolute(Duration::from_secs(7 * 24 * 60 * 60))
///     .build()?;
///
/// let now = SystemTime::now();
/// let session = sessions.open(&Cookies::default(), true, now);
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
        SessionsBuilder {
            shared: Shared::new(store),
        }
    }
}

impl SessionsBuilder {
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
    /// By default it forgets the cookie when it is closed. For one session it can be
    /// [another way](crate::Session::set_expiry).
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

    /// How long a session lives whose cookie has not come back yet; an hour by default, and never
    /// longer than one may go unused. The first use makes it live as long as the others, which costs a
    /// write. So whoever asks for sessions and never comes back with them fills no store for long; and where one
    /// is full, these go first.
    #[must_use]
    pub fn unproved_lifetime(mut self, lifetime: Duration) -> Self {
        self.shared.lifetimes.unproved = lifetime;
        self
    }

    /// How long an id that was renewed can still be read, and be renewed itself; five seconds by
    /// default, as long as a request that was under way with it, or a form that is sent twice, may
    /// take. Zero switches it off: whoever comes late with the old id then begins a new session. See
    /// [`Session::renew`](crate::Session::renew).
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
        self.shared.template.seal = Some(crate::session::seal::Seal(keyring.into()));
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
