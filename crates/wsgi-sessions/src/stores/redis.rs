//! A store in Redis or Valkey.

mod cluster;
mod direct;
mod link;
mod names;
mod scripts;
mod store;

use std::fmt;
use std::time::Duration;

use redis::Value;

use self::link::Address;
use self::names::Names;
use self::scripts::{Call, Scripts};
use crate::StoreError;
use crate::stores::pool::Pool;
use crate::stores::reply::Reply;

/// Keeps sessions in Redis or Valkey, one server or a cluster.
///
/// A load is one round trip, and so is a write: a script compares the version and writes. Keys are
/// `session:` and the session's key in hexadecimal; nothing there tells an id. In a cluster, a renewal
/// is two trips, and what is done with an owner's sessions is several: the list of an owner is apart
/// from the sessions. A single Redis must let scripts reach keys that they do not name beforehand.
///
/// What Redis itself may do to sessions is up to its configuration:
///
/// - `appendonly yes` with `appendfsync always` makes writes durable. A replica that takes over may
///   lack the last writes.
/// - With `maxmemory`, set `maxmemory-policy volatile-ttl`: Redis then evicts what ends soonest, which
///   is what retired ids read, and sessions whose cookie has not come back, long before others, as
///   long as they may [go unused](crate::SessionsBuilder::idle) for much longer than those. With
///   `noeviction` it drops nothing, and refuses new sessions until enough have ended; renewals, logouts
///   and saves that need no more room go on. The policies with `lru`, `lfu` and `random` log visitors
///   out under a flood.
///
/// Servers of the version before, which know neither owners nor what a retired id reads, may use the
/// same Redis: both read and write the sessions of the other. A session that they renew has no owner
/// any more, nor has a new one that they alone have used for its first hour.
///
/// A value under a session's key that is none of ours is [`StoreError::Foreign`].
///
/// Connections are kept and used again. A call that meets a server which has gone tries again
/// within a bound, and one whose connection broke before the answer is repeated; where the answer
/// cannot tell what became of the first try, it is [`StoreError::Unavailable`]. While a server hangs,
/// few calls wait for it, as by `SocketStore`.
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
    /// The store at a URL. It is asked at the first call.
    ///
    /// | URL | |
    /// |---|---|
    /// | `redis://user:password@host:port/db` | one server; also `valkey://` |
    /// | `rediss://…` | the same over TLS, with the feature `redis-tls`; also `valkeys://` |
    /// | `unix:///path?db=0` | one server, by its Unix socket |
    /// | `redis-cluster://user:password@host:port,host:port` | a cluster, by some of its nodes |
    /// | `rediss-cluster://…` | the same over TLS |
    ///
    /// Over TLS an authority of the web has to vouch for the server, unless `root_certificates` names
    /// another.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where the URL is none of these.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let address = Address::parse(url).map_err(StoreError::unavailable)?;
        let is_cluster = matches!(address, Address::Cluster(_));
        Ok(Self {
            pool: Pool::new(address),
            scripts: Scripts::new(),
            names: Names::new("session:".to_owned(), is_cluster),
        })
    }

    /// Trusts the certificates in `pem`, and those they vouch for, in place of the authorities of the
    /// web: a Redis of one's own often has an authority of its own. Needs the feature `redis-tls`.
    ///
    /// ```
    /// # use wsgi_sessions::RedisStore;
    /// let store = RedisStore::open("rediss://localhost")?;
    /// assert!(store.root_certificates("no certificate").is_err());
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] where `pem` holds no certificate, or one that is malformed, or the
    /// store's URL is not one over TLS.
    #[cfg(feature = "redis-tls")]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, StoreError> {
        let address = self.pool.server.vouched_for_by(pem.as_ref());
        self.pool.server = address.map_err(StoreError::unavailable)?;
        Ok(self)
    }

    /// What keys in Redis begin with, `session:` unless told: several sites may share a server.
    /// In a cluster, a part of it in braces has all sessions in one slot.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        let is_cluster = matches!(self.pool.server, Address::Cluster(_));
        self.names = Names::new(prefix.into(), is_cluster);
        self
    }

    /// How long a call waits for a server that is not there: one second unless told, a week at
    /// most.
    #[must_use]
    pub fn reconnect_timeout(mut self, timeout: Duration) -> Self {
        self.pool.set_reconnect_timeout(timeout);
        self
    }

    /// How long a call waits for its answer, with the connection to it: five seconds unless told, a
    /// millisecond at least and a week at most. Over TLS and in a cluster it may take a few times
    /// as long where several answers are late.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.pool.set_answer_timeout(timeout);
        self
    }

    /// How many connections are kept while no call uses them: 16 unless told.
    #[must_use]
    pub fn max_idle(mut self, max: usize) -> Self {
        self.pool.set_max_idle(max);
        self
    }

    /// Runs a script, and has `understand` read the reply.
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
        // The address may hold a password.
        let store = &mut f.debug_struct("RedisStore");
        store
            .field("prefix", &self.names.prefix)
            .finish_non_exhaustive()
    }
}

/// The strings of a script's answer: one alone, or several.
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
