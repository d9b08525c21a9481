//! A store in Redis or Valkey.

mod cluster;
mod direct;
mod link;
mod names;
mod scripts;
mod store;

use std::{fmt, time::Duration};

use redis::Value;

use self::{
    link::Address,
    names::Names,
    scripts::{Call, Scripts},
};
use crate::{
    store_error::StoreError,
    stores::{pool::Pool, reply::Reply},
};

/// A store in Redis or Valkey, in a single server or a cluster.
///
/// A load or a write takes one round trip: a script compares the version and writes. Keys are
/// `session:` and the session's key in hexadecimal, which reveals no id. In a cluster, a renewal
/// takes two round trips, and an operation on all sessions of an owner takes several, because the
/// list of an owner is stored apart from the sessions. If a renewal meets the end of all sessions
/// of its owner there, [`list`](crate::Store::list) may show its new key until it fails. The id of
/// that key is sent to nobody. A single Redis must let scripts access keys that are not declared
/// beforehand.
///
/// The configuration of Redis decides what it does to sessions by itself:
///
/// - `appendonly yes` with `appendfsync always` makes writes durable. A replica that takes over may
///   lack the last writes.
/// - With `maxmemory`, set `maxmemory-policy volatile-ttl`. Redis then evicts the entries that end
///   soonest: the copies that retired ids read, and sessions whose cookie has not come back. It
///   evicts these long before other sessions, if sessions may [go
///   unused](crate::SessionsBuilder::idle_timeout) for much longer than those live. With
///   `noeviction` it removes nothing, and refuses new sessions until enough have ended. Renewals,
///   logouts and saves that need no more room still work. The policies with `lru`, `lfu` and
///   `random` log visitors out under a flood.
///
/// Servers of the previous version, which know neither owners nor the copies of retired ids, may
/// use the same Redis: both versions read and write each other's sessions. A session that the
/// previous version renews loses its owner. So does a new session that only the previous version
/// has used in its first hour.
///
/// A foreign value under a session's key is [`StoreError::Foreign`].
///
/// Connections are kept and reused. A call whose server has gone tries again within a time limit,
/// and a call whose connection broke before the answer is repeated. If the answer cannot tell what
/// became of the first attempt, the result is [`StoreError::Unavailable`]. While a server hangs,
/// only few calls wait for it, as described at `SocketStore`.
///
/// ```no_run
/// # use std::time::SystemTime;
/// # use wsgi_sessions::{Key, Load, RedisStore, Store};
/// let store = RedisStore::open("redis://127.0.0.1:6379/0")?;
/// assert_eq!(store.load(&Key::of("an id"), SystemTime::now())?, Load::Absent);
/// # Ok::<(), wsgi_sessions::StoreError>(())
/// ```
pub struct RedisStore {
    pool: Pool<Address>,
    scripts: Scripts,
    names: Names,
}

impl RedisStore {
    /// Makes the store at a URL. It connects at the first call.
    ///
    /// | URL | |
    /// |---|---|
    /// | `redis://user:password@host:port/db` | one server; also `valkey://` |
    /// | `rediss://…` | the same over TLS, with the feature `redis-tls`; also `valkeys://` |
    /// | `unix:///path?db=0` | one server, by its Unix socket |
    /// | `redis-cluster://user:password@host:port,host:port` | a cluster, by some of its nodes |
    /// | `rediss-cluster://…` | the same over TLS |
    ///
    /// Over TLS a public certificate authority must vouch for the server, unless
    /// `root_certificates` names another one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the URL is none of these.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let address = Address::parse(url).map_err(StoreError::unavailable)?;
        let is_cluster = address.is_cluster();
        Ok(Self {
            pool: Pool::new(address),
            scripts: Scripts::new(),
            names: Names::new("session:".to_owned(), is_cluster),
        })
    }

    /// Trusts the certificates in `pem`, and those they vouch for, instead of the public
    /// certificate authorities. A private Redis often has an authority of its own. Needs the
    /// feature `redis-tls`.
    ///
    /// ```
    /// # use wsgi_sessions::RedisStore;
    /// let store = RedisStore::open("rediss://localhost")?;
    /// assert!(store.root_certificates("not a certificate").is_err());
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if `pem` contains no certificate or a malformed one, or if the
    /// URL of the store does not use TLS.
    #[cfg(feature = "redis-tls")]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, StoreError> {
        let address = self.pool.server.vouched_for_by(pem.as_ref());
        self.pool.server = address.map_err(StoreError::unavailable)?;
        Ok(self)
    }

    /// Sets the prefix of keys in Redis; `session:` by default. With different prefixes several
    /// sites can share a server. In a cluster, a part in braces puts all sessions into one slot.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_sessions::{Key, RedisStore, Store, StoreError};
    ///
    /// # // Nothing listens at a port that was free a moment ago.
    /// # let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    /// // A site that would rather be without sessions than wait for them.
    /// let store = RedisStore::open(&format!("redis://127.0.0.1:{port}/0"))?
    ///     .prefix("blog:")
    ///     .reconnect_timeout(Duration::from_millis(1))
    ///     .answer_timeout(Duration::from_millis(100))
    ///     .max_idle(4);
    /// let error = store.load(&Key::of("an id"), SystemTime::now()).unwrap_err();
    /// assert!(matches!(error, StoreError::Unavailable { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        let is_cluster = self.pool.server.is_cluster();
        self.names = Names::new(prefix.into(), is_cluster);
        self
    }

    /// Limits how long a call waits for a server that is not there; by default one second, at most
    /// a week.
    #[must_use]
    pub fn reconnect_timeout(mut self, timeout: Duration) -> Self {
        self.pool.set_reconnect_timeout(timeout);
        self
    }

    /// Limits how long a call waits for its answer, including connecting; by default five seconds,
    /// at least a millisecond, at most a week. Over TLS and in a cluster it may take a few times as
    /// long if several answers are late.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.pool.set_answer_timeout(timeout);
        self
    }

    /// Limits the number of connections kept while no call uses them; by default 16.
    #[must_use]
    pub fn max_idle(mut self, max: usize) -> Self {
        self.pool.set_max_idle(max);
        self
    }

    /// Runs a script and lets `understand` read the reply.
    fn run<T>(
        &self,
        call: &Call,
        understand: impl Fn(&Reply<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.call(|link, turn| {
            let answer = link.ask(call, turn)?;
            let is_repeated = turn.is_repeated;
            Ok(answer.and_then(|answer| {
                let words = words(&answer).unwrap_or_default();
                let words = words.as_slice();
                understand(&Reply { words, is_repeated })
            }))
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may contain a password.
        let store = &mut f.debug_struct("RedisStore");
        store
            .field("prefix", &self.names.prefix)
            .finish_non_exhaustive()
    }
}

/// Returns the strings of a script's answer, whether a single one or several.
fn words(answer: &Value) -> Option<Vec<&[u8]>> {
    match answer {
        Value::Array(values) => values.iter().map(word).collect(),
        value => Some(vec![word(value)?]),
    }
}

fn word(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}
