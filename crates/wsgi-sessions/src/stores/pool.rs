//! The connections to a server, and what happens when one breaks.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::circuit::Circuit;
use super::turn::Turn;
use super::wait::LONGEST;
use crate::StoreError;
use crate::store_error::silent::Silent;

/// How long a call rests before it looks for the server again.
const REST: Duration = Duration::from_millis(10);

/// Where a store's server is.
pub(crate) trait Server {
    /// What one call at a time uses.
    type Connection;

    /// What the operator calls the server: without a password.
    fn name(&self) -> String;

    /// Connects, and waits no longer than the turn allows.
    fn connect(&self, turn: &mut Turn<'_>) -> Result<Self::Connection, Broken>;
}

/// Why connecting, or an exchange on a connection, came to nothing.
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    /// Whether the server may have done the request.
    pub(crate) may_be_done: bool,
    pub(crate) cause: Box<dyn Error + Send + Sync>,
}

/// What may come of another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server has gone, and may be there again: another connection may fare better.
    Severed,
    /// The turn has more time, but the connection cannot wait any longer: another has to.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "some of Redis alone")
    )]
    Slow,
    /// The turn's time is up.
    Silent,
    /// The same again.
    Final,
}

/// The connections to a server that no call uses, and how calls wait for more.
pub(crate) struct Pool<S: Server> {
    pub(crate) server: S,
    reconnect_timeout: Duration,
    answer_timeout: Duration,
    max_idle: usize,
    idle: Mutex<Vec<S::Connection>>,
    circuit: Circuit,
}

impl<S: Server> Pool<S> {
    pub(crate) fn new(server: S) -> Self {
        Self {
            server,
            reconnect_timeout: Duration::from_secs(1),
            answer_timeout: Duration::from_secs(5),
            max_idle: 16,
            idle: Mutex::default(),
            circuit: Circuit::default(),
        }
    }

    pub(crate) fn set_reconnect_timeout(&mut self, timeout: Duration) {
        self.reconnect_timeout = timeout.min(LONGEST);
    }

    pub(crate) fn set_answer_timeout(&mut self, timeout: Duration) {
        self.answer_timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
    }

    pub(crate) fn set_max_idle(&mut self, max: usize) {
        self.max_idle = max;
    }

    /// Has `exchange` ask the server, again on another connection where one broke. Its turn tells
    /// it how long to wait, and whether the server may have done the request before.
    pub(crate) fn call<T>(
        &self,
        exchange: impl Fn(&mut S::Connection, &Turn<'_>) -> Result<Result<T, StoreError>, Broken>,
    ) -> Result<T, StoreError> {
        let now = Instant::now();
        let waiting = self.circuit.enter(now);
        let waiting =
            waiting.map_err(|silence| Silent::turned_away(self.server.name(), silence))?;
        let mut turn = Turn::new(waiting, now, self.reconnect_timeout, self.answer_timeout);
        let mut kept = self.idle().pop();
        loop {
            let is_new = kept.is_none();
            let connection = kept.take().map_or_else(|| self.connect(&mut turn), Ok);
            let mut connection = connection?;
            let broken = match exchange(&mut connection, &turn) {
                Ok(result) => {
                    turn.heard();
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
            let may_recover = match broken.fault {
                // A kept connection may have broken long ago. Where a new one does, another would
                // too.
                Fault::Severed => !is_new || Instant::now() < turn.found_by,
                Fault::Slow => true,
                Fault::Silent | Fault::Final => false,
            };
            if !may_recover {
                return Err(self.failed(&turn, broken));
            }
            turn.is_repeated |= broken.may_be_done;
            if broken.fault == Fault::Severed {
                turn.renew();
                if is_new {
                    thread::sleep(REST);
                }
            }
        }
    }

    /// A new connection, once there is a server.
    fn connect(&self, turn: &mut Turn<'_>) -> Result<S::Connection, StoreError> {
        loop {
            let broken = match self.server.connect(turn) {
                Ok(connection) => return Ok(connection),
                Err(broken) => broken,
            };
            match broken.fault {
                Fault::Severed if turn.may_look_on() => {
                    thread::sleep(REST);
                    turn.renew();
                }
                Fault::Slow => {}
                _ => return Err(self.failed(turn, broken)),
            }
        }
    }

    /// What a call that comes to nothing says.
    fn failed(&self, turn: &Turn<'_>, broken: Broken) -> StoreError {
        let server = self.server.name();
        if let Some(silence) = turn.let_go() {
            return Silent::turned_away(server, silence).into();
        }
        let (silence, why) = match broken.fault {
            Fault::Final => (None, broken.cause),
            Fault::Severed => (turn.gave_up(), broken.cause),
            Fault::Silent | Fault::Slow => (turn.gave_up(), "it does not answer in time".into()),
        };
        match silence {
            Some(silence) => Silent::gave_up(server, &*why, silence).into(),
            None => StoreError::unavailable(format!("{server}: {why}")),
        }
    }

    fn keep(&self, connection: S::Connection) {
        let mut idle = self.idle();
        if idle.len() < self.max_idle {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<S::Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
