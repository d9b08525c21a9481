//! The connections to a server, and recovery when one breaks.

use std::{
    error::Error,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{circuit::Circuit, turn::Turn, wait::LONGEST};
use crate::store_error::{StoreError, silent::Silent};

/// A server that a store uses.
pub(crate) trait Server {
    /// A connection, used by one call at a time.
    type Connection;

    /// Returns the name of the server for the operator, without a password.
    fn name(&self) -> String;

    /// Connects, and waits no longer than the turn allows.
    fn connect(&self, turn: &mut Turn<'_>) -> Result<Self::Connection, Broken>;
}

/// A failure of connecting, or of an exchange on a connection.
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    /// Whether the server may have done the request.
    pub(crate) may_be_done: bool,
    pub(crate) cause: Box<dyn Error + Send + Sync>,
}

/// The prospects of another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server has gone but may come back. Another connection may do better.
    Severed,
    /// The turn has time left, but the connection cannot wait any longer. Another one must.
    #[cfg_attr(
        not(feature = "redis"),
        expect(dead_code, reason = "only Redis has such connections")
    )]
    Slow,
    /// The turn's time is up.
    Silent,
    /// Another attempt would fail the same way.
    Final,
}

/// The unused connections to a server, and the circuit that limits waiting calls.
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

    /// Asks the server by `exchange`, and repeats it on another connection if one breaks. The turn
    /// says how long to wait, and whether the server may already have done the request.
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
                    // The server may close the connection after an error of its own.
                    if !matches!(result, Err(StoreError::Unavailable(_))) {
                        self.keep(connection);
                    }
                    return result;
                }
                Err(broken) => broken,
            };
            drop(connection);
            // What broke one connection has probably broken the idle ones, too.
            self.idle().clear();
            let may_recover = match broken.fault {
                // A kept connection may have broken long ago. If a new one breaks, another one
                // would too.
                Fault::Severed => !is_new || Instant::now() < turn.found_by,
                Fault::Slow => true,
                Fault::Silent | Fault::Final => false,
            };
            if !may_recover {
                return Err(self.failed(&turn, broken));
            }
            turn.is_repeated |= broken.may_be_done;
            if broken.fault == Fault::Severed {
                if is_new {
                    turn.rest();
                }
                turn.renew();
            }
        }
    }

    /// Makes a new connection, as soon as there is a server.
    fn connect(&self, turn: &mut Turn<'_>) -> Result<S::Connection, StoreError> {
        loop {
            let broken = match self.server.connect(turn) {
                Ok(connection) => return Ok(connection),
                Err(broken) => broken,
            };
            match broken.fault {
                Fault::Severed if turn.may_look_on() => {
                    turn.rest();
                    turn.renew();
                }
                Fault::Slow => {}
                _ => return Err(self.failed(turn, broken)),
            }
        }
    }

    /// Returns the error of a failed call.
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A server that takes every connection.
    struct Open;

    impl Server for Open {
        type Connection = ();

        fn name(&self) -> String {
            "the server".to_owned()
        }

        fn connect(&self, turn: &mut Turn<'_>) -> Result<(), Broken> {
            turn.patience().map(drop).map_err(|cause| Broken {
                fault: Fault::Silent,
                may_be_done: false,
                cause: cause.into(),
            })
        }
    }

    #[test]
    fn the_pauses_between_attempts_are_not_a_wait_for_an_answer() {
        let mut pool = Pool::new(Open);
        pool.set_reconnect_timeout(Duration::from_secs(60));
        pool.set_answer_timeout(Duration::from_millis(50));
        let attempts = Cell::new(0);
        // The fifth pause is longer than the time for an answer.
        let answer = pool.call(|(), _| {
            attempts.set(attempts.get() + 1);
            match attempts.get() {
                7 => Ok(Ok("an answer")),
                _ => Err(Broken {
                    fault: Fault::Severed,
                    may_be_done: false,
                    cause: "it refuses writes".into(),
                }),
            }
        });
        assert_eq!(answer.unwrap(), "an answer");
    }
}
