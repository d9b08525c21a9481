//! A store in another process: the client of the session server.

mod connection;

use std::{
    fmt,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use self::connection::Address;
use crate::{
    key::Key,
    listed::Listed,
    record::{Annex, Record},
    statistics::Statistics,
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::{
        pool::Pool,
        reply::{self, Reply},
    },
    version::Version,
    wire,
};

/// A store in the session server, reached over its Unix socket.
///
/// Connections are kept and reused, one per call at a time. A call whose server has gone waits,
/// within a time limit, for the next one to listen at the same path. After that it fails, and the
/// next call tries again. The store need not be cloned: share it.
///
/// A call whose connection broke before the answer is repeated. The server may then have done it
/// twice, which has the same effect as once. If the answer cannot tell what became of the first
/// attempt, the result is [`StoreError::Unavailable`].
///
/// A server that hangs holds few threads. Once a call has waited for a quarter of a second and
/// nothing has come from the server, five calls go on waiting and all others fail. Once one of
/// these has waited in vain for its whole timeout, one call at a time tries the server and all
/// others fail at once, until the server answers. [`StoreError::is_repeated`] marks the errors that
/// report nothing new.
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
    pool: Pool<Address>,
}

impl SocketStore {
    /// Makes the store of the server that listens at `path`. It connects at the first call.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            pool: Pool::new(Address(path.into())),
        }
    }

    /// Limits how long a call waits for a server that is not there, or accepts no connection; by
    /// default one second, at most a week.
    #[must_use]
    pub fn reconnect_timeout(mut self, timeout: Duration) -> Self {
        self.pool.set_reconnect_timeout(timeout);
        self
    }

    /// Limits how long a call takes to send its request and wait for the answer; by default five
    /// seconds, at least a millisecond, at most a week.
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

    /// Asks the server for numbers about its sessions.
    ///
    /// It reads all of them, so raise the [`answer_timeout`](Self::answer_timeout) for a server
    /// with millions. It does so once for all who ask meanwhile, or soon after: the numbers may be
    /// older than the request by as long as the server takes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the server cannot be reached, or is of an earlier version.
    ///
    /// ```
    /// use std::{thread, time::{Duration, SystemTime}};
    /// use wsgi_sessions::{FileStore, SessionServer, SocketStore};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("socket");
    /// # let file = FileStore::open(dir.path().join("sessions.redb"))?;
    /// # let server = SessionServer::builder(file).bind(&path)?;
    /// # let stop = server.stop_handle()?;
    /// # let running = thread::spawn(|| server.run());
    /// let store = SocketStore::new(&path)
    ///     .reconnect_timeout(Duration::from_secs(3))
    ///     .answer_timeout(Duration::from_secs(30))
    ///     .max_idle(1);
    /// assert_eq!(store.statistics(SystemTime::now())?.live, 0);
    /// # stop.stop();
    /// # running.join().expect("the server does not panic")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(&self, now: SystemTime) -> Result<Statistics, StoreError> {
        self.ask(&[b"STATS", &time(now)], |reply| match reply.words {
            [b"STATS", numbers] => {
                let unknown = || StoreError::unavailable("the numbers are malformed");
                Statistics::decode(numbers).ok_or_else(unknown)
            }
            _ => Err(reply::error(reply)),
        })
    }

    /// Sends a request and lets `understand` read the reply.
    fn ask<T>(
        &self,
        request: &[&[u8]],
        understand: impl Fn(&Reply<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut bytes = Vec::new();
        wire::write(&mut bytes, request);
        self.pool.call(|connection, turn| {
            let answer = connection.exchange(&bytes, turn)?;
            let words = answer.strings();
            let is_repeated = turn.is_repeated;
            let understood = understand(&Reply { words, is_repeated });
            // From here on the connection may be idle.
            connection.release();
            Ok(understood)
        })
    }
}

impl Store for SocketStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        let (encoded, annex, now) = (record.encode(), annex(record), time(now));
        let request = [b"CREATE", &key.as_bytes()[..], &encoded, &now, &annex];
        self.ask(&request, reply::created)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let request = [b"READ", &key.as_bytes()[..], &time(now)];
        self.ask(&request, |reply| match reply.words {
            [b"RECORD", rest @ ..] => reply::record(rest).map(Load::Found),
            [b"RETIRED", rest @ ..] => reply::record(rest).map(Load::Retired),
            [b"ABSENT"] => Ok(Load::Absent),
            _ => Err(reply::error(reply)),
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
        let request = [
            b"SAVE",
            &key.as_bytes()[..],
            &expected.to_bytes(),
            &record.encode(),
            &time(now),
            &annex(record),
        ];
        self.ask(&request, reply::saved)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let request = [b"TOUCH", &key.as_bytes()[..], &time(idle_until), &time(now)];
        self.ask(&request, reply::touched)
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
        record.check_size()?;
        let grace = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let request = [
            b"RENEW",
            &old.as_bytes()[..],
            &expected.to_bytes(),
            &new.as_bytes()[..],
            &record.encode(),
            &annex(record),
            &grace.to_be_bytes(),
            &time(now),
        ];
        self.ask(&request, reply::renewed)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        let request = [b"END", &key.as_bytes()[..], &time(now)];
        self.ask(&request, reply::touched)
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        let request = [b"ENDALL", owner.as_bytes(), &time(now)];
        self.ask(&request, |reply| match reply.words {
            [b"ENDED", count] => number(count),
            _ => Err(reply::error(reply)),
        })
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        let mut sessions = Vec::<Listed>::new();
        loop {
            let after = sessions.last().map(|listed| listed.key);
            let after = after.as_ref().map_or(&[][..], |key| key.as_bytes());
            let request = [b"LIST", owner.as_bytes(), after, &time(now)];
            let (part, is_last) = self.ask(&request, |reply| {
                let (part, is_last) = match reply.words {
                    [b"LISTED", part] => (part, true),
                    [b"MORE", part] if !part.is_empty() => (part, false),
                    _ => return Err(reply::error(reply)),
                };
                let part = Listed::decode_all(part).ok_or_else(reply::not_understood)?;
                Ok((part, is_last))
            })?;
            sessions.extend(part);
            if is_last {
                return Ok(sessions);
            }
        }
    }

    fn sweep(&self, now: SystemTime, at_most: usize) -> Result<usize, StoreError> {
        let request = [b"SWEEP", &(at_most as u64).to_be_bytes()[..], &time(now)];
        self.ask(&request, |reply| match reply.words {
            [b"SWEPT", count] => number(count),
            _ => Err(reply::error(reply)),
        })
    }
}

impl fmt::Debug for SocketStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address(path) = &self.pool.server;
        f.debug_tuple("SocketStore").field(path).finish()
    }
}

fn time(time: SystemTime) -> [u8; 8] {
    Record::encode_time(time)
}

fn annex(record: &Record) -> Vec<u8> {
    let annex = record.annex.as_deref();
    annex.map(Annex::encode).unwrap_or_default()
}

fn number(bytes: &[u8]) -> Result<usize, StoreError> {
    let bytes = bytes.try_into().map_err(|_| reply::not_understood())?;
    Ok(usize::try_from(u64::from_be_bytes(bytes)).unwrap_or(usize::MAX))
}
