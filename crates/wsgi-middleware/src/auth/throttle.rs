//! Limits of wrong passwords.

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    time::{Duration, Instant},
};

use wsgi_application::{Environ, Result, StartResponse, Status};

use crate::{
    auth::remembered::Remembered,
    rate_limit::{
        Quota, client,
        table::{KeyHash, Table},
    },
};

/// The numbers of addresses and of pairs that are remembered by default. Together they take 2 MiB.
const MAX_KEYS: usize = 32_768;

/// The number of verified users and passwords, with their addresses, that are remembered. They take
/// 64 KiB.
const MAX_VERIFIED: usize = 4096;

/// The network of a client that is one key for IPv6, as for a `RateLimit`.
const IPV6_PREFIX: u8 = 64;

/// The network that one customer of a provider gets at most (RFC 6177, section 2).
const IPV6_SITE_PREFIX: u8 = 48;

/// The quotas of networks that a site has for all of its networks.
const NETWORKS_PER_SITE: u32 = 16;

/// Limits of wrong passwords, for `BasicAuth` and `DigestAuth`.
///
/// Wrong passwords are counted for each client address, and for each pair of an address and a user.
/// If either has used up its [`Quota`], the request is answered with 429 and `Retry-After` before
/// the password is checked. Such a request does not count. Right passwords do not count either. A
/// password that cannot be checked, because the check fails, counts as a wrong one.
///
/// No stranger can keep a user out. There is no count for a user alone, and a user and a password
/// that were right before, from the same address, are checked whatever the counts are. Only
/// somebody with the same address can delay a user who has not logged in there yet, until the quota
/// has room again. The price is that somebody with the same address can go on guessing the password
/// of a user who has.
///
/// The address is that in `REMOTE_ADDR`: an IPv4 address, or the first 64 bits of an IPv6 address.
/// A customer of a provider may have 65,536 of those, which begin with the same 48 bits, or share
/// these bits with others. So all of them together have 16 times the quotas of one: enough that no
/// single one keeps the others out, and far less than if each counted alone.
///
/// Behind a front server, put [`TrustedProxies`](crate::TrustedProxies) around the application.
/// Otherwise all clients have the address of the front server. Requests without an IP address, such
/// as those over a Unix socket, are limited together, as if they all had the same one.
///
/// Memory is bounded and allocated at once: 2 MiB for 32,768 addresses and as many pairs, which are
/// forgotten as by a [`RateLimit`](crate::RateLimit), and 64 KiB for the 4,096 users and addresses
/// whose passwords were right most recently. Of these it has hashes with a secret of the process.
/// Each process counts for itself.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{BasicAuth, Quota, Throttle};
/// use wsgi_testing::Request;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("hello".into())
/// });
/// let throttle = Throttle::new().per_user(Quota::per_minute(2));
/// let app = BasicAuth::new(app, "Cave", |user, password| (user, password) == ("a", "b"))
///     .throttle(throttle);
///
/// let ask = |password| {
///     let request = Request::get("/").variable("REMOTE_ADDR", "192.0.2.1");
///     request.basic_auth("a", password).call(&app)
/// };
/// for status in [401, 401, 429] {
///     assert_eq!(ask("wrong").status().code(), status);
/// }
/// let response = ask("b");
/// assert_eq!(response.status(), &Status::TOO_MANY_REQUESTS);
/// assert_eq!(response.headers().get("Retry-After").unwrap(), "30");
/// ```
pub struct Throttle {
    per_address: Quota,
    per_user: Quota,
    addresses: Table,
    /// Of an address and a user.
    pairs: Table,
    verified: Remembered,
    hashers: [RandomState; 2],
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl Throttle {
    /// Limits of 60 wrong passwords at once and 10 a minute from an address, and of 10 at once and
    /// 2 a minute from an address for one user.
    #[must_use]
    pub fn new() -> Self {
        let start = Instant::now();
        Self {
            per_address: Quota::per_minute(10).burst(60),
            per_user: Quota::per_minute(2).burst(10),
            addresses: Table::new(MAX_KEYS),
            pairs: Table::new(MAX_KEYS),
            verified: Remembered::new(MAX_VERIFIED),
            hashers: [RandomState::new(), RandomState::new()],
            clock: Box::new(move || start.elapsed()),
        }
    }

    /// Sets the number of wrong passwords from an address, for all users together.
    #[must_use]
    pub fn per_address(mut self, quota: Quota) -> Self {
        self.per_address = quota;
        self
    }

    /// Sets the number of wrong passwords from an address for one user.
    #[must_use]
    pub fn per_user(mut self, quota: Quota) -> Self {
        self.per_user = quota;
        self
    }

    /// Sets the number of addresses that are remembered, and that of pairs of an address and a
    /// user, rounded up to a multiple of 16; 32,768 by default. Each takes 32 bytes.
    ///
    /// If more are in use, those with the fullest quotas are forgotten first.
    #[must_use]
    pub fn max_keys(mut self, max_keys: usize) -> Self {
        self.addresses = Table::new(max_keys);
        self.pairs = Table::new(max_keys);
        self
    }

    /// Sets the clock, for tests: a closure that returns the time since any fixed moment.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering::Relaxed}};
    /// use std::time::Duration;
    /// use wsgi_middleware::{BasicAuth, Quota, Throttle, not_found};
    /// use wsgi_testing::Request;
    ///
    /// let seconds = Arc::new(AtomicU64::new(0));
    /// let now = seconds.clone();
    /// let throttle = Throttle::new()
    ///     .per_address(Quota::per_minute(1))
    ///     .max_keys(1024)
    ///     .clock(move || Duration::from_secs(now.load(Relaxed)));
    /// let app = BasicAuth::new(not_found, "Cave", |_, _| false).throttle(throttle);
    /// let ask = || {
    ///     let request = Request::get("/").variable("REMOTE_ADDR", "192.0.2.1");
    ///     request.basic_auth("a", "wrong").call(&app).status().code()
    /// };
    /// assert_eq!((ask(), ask()), (401, 429));
    /// seconds.store(60, Relaxed);
    /// assert_eq!(ask(), 401);
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// An attempt to log in. The proof is what was right or wrong before: a password, or what only
    /// somebody has used who knew it.
    pub(crate) fn attempt(&self, environ: &Environ, user: &str, proof: impl Hash) -> Attempt<'_> {
        // `None`, for no address, is a key like any other.
        let network = client::network(environ, IPV6_PREFIX);
        let site = client::network(environ, IPV6_SITE_PREFIX)
            .filter(|address| address.to_ipv4_mapped().is_none());
        let keys = |prefix, network| Keys {
            address: self.addresses.hash(&(prefix, network)),
            pair: self.pairs.hash(&(prefix, network, user)),
        };
        // With the network: somebody at another address must not learn beyond the quota which guess
        // is right.
        let proved = (network, user, proof);
        let hashes = self
            .hashers
            .each_ref()
            .map(|hasher| hasher.hash_one(&proved));
        let [high, low] = hashes;
        Attempt {
            throttle: self,
            network: keys(IPV6_PREFIX, network),
            site: site.map(|site| keys(IPV6_SITE_PREFIX, Some(site))),
            verified: (u128::from(high) << 64) | u128::from(low),
        }
    }
}

