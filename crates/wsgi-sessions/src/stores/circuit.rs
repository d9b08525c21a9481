//! A circuit breaker: decides which calls may wait for a server that does not answer.
//!
//! A call is in the circuit from its start to its end. The circuit is in one of three states:
//!
//! - *closed*: the server answers, or no call has waited long. Every call is let in.
//! - *silent*: a call has waited for [`PATIENCE`] while nothing came from the server. The
//!   [`MAX_WAITING`] calls that have waited longest go on waiting. The others are cut short, and
//!   new ones are turned away.
//! - *open*: a call has waited in vain for its whole timeout. One call at a time tries the server,
//!   and all others are turned away.
//!
//! Anything that comes from the server closes the circuit. Nothing here reads a clock or waits.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::store_error::silent::Silence;

/// The time for which any number of calls may wait while nothing comes from the server.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// The number of calls that may wait for a silent server.
const MAX_WAITING: usize = 5;

/// The interval at which the operator is told that a server still does not answer.
const TELL_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Default)]
struct State {
    /// The waiting calls, and when each of them began.
    calls: Vec<(u64, Instant)>,
    next: u64,
    /// When something last came from the server.
    heard: Option<Instant>,
    /// When the silence began, if the circuit is open.
    open: Option<Instant>,
    /// The call that is trying the server of an open circuit.
    trial: Option<u64>,
    /// When the operator was last told of this silence.
    told: Option<Instant>,
}

/// A waiting call. Dropping it makes room for another.
pub(crate) struct Waiting<'a> {
    circuit: &'a Circuit,
    number: u64,
    began: Instant,
}

