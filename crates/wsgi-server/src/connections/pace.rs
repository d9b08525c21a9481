//! How long the turns of a connection compute.

use std::time::Duration;

use crate::{instant::Instant, processor_time};

/// A turn that computes for longer is long.
const LONG: Duration = Duration::from_micros(300);

/// The length of a connection's last turns. Those that wait, or that the system interrupts, are not
/// long: only the processor's time counts. That is expensive to find out, so it is looked at in the
/// turn after one that took long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    #[default]
    Quick,
    /// The last turn took long, and may have waited.
    Suspect,
    /// The last turn computed for long, and the one before it took long too.
    Slow,
}

/// The beginning of a turn.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    at: Instant,
    /// The processor's time of the thread, unless the pace was quick.
    computed: Option<Duration>,
}

impl Pace {
    /// Begins to measure a turn that begins `at`, or soon after.
    pub(crate) fn begin(self, at: Instant) -> Start {
        Start {
            at,
            computed: (self != Self::Quick).then(processor_time::of_this_thread),
        }
    }

    /// The pace after a turn on this thread, which ends `at`.
    pub(crate) fn after(start: Start, at: Instant) -> Self {
        if at.saturating_duration_since(start.at) < LONG {
            return Self::Quick;
        }
        match start.computed {
            None => Self::Suspect,
            Some(before) => match processor_time::of_this_thread().saturating_sub(before) >= LONG {
                true => Self::Slow,
                false => Self::Quick,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::processor_time::of_this_thread as computed;

    fn compute() {
        let end = computed() + 2 * LONG;
        while computed() < end {}
    }

    fn wait() {
        thread::sleep(2 * LONG);
    }

    /// The pace after a turn that does this.
    fn turn(pace: Pace, work: fn()) -> Pace {
        let start = pace.begin(Instant::now());
        work();
        Pace::after(start, Instant::now())
    }

    #[test]
    fn a_connection_is_slow_after_two_turns_that_compute() {
        let pace = turn(Pace::Quick, compute);
        assert_eq!(pace, Pace::Suspect);
        let pace = turn(pace, compute);
        assert_eq!(pace, Pace::Slow);
        assert_eq!(turn(pace, compute), Pace::Slow);
    }

    #[test]
    fn a_turn_that_waits_is_not_slow() {
        assert_eq!(turn(Pace::Suspect, wait), Pace::Quick);
        assert_eq!(turn(Pace::Slow, wait), Pace::Quick);
    }
}
