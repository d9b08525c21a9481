//! The connections to Redis, and what happens when one breaks.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use redis::{RedisError, RedisResult, ServerErrorKind, Value};

use super::link::{Address, Link, is_refused_for_now};
use super::scripts::Call;
use crate::StoreError;

/// How long a call rests before it looks for the server again.
const REST: Duration = Duration::from_millis(10);

pub(super) struct Pool {
    address: Address,
    pub(super) reconnect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    pub(super) most_idle: usize,
    idle: Mutex<Vec<Link>>,
}

/// An answer, and how it was come by.
pub(super) struct Exchange {
    pub(super) answer: Value,
    /// Whether the server may have done the request before.
    pub(super) is_repeated: bool,
}

impl Pool {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            reconnect_timeout: Duration::from_secs(1),
            answer_timeout: Duration::from_secs(5),
            most_idle: 16,
            idle: Mutex::default(),
        }
    }

    /// Asks Redis, and has `understand` read the answer.
    pub(super) fn call<T>(
        &self,
        call: &Call,
        understand: impl FnOnce(Exchange) -> Option<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let late = Instant::now() + self.reconnect_timeout;
        let mut is_repeated = false;
        loop {
            let mut link = self.link(late).map_err(StoreError::unavailable)?;
            let error = match ask(&mut link, call) {
                Ok(answer) => {
                    self.keep(link);
                    let understood = understand(Exchange {
                        answer,
                        is_repeated,
                    });
                    return understood.unwrap_or_else(|| {
                        Err(StoreError::unavailable(
                            "the answer of Redis is not understood",
                        ))
                    });
                }
                Err(error) => error,
            };
            drop(link);
            // What broke one connection broke those that wait beside it.
            self.idle().clear();
            let is_severed = error.is_connection_dropped();
            if Instant::now() >= late || !(is_severed || is_refused_for_now(&error)) {
                return Err(store_error(error));
            }
            is_repeated |= is_severed;
            if !is_severed {
                thread::sleep(REST);
            }
        }
    }

    /// A connection from before, or a new one once there is a server.
    fn link(&self, late: Instant) -> RedisResult<Link> {
        if let Some(link) = self.idle().pop() {
            return Ok(link);
        }
        loop {
            match self.address.connect(self.answer_timeout) {
                Err(error) if may_come_back(&error) && Instant::now() < late => thread::sleep(REST),
                result => return result,
            }
        }
    }

    fn keep(&self, link: Link) {
        let mut idle = self.idle();
        if idle.len() < self.most_idle {
            idle.push(link);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One round trip, or two where Redis does not know the script yet.
fn ask(link: &mut Link, call: &Call) -> RedisResult<Value> {
    match (link.ask(&call.request), &call.whole) {
        (Err(error), Some(whole)) if error.kind() == ServerErrorKind::NoScript.into() => {
            link.ask(whole)
        }
        (result, _) => result,
    }
}

fn may_come_back(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.is_connection_refusal() || is_refused_for_now(error)
}

fn store_error(error: RedisError) -> StoreError {
    match error.code() {
        // It is at its `maxmemory`, and evicts nothing.
        Some("OOM") => StoreError::Full,
        // What stands under the key is no string.
        Some("WRONGTYPE") => StoreError::Corrupt,
        _ => StoreError::unavailable(error),
    }
}
