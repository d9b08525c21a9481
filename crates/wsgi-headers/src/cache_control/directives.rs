//! The directives of caches, each with its section of RFC 9111 or the RFC that added it.

use std::time::Duration;

use super::CacheControl;

impl CacheControl {
    /// Lets shared caches store the response, also one to a request with `Authorization`. It
    /// replaces `private` (section 5.2.2.9).
    #[must_use]
    pub const fn with_public(mut self) -> Self {
        self.switches[PRIVATE] = false;
        self.with(PUBLIC)
    }

    /// Whether there is `public`.
    #[must_use]
    pub const fn public(&self) -> bool {
        self.switches[PUBLIC]
    }

    /// Lets only the client's own cache store the response. It replaces `public` (section
    /// 5.2.2.7).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let hour = Duration::from_secs(3600);
    /// let control = CacheControl::new().with_private().with_no_transform().with_max_age(hour);
    /// assert_eq!(control.to_string(), "private, no-transform, max-age=3600");
    /// ```
    #[must_use]
    pub const fn with_private(mut self) -> Self {
        self.switches[PUBLIC] = false;
        self.with(PRIVATE)
    }

    /// Whether there is `private`. One with the names of fields counts as one without them,
    /// which restricts more.
    #[must_use]
    pub const fn private(&self) -> bool {
        self.switches[PRIVATE]
    }

    /// Lets caches use a stored response only after the server has confirmed it (sections
    /// 5.2.1.4 and 5.2.2.4).
    ///
    /// ```
    /// use wsgi_headers::CacheControl;
    ///
    /// assert_eq!(CacheControl::new().with_no_cache().to_string(), "no-cache");
    /// ```
    #[must_use]
    pub const fn with_no_cache(self) -> Self {
        self.with(NO_CACHE)
    }

    /// Whether there is `no-cache`. One with the names of fields counts as one without them,
    /// which restricts more.
    #[must_use]
    pub const fn no_cache(&self) -> bool {
        self.switches[NO_CACHE]
    }

    /// Lets no cache store anything of the request or response (sections 5.2.1.5 and 5.2.2.5).
    #[must_use]
    pub const fn with_no_store(self) -> Self {
        self.with(NO_STORE)
    }

    /// Whether there is `no-store`.
    #[must_use]
    pub const fn no_store(&self) -> bool {
        self.switches[NO_STORE]
    }

    /// Lets nobody on the way change the content, for example by compression (sections 5.2.1.6
    /// and 5.2.2.6).
    #[must_use]
    pub const fn with_no_transform(self) -> Self {
        self.with(NO_TRANSFORM)
    }

    /// Whether there is `no-transform`.
    #[must_use]
    pub const fn no_transform(&self) -> bool {
        self.switches[NO_TRANSFORM]
    }

    /// Lets caches use a stale response only after the server has confirmed it (section
    /// 5.2.2.2).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let hour = Duration::from_secs(3600);
    /// let control = CacheControl::new().with_must_revalidate().with_max_age(hour);
    /// assert!(control.must_revalidate() && !control.proxy_revalidate());
    /// ```
    #[must_use]
    pub const fn with_must_revalidate(self) -> Self {
        self.with(MUST_REVALIDATE)
    }

    /// Whether there is `must-revalidate`.
    #[must_use]
    pub const fn must_revalidate(&self) -> bool {
        self.switches[MUST_REVALIDATE]
    }

    /// Lets shared caches use a stale response only after the server has confirmed it (section
    /// 5.2.2.8).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let (minute, day) = (Duration::from_secs(60), Duration::from_secs(24 * 3600));
    /// let control = CacheControl::new().with_proxy_revalidate().with_max_age(minute).with_s_maxage(day);
    /// assert_eq!(control.to_string(), "proxy-revalidate, max-age=60, s-maxage=86400");
    /// assert_eq!(control.s_maxage(), Some(day));
    /// ```
    #[must_use]
    pub const fn with_proxy_revalidate(self) -> Self {
        self.with(PROXY_REVALIDATE)
    }

    /// Whether there is `proxy-revalidate`.
    #[must_use]
    pub const fn proxy_revalidate(&self) -> bool {
        self.switches[PROXY_REVALIDATE]
    }

    /// Lets only caches that know the response's status, and what it means for them, store it.
    /// They ignore a `no-store` beside it, which is for caches that do not know this directive
    /// (section 5.2.2.3).
    ///
    /// ```
    /// use wsgi_headers::CacheControl;
    ///
    /// let control = CacheControl::new().with_must_understand().with_no_store();
    /// assert!(control.must_understand());
    /// assert_eq!(control.to_string(), "no-store, must-understand");
    /// ```
    #[must_use]
    pub const fn with_must_understand(self) -> Self {
        self.with(MUST_UNDERSTAND)
    }

    /// Whether there is `must-understand`.
    #[must_use]
    pub const fn must_understand(&self) -> bool {
        self.switches[MUST_UNDERSTAND]
    }

    /// Says that the content does not change while it is fresh, so that a reload asks for
    /// nothing (RFC 8246).
    #[must_use]
    pub const fn with_immutable(self) -> Self {
        self.with(IMMUTABLE)
    }

    /// Whether there is `immutable`.
    #[must_use]
    pub const fn immutable(&self) -> bool {
        self.switches[IMMUTABLE]
    }