impl Circuit {
    /// Lets a call in, unless it may not wait.
    pub(crate) fn enter(&self, now: Instant) -> Result<Waiting<'_>, Silence> {
        let mut state = self.state();
        let is_open = state.open.is_some();
        let is_full = if is_open {
            state.trial.is_some()
        } else {
            state.calls.len() >= MAX_WAITING && state.silence(now) >= PATIENCE
        };
        if is_full {
            return Err(state.tell(now));
        }
        let number = state.next;
        state.next += 1;
        state.trial = is_open.then_some(number);
        state.calls.push((number, now));
        Ok(Waiting {
            circuit: self,
            number,
            began: now,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Returns how long the call may wait before it must ask again, or `None` for no limit.
    ///
    /// # Errors
    ///
    /// The call must stop waiting.
    pub(crate) fn patience(&self, now: Instant) -> Result<Option<Duration>, Silence> {
        let mut state = self.circuit.state();
        if state.trial == Some(self.number) {
            return Ok(None);
        }
        let silence = state.silence(now);
        if silence < PATIENCE {
            return Ok(Some(PATIENCE - silence));
        }
        if state.is_among_the_first(self.number) {
            return Ok(None);
        }
        Err(state.tell(now))
    }

    /// Whether the call may wait for its whole timeout, however long the server is silent. That
    /// stays so, because the calls that began before can only end.
    #[cfg(feature = "redis")]
    pub(crate) fn may_wait(&self) -> bool {
        let state = self.circuit.state();
        state.trial == Some(self.number) || state.is_among_the_first(self.number)
    }

    /// Records that something came from the server.
    pub(crate) fn heard(&self, now: Instant) {
        let mut state = self.circuit.state();
        state.heard = Some(now);
        state.open = None;
        state.trial = None;
        state.told = None;
    }

    /// Records that the call has waited in vain for its whole timeout. Returns `None` if other
    /// calls were answered in the meantime, so that the server is not silent.
    pub(crate) fn gave_up(&self, now: Instant) -> Option<Silence> {
        let mut state = self.circuit.state();
        let answers = state.heard.is_some_and(|heard| heard >= self.began);
        if answers && state.silence(now) < PATIENCE {
            return None;
        }
        if state.open.is_none() {
            state.open = Some(state.silent_since(now));
            state.told = None;
        }
        Some(state.tell(now))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.circuit.state();
        let place = state.calls.iter().position(|call| call.0 == self.number);
        if let Some(place) = place {
            state.calls.swap_remove(place);
        }
        state.trial = state.trial.filter(|&trial| trial != self.number);
    }
}

impl State {
    /// Whether a call is one of those that go on waiting for a silent server.
    fn is_among_the_first(&self, call: u64) -> bool {
        let before = self.calls.iter().filter(|&&(number, _)| number < call);
        before.count() < MAX_WAITING
    }

    fn silent_since(&self, now: Instant) -> Instant {
        let first = self.calls.iter().map(|call| call.1).min().unwrap_or(now);
        self.heard.map_or(first, |heard| heard.max(first))
    }

    fn silence(&self, now: Instant) -> Duration {
        let since = self.open.unwrap_or_else(|| self.silent_since(now));
        now.saturating_duration_since(since)
    }

    /// Returns the silence to report, which counts as reported from now on.
    fn tell(&mut self, now: Instant) -> Silence {
        let is_repeated = self
            .told
            .is_some_and(|told| now.saturating_duration_since(told) < TELL_INTERVAL);
        if !is_repeated {
            self.told = Some(now);
        }
        Silence {
            lasts: self.silence(now),
            is_repeated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A circuit, and a clock that is set by hand.
    struct Hung {
        circuit: Circuit,
        start: Instant,
    }

    impl Hung {
        fn new() -> Self {
            Self {
                circuit: Circuit::default(),
                start: Instant::now(),
            }
        }

        fn at(&self, millis: u64) -> Instant {
            self.start + Duration::from_millis(millis)
        }

        fn enter(&self, millis: u64) -> Waiting<'_> {
            let entered = self.circuit.enter(self.at(millis));
            entered.unwrap_or_else(|silence| panic!("turned away: {silence:?}"))
        }

        fn turned_away(&self, millis: u64) -> Silence {
            let Err(silence) = self.circuit.enter(self.at(millis)) else {
                panic!("it was let in");
            };
            silence
        }
    }

    fn silence(millis: u64, is_repeated: bool) -> Silence {
        let lasts = Duration::from_millis(millis);
        Silence { lasts, is_repeated }
    }

    #[test]
    fn five_calls_wait_for_a_silent_server_and_the_others_are_cut_short() {
        let hung = Hung::new();
        let calls: Vec<_> = (0..100).map(|call| hung.enter(call)).collect();
        let left = calls[99].patience(hung.at(99)).unwrap();
        assert_eq!(left, Some(Duration::from_millis(151)));
        let mut told = 0;
        for (index, call) in calls.iter().enumerate() {
            match call.patience(hung.at(250)) {
                Ok(patience) => assert!(index < MAX_WAITING && patience.is_none(), "{index}"),
                Err(silence) => {
                    assert!(index >= MAX_WAITING, "{index}");
                    told += usize::from(!silence.is_repeated);
                }
            }
        }
        assert_eq!(told, 1, "only one call reports the silence");
        assert_eq!(hung.turned_away(251), silence(251, true));
        drop(calls);
        let _next = hung.enter(252);
    }

    #[test]
    fn an_answer_to_one_call_counts_for_all() {
        let hung = Hung::new();
        let calls: Vec<_> = (0..100).map(|_| hung.enter(0)).collect();
        calls[50].heard(hung.at(240));
        for call in &calls {
            let left = call.patience(hung.at(300)).unwrap();
            assert_eq!(left, Some(Duration::from_millis(190)));
        }
        assert_eq!(calls[0].gave_up(hung.at(300)), None, "the server answers");
        let _next = hung.enter(300);
        let silent = calls[0].gave_up(hung.at(600));
        assert_eq!(silent, Some(silence(360, false)), "it no longer answers");
    }

    #[test]
    fn after_a_call_has_waited_in_vain_one_call_at_a_time_tries() {
        let hung = Hung::new();
        let first = hung.enter(0);
        assert_eq!(first.gave_up(hung.at(5_000)), Some(silence(5_000, false)));
        drop(first);
        let trial = hung.enter(5_001);
        assert_eq!(hung.turned_away(5_002), silence(5_002, true));
        assert_eq!(trial.patience(hung.at(9_000)), Ok(None));
        assert_eq!(trial.gave_up(hung.at(10_000)), Some(silence(10_000, true)));
        drop(trial);
        let trial = hung.enter(10_001);
        hung.turned_away(10_002);
        trial.heard(hung.at(10_003));
        let _others = [hung.enter(10_004), hung.enter(10_004)];
    }

    #[test]
    fn the_operator_is_told_once_and_then_every_minute() {
        let hung = Hung::new();
        let mut told = Vec::new();
        for second in (0..150).step_by(5) {
            let call = hung.enter(second * 1_000);
            let gave_up = call.gave_up(hung.at(second * 1_000 + 4_999)).unwrap();
            if !gave_up.is_repeated {
                told.push(second);
            }
        }
        assert_eq!(told, [0, 60, 120]);
    }

    #[test]
    fn an_answer_to_an_older_call_ends_the_trial_of_another() {
        let hung = Hung::new();
        let [slow, first] = [hung.enter(0), hung.enter(0)];
        first.gave_up(hung.at(1_000)).unwrap();
        drop(first);
        let old = hung.enter(1_001);
        slow.heard(hung.at(1_002));
        let next = hung.enter(1_003);
        assert!(next.gave_up(hung.at(3_000)).is_some());
        let _trial = hung.enter(3_001);
        drop(old);
        hung.turned_away(3_002);
    }
}
