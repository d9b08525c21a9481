//! The connections to a server, and what happens when one breaks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::StoreError;
use crate::stores::wait::LONGEST;

/// How long a call rests before it looks for the server again.
const REST: Duration = Duration::from_millis(10);

/// Where a store's server is.
pub(crate) trait Server {
    /// What one call at a time uses.
    type Connection;

    /// Connects, which is tried no longer than until `late`, to wait `answer_timeout` for each
    /// answer.
    fn connect(&self, late: Instant, answer_timeout: Duration) -> Result<Self::Connection, Broken>;
}

/// Why connecting, or an exchange on a connection, came to nothing.
pub(crate) struct Broken {
    pub(crate) cause: StoreError,
    /// Whether another connection may fare better.
    pub(crate) may_recover: bool,
    /// Whether the server may have done the request.
    pub(crate) may_be_done: bool,
}

/// The connections to a server that no call uses, and how calls wait for more.
pub(crate) struct Pool<S: Server> {
    pub(crate) server: S,
    reconnect_timeout: Duration,
    answer_timeout: Duration,
    most_idle: usize,
    idle: Mutex<Vec<S::Connection>>,
}

impl<S: Server> Pool<S> {
    pub(crate) fn new(server: S) -> Self {
        Self {
            server,
            reconnect_timeout: Duration::from_secs(1),
            answer_timeout: Duration::from_secs(5),
            most_idle: 16,
            idle: Mutex::default(),
        }
    }

    pub(crate) fn set_reconnect_timeout(&mut self, timeout: Duration) {
        self.reconnect_timeout = timeout.min(LONGEST);
    }

    pub(crate) fn set_answer_timeout(&mut self, timeout: Duration) {
        self.answer_timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
    }

    pub(crate) fn set_most_idle(&mut self, most: usize) {
        self.most_idle = most;
    }

    /// Has `exchange` ask the server, again on another connection where one broke. It is told
    /// whether the server may have done the request before.
    pub(crate) fn call<T>(
        &self,
        exchange: impl Fn(&mut S::Connection, bool) -> Result<Result<T, StoreError>, Broken>,
    ) -> Result<T, StoreError> {
        let late = Instant::now() + self.reconnect_timeout;
        let mut is_repeated = false;
        let mut kept = self.idle().pop();
        loop {
            let is_new = kept.is_none();
            let mut connection = kept.take().map_or_else(|| self.connect(late), Ok)?;
            let broken = match exchange(&mut connection, is_repeated) {
                Ok(result) => {
                    // After an error of its own the server may close.
                    if !matches!(result, Err(StoreError::Unavailable(_))) {
                        self.keep(connection);
                    }
                    return result;
                }
                Err(broken) => broken,
            };
            drop(connection);
            // What broke one connection broke those that wait beside it.
            self.idle().clear();
            // A kept connection may have broken long ago. Where a new one does, another would too.
            if !broken.may_recover || is_new && Instant::now() >= late {
                return Err(broken.cause);
            }
            is_repeated |= broken.may_be_done;
            if is_new {
                thread::sleep(REST);
            }
        }
    }

    /// A new connection, once there is a server.
    fn connect(&self, late: Instant) -> Result<S::Connection, StoreError> {
        loop {
            match self.server.connect(late, self.answer_timeout) {
                Err(broken) if broken.may_recover && Instant::now() < late => thread::sleep(REST),
                connected => return connected.map_err(|broken| broken.cause),
            }
        }
    }

    fn keep(&self, connection: S::Connection) {
        let mut idle = self.idle();
        if idle.len() < self.most_idle {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<S::Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