    /// In a request, asks for nothing but what a cache has stored (section 5.2.1.7).
    #[must_use]
    pub const fn with_only_if_cached(self) -> Self {
        self.with(ONLY_IF_CACHED)
    }

    /// Whether there is `only-if-cached`.
    #[must_use]
    pub const fn only_if_cached(&self) -> bool {
        self.switches[ONLY_IF_CACHED]
    }

    /// Sets how long the response is fresh; in a request, the greatest age that the client
    /// takes (sections 5.2.1.1 and 5.2.2.1).
    #[must_use]
    pub const fn with_max_age(self, time: Duration) -> Self {
        self.with_time(MAX_AGE, time)
    }

    /// The time of `max-age`, if there is one.
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.time(MAX_AGE)
    }

    /// Sets how long the response is fresh in shared caches, instead of `max-age` (section
    /// 5.2.2.10).
    #[must_use]
    pub const fn with_s_maxage(self, time: Duration) -> Self {
        self.with_time(S_MAXAGE, time)
    }

    /// The time of `s-maxage`, if there is one.
    #[must_use]
    pub const fn s_maxage(&self) -> Option<Duration> {
        self.time(S_MAXAGE)
    }

    /// Sets how long caches may use a stale response while they ask for a new one (RFC 5861,
    /// section 3).
    #[must_use]
    pub const fn with_stale_while_revalidate(self, time: Duration) -> Self {
        self.with_time(STALE_WHILE_REVALIDATE, time)
    }

    /// The time of `stale-while-revalidate`, if there is one.
    #[must_use]
    pub const fn stale_while_revalidate(&self) -> Option<Duration> {
        self.time(STALE_WHILE_REVALIDATE)
    }

    /// Sets how long caches may use a stale response if the server fails (RFC 5861, section 4).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let (minute, day) = (Duration::from_secs(60), Duration::from_secs(24 * 3600));
    /// let control = CacheControl::new().with_max_age(minute).with_stale_if_error(day);
    /// assert_eq!(control.stale_if_error(), Some(day));
    /// assert_eq!(control.stale_while_revalidate(), None);
    /// ```
    #[must_use]
    pub const fn with_stale_if_error(self, time: Duration) -> Self {
        self.with_time(STALE_IF_ERROR, time)
    }

    /// The time of `stale-if-error`, if there is one.
    #[must_use]
    pub const fn stale_if_error(&self) -> Option<Duration> {
        self.time(STALE_IF_ERROR)
    }

    /// In a request, sets how long the response may have been stale; [`Duration::MAX`] is any
    /// time (section 5.2.1.2).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let offline = CacheControl::new().with_only_if_cached().with_max_stale(Duration::MAX);
    /// assert_eq!(offline.to_string(), "only-if-cached, max-stale");
    /// assert!(offline.only_if_cached());
    /// assert_eq!(offline.max_stale(), Some(Duration::MAX));
    /// assert_eq!(CacheControl::parse("max-stale=60").max_stale(), Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    pub const fn with_max_stale(self, time: Duration) -> Self {
        self.with_time(MAX_STALE, time)
    }

    /// The time of `max-stale`, if there is one. It is [`Duration::MAX`] for one without an
    /// argument.
    #[must_use]
    pub const fn max_stale(&self) -> Option<Duration> {
        self.time(MAX_STALE)
    }

    /// In a request, sets how long the response has to stay fresh (section 5.2.1.3).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_headers::CacheControl;
    ///
    /// let minute = Duration::from_secs(60);
    /// let control = CacheControl::new().with_min_fresh(minute);
    /// assert_eq!((control.to_string(), control.min_fresh()), ("min-fresh=60".to_owned(), Some(minute)));
    /// ```
    #[must_use]
    pub const fn with_min_fresh(self, time: Duration) -> Self {
        self.with_time(MIN_FRESH, time)
    }

    /// The time of `min-fresh`, if there is one.
    #[must_use]
    pub const fn min_fresh(&self) -> Option<Duration> {
        self.time(MIN_FRESH)
    }
}

/// The directives without a time.
pub(crate) const SWITCHES: [&str; 10] = [
    "public",
    "private",
    "no-cache",
    "no-store",
    "no-transform",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "immutable",
    "only-if-cached",
];

/// The directives with a time.
pub(crate) const TIMES: [&str; 6] = [
    "max-age",
    "s-maxage",
    "stale-while-revalidate",
    "stale-if-error",
    "max-stale",
    "min-fresh",
];

// The places in these lists.
const PUBLIC: usize = 0;
const PRIVATE: usize = 1;
const NO_CACHE: usize = 2;
const NO_STORE: usize = 3;
const NO_TRANSFORM: usize = 4;
const MUST_REVALIDATE: usize = 5;
const PROXY_REVALIDATE: usize = 6;
const MUST_UNDERSTAND: usize = 7;
const IMMUTABLE: usize = 8;
const ONLY_IF_CACHED: usize = 9;
const MAX_AGE: usize = 0;
const S_MAXAGE: usize = 1;
const STALE_WHILE_REVALIDATE: usize = 2;
const STALE_IF_ERROR: usize = 3;
pub(crate) const MAX_STALE: usize = 4;
const MIN_FRESH: usize = 5;