/// Answers an attempt that is refused.
pub(crate) fn refuse(seconds: u64, start_response: &mut StartResponse<'_>) -> Result {
    let headers = [
        ("Content-Type", "text/plain"),
        ("Retry-After", &seconds.to_string()),
    ];
    start_response.start(Status::TOO_MANY_REQUESTS, headers)?;
    Ok("429 Too Many Requests: there were too many wrong passwords\n".into())
}

/// An attempt to log in.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    network: Keys,
    /// Of the larger network around an IPv6 address.
    site: Option<Keys>,
    /// The network, the user and the proof.
    verified: u128,
}

/// The keys of a network.
struct Keys {
    address: KeyHash,
    pair: KeyHash,
}

impl Attempt<'_> {
    /// Returns the seconds to wait before the password is checked, if the attempt is refused.
    pub(crate) fn refusal(&self) -> Option<u64> {
        if self.throttle.verified.contains(self.verified) {
            return None;
        }
        let now = (self.throttle.clock)();
        let waits = self
            .counts()
            .filter_map(|(table, key, quota)| table.wait(key, &quota, now));
        waits.max()
    }

    /// Whether the user and the proof were right before.
    #[cfg(feature = "digest-auth")]
    pub(crate) fn is_verified(&self) -> bool {
        self.throttle.verified.contains(self.verified)
    }

    /// Remembers a right password, or counts a wrong one.
    ///
    /// Several threads may check passwords before one of them counts. Then the count exceeds the
    /// quota, and it takes accordingly longer until there is room.
    pub(crate) fn count(&self, is_right: bool) {
        let verified = &self.throttle.verified;
        if is_right {
            return verified.insert(self.verified);
        }
        verified.remove(self.verified);
        self.charge();
    }

    /// Counts a password that is wrong or could not be checked.
    pub(crate) fn charge(&self) {
        let now = (self.throttle.clock)();
        for (table, key, quota) in self.counts() {
            table.charge(key, &quota, now);
        }
    }

    fn counts(&self) -> impl Iterator<Item = (&Table, KeyHash, Quota)> {
        let throttle = self.throttle;
        let network = [(&self.network, 1)].into_iter();
        let site = self.site.iter().map(|keys| (keys, NETWORKS_PER_SITE));
        network.chain(site).flat_map(|(keys, times)| {
            let per_address = throttle.per_address.times(times);
            let per_user = throttle.per_user.times(times);
            [
                (&throttle.addresses, keys.address, per_address),
                (&throttle.pairs, keys.pair, per_user),
            ]
        })
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("per_address", &self.per_address)
            .field("per_user", &self.per_user)
            .field("max_keys", &self.pairs.max_keys())
            .finish_non_exhaustive()
    }
}
