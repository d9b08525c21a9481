//! A store in Redis or Valkey.

mod direct;
mod link;
mod scripts;

use std::fmt;
use std::time::{Duration, SystemTime};

use redis::Value;

use self::link::Address;
use self::scripts::{Call, Scripts};
use crate::stores::entry::{self, Standing};
use crate::stores::pool::Pool;
use crate::stores::reply::{self, Reply};
use crate::{Key, Listed, Load, Record, Store, StoreError, Version, Write};

/// Redis keeps an entry this much longer than it lives. Its clock only collects garbage.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// No entry is kept longer, since Redis knows no later times.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Keeps sessions in Redis or Valkey, one server or a cluster.
///
/// A load is one round trip, and so is a write: a script compares the version and writes. Keys are
/// `session:` and the session's key in hexadecimal; nothing there tells an id. What Redis itself
/// may do to sessions is up to its configuration: `appendonly yes` with `appendfsync always` makes
/// writes durable, and `maxmemory-policy noeviction` lets it refuse new sessions rather than drop
/// some that live. A replica that takes over may lack the last writes.
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
    prefix: String,
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
        Ok(Self {
            pool: Pool::new(address),
            scripts: Scripts::new(),
            prefix: "session:".to_owned(),
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
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
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
    pub fn most_idle(mut self, most: usize) -> Self {
        self.pool.set_most_idle(most);
        self
    }

    fn name(&self, key: &Key) -> String {
        let mut name = self.prefix.clone();
        for byte in key.as_bytes() {
            name.extend([byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)])));
        }
        name
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

impl Store for RedisStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        let arguments = [
            &time(now)[..],
            &kept(record.expires(), now),
            &record.encode(),
        ];
        let call = self.scripts.create.call(&self.name(key), &arguments);
        self.run(&call, reply::created)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(self.name(key));
        let get = Call::from(get);
        self.pool.call(|link, turn| {
            Ok(link.ask(&get, turn)?.and_then(|answer| match answer {
                Value::Nil => Ok(Load::Absent),
                Value::BulkString(bytes) => Ok(match entry::load(Some(&bytes), now)? {
                    Standing::Live(record) => Load::Found(record),
                    Standing::Retired | Standing::Absent => Load::Absent,
                }),
                _ => Err(reply::not_understood()),
            }))
        })
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        let kept = kept(record.expires(), now);
        let arguments = [
            &time(now)[..],
            &kept,
            &expected.to_bytes(),
            &record.encode(),
        ];
        let call = self.scripts.save.call(&self.name(key), &arguments);
        self.run(&call, reply::saved)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let arguments = [&time(now)[..], &kept(idle_until, now), &time(idle_until)];
        let call = self.scripts.touch.call(&self.name(key), &arguments);
        self.run(&call, reply::touched)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        self.create(new, record, now)?;
        let until = now.checked_add(grace).unwrap_or(now);
        let arguments = [
            &time(now)[..],
            &kept(until, now),
            &expected.to_bytes(),
            &entry::retired(until),
        ];
        let call = self.scripts.retire.call(&self.name(old), &arguments);
        let write = self.run(&call, reply::retired);
        if !matches!(write, Ok(Write::Done)) {
            let _ = self.end(new, now);
        }
        write
    }

    fn end(&self, key: &Key, _now: SystemTime) -> Result<bool, StoreError> {
        let mut del = redis::cmd("DEL");
        del.arg(self.name(key));
        let del = Call::from(del);
        self.pool.call(|link, turn| {
            Ok(link
                .ask(&del, turn)?
                .map(|answer| matches!(answer, Value::Int(1))))
        })
    }

    fn end_all(&self, _owner: &str, _now: SystemTime) -> Result<usize, StoreError> {
        Ok(0)
    }

    fn list(&self, _owner: &str, _now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        Ok(Vec::new())
    }

    /// Does nothing: Redis collects what is over by itself.
    fn sweep(&self, _now: SystemTime, _at_most: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        let store = &mut f.debug_struct("RedisStore");
        store.field("prefix", &self.prefix).finish_non_exhaustive()
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

fn time(time: SystemTime) -> [u8; 8] {
    Record::encode_time(time)
}

/// How long Redis is to keep what lives until then, in milliseconds.
fn kept(until: SystemTime, now: SystemTime) -> Vec<u8> {
    let lives = until.duration_since(now).unwrap_or_default();
    let kept = lives.saturating_add(KEPT_FOR).min(LONGEST);
    kept.as_millis().to_string().into_bytes()
}
