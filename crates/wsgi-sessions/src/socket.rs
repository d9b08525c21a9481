//! A store in another process: the client of the session server.

mod connection;
mod pool;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use self::pool::{Exchange, Pool};
use crate::{Key, Load, Record, Store, StoreError, Version, Write};

/// Keeps sessions with the session server, over its Unix socket.
///
/// Connections are kept and used again, one for each call at a time. A call that meets a server
/// which has gone waits for the next to listen at the same path, within a bound; after that it
/// fails, and the next call tries anew. Cloning the store is not needed: share it.
///
/// A call whose connection broke before the answer is repeated. The server may then have done it
/// twice, which is the same as once; where the answer cannot tell what became of the first, it is
/// [`StoreError::Unavailable`].
///
/// ```
/// # #[cfg(feature = "server")] {
/// # use std::thread;
/// # use std::time::SystemTime;
/// # use wsgi_sessions::{FileStore, Key, Load, SessionServer, SocketStore, Store};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("socket");
/// # let file = FileStore::open(dir.path().join("sessions.redb"))?;
/// # let server = SessionServer::builder(file).bind(&path)?;
/// # let stop = server.stop_handle()?;
/// # let running = thread::spawn(|| server.run());
/// let store = SocketStore::new(&path);
/// assert_eq!(store.load(&Key::of("an id"), SystemTime::now())?, Load::Absent);
/// # stop.stop();
/// # running.join().expect("the server does not panic")?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SocketStore {
    pool: Pool,
}

impl SocketStore {
    /// The store of the server that listens at `path`. It is asked at the first call.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            pool: Pool::new(path.into()),
        }
    }

    /// How long a call waits for a server that is not there: one second unless told.
    #[must_use]
    pub fn reconnect_timeout(mut self, timeout: Duration) -> Self {
        self.pool.reconnect_timeout = timeout;
        self
    }

    /// How long a call waits for its answer: five seconds unless told.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.pool.answer_timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// How many connections are kept while no call uses them: 16 unless told.
    #[must_use]
    pub fn most_idle(mut self, most: usize) -> Self {
        self.pool.most_idle = most;
        self
    }
}

impl Store for SocketStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        let request = [b"CREATE", &key.as_bytes()[..], &record.encode(), &time(now)];
        self.pool.call(&request, |exchange| match exchange.answer {
            [b"DONE"] => Some(Ok(())),
            // The first try may have been done, and its session retired since.
            [b"EXISTS"] if exchange.is_repeated => Some(Err(unknown())),
            _ => None,
        })
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let request = [b"LOAD", &key.as_bytes()[..], &time(now)];
        self.pool.call(&request, |exchange| match exchange.answer {
            [b"RECORD", record] => Some(Record::decode(record).map(Load::Found)),
            [b"ABSENT"] => Some(Ok(Load::Absent)),
            [b"RETIRED"] => Some(Ok(Load::Retired)),
            _ => None,
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
        let (expected, record) = (expected.to_bytes(), record.encode());
        let request = [b"SAVE", &key.as_bytes()[..], &expected, &record, &time(now)];
        // Whatever ended the session, the first try is not what is gone.
        self.pool
            .call(&request, |exchange| written(&exchange, false))
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let request = [b"TOUCH", &key.as_bytes()[..], &time(idle_until), &time(now)];
        self.pool.call(&request, |exchange| match exchange.answer {
            [b"DONE"] => Some(Ok(true)),
            [b"GONE"] => Some(Ok(false)),
            _ => None,
        })
    }

    fn retire(
        &self,
        key: &Key,
        expected: Option<Version>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let version = expected.map(Version::to_bytes);
        let version = version.as_ref().map_or(&[][..], |version| version);
        let grace = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let grace = grace.to_be_bytes();
        let request = [b"RETIRE", &key.as_bytes()[..], version, &grace, &time(now)];
        // It may have gone by the first try, which then was done, or by another's.
        self.pool
            .call(&request, |exchange| written(&exchange, true))
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        let request = [b"SWEEP", &(at_most as u64).to_be_bytes()[..], &time(now)];
        self.pool.call(&request, |exchange| match exchange.answer {
            [b"SWEPT", count] => {
                let count = u64::from_be_bytes((*count).try_into().ok()?);
                Some(Ok(usize::try_from(count).unwrap_or(usize::MAX)))
            }
            _ => None,
        })
    }
}

impl fmt::Debug for SocketStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketStore").field(&self.pool.path).finish()
    }
}

/// What became of a write. A repetition cannot tell whether what stands in its way came after its
/// first try was done.
fn written(exchange: &Exchange<'_>, may_be_own: bool) -> Option<Result<Write, StoreError>> {
    Some(match exchange.answer {
        [b"DONE"] => Ok(Write::Done),
        [b"CONFLICT", _] if exchange.is_repeated => Err(unknown()),
        [b"CONFLICT", record] => Record::decode(record).map(Write::Conflict),
        [b"GONE"] if exchange.is_repeated && may_be_own => Err(unknown()),
        [b"GONE"] => Ok(Write::Gone),
        _ => return None,
    })
}

fn unknown() -> StoreError {
    StoreError::unavailable("the connection broke, and what was written is not known")
}

fn time(time: SystemTime) -> [u8; 8] {
    Record::encode_time(time)
}
