//! How long a call holds up its loop.

use std::time::Duration;

use crate::{
    instant::Instant,
    loops::{event_loop::EventLoop, lock_wait},
    processor_time,
};

/// A call of this length holds up its loop.
const STALL: Duration = Duration::from_micros(200);

/// A call that shares a lock and computes for this long does not count as holding up its loop. It
/// may have lost the lock and waited for it where no [`LockWait`](lock_wait::LockWait) shows that.
/// If it waits for something else, the monitor sees that and summons a spare.
pub(super) const LONG: Duration = Duration::from_millis(1);

/// Of this number of calls that share a lock, one is measured. To measure takes four system calls.
pub(super) const SAMPLE: u32 = 4;

/// The time of a call whose loop is known to be slow. That of other calls is not measured.
pub(super) enum CallTime {
    /// Of a call that shares no lock.
    Since(Instant),
    /// Of one that shares a lock, with what its thread had spent when it began.
    Measured(Instant, Spent),
    /// Of one that shares a lock and is not measured.
    Unknown,
}

/// The time that a thread has spent on other things than waiting.
#[derive(Clone, Copy)]
pub(super) struct Spent {
    /// The time for which it has computed.
    computed: Duration,
    /// The time for which it lacked a processor.
    lacked: Duration,
}

impl Spent {
    fn of_this_thread() -> Self {
        Self {
            computed: processor_time::of_this_thread(),
            lacked: processor_time::lacked_by_this_thread(),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            computed: self.computed.saturating_sub(before.computed),
            lacked: self.lacked.saturating_sub(before.lacked),
        }
    }

    /// Whether a call of this length that has spent so much has waited for long.
    fn has_stalled(self, time: Duration) -> bool {
        let waited = time.saturating_sub(self.computed + self.lacked);
        self.computed < LONG && waited >= STALL
    }
}

impl CallTime {
    /// Begins to measure a call if it shares no lock, or if it is one of the sample.
    pub(super) fn begin(shares_lock: bool, is_of_sample: bool) -> Self {
        if !shares_lock {
            return Self::Since(Instant::now());
        }
        if !is_of_sample {
            return Self::Unknown;
        }
        lock_wait::measure();
        Self::Measured(Instant::now(), Spent::of_this_thread())
    }

    /// Ends the measurement. Tells the loop whether the call has held it up, as often as the call
    /// counts. Where calls share a lock, only those hold it up that wait for anything else: while a
    /// call computes or waits for the lock, another one could only wait for the lock, too.
    pub(super) fn end(self, event_loop: &EventLoop) {
        match self {
            Self::Since(began) => event_loop.note_call(began.elapsed() >= STALL),
            Self::Measured(began, before) => {
                let time = began.elapsed().saturating_sub(lock_wait::measured());
                let has_stalled =
                    time >= STALL && Spent::of_this_thread().since(before).has_stalled(time);
                (0..SAMPLE).for_each(|_| event_loop.note_call(has_stalled));
            }
            Self::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_stalls_if_it_waits_and_hardly_computes() {
        let rows = [
            ("short", 50, 50, 0, false),
            ("waits for a moment", 240, 50, 0, false),
            ("waits", 300, 50, 0, true),
            ("waits long", 10_050, 50, 0, true),
            ("computes", 900, 890, 0, false),
            ("computes and waits", 1_900, 900, 0, true),
            ("computes long", 4_000, 3_990, 0, false),
            ("computes long and waits", 14_000, 4_000, 0, false),
            ("lacks a processor", 3_050, 50, 2_950, false),
            ("lacks a processor and waits", 3_050, 50, 2_000, true),
            ("clocks differ", 300, 310, 20, false),
        ];
        for (name, time, computed, lacked, stalls) in rows {
            let [time, computed, lacked] = [time, computed, lacked].map(Duration::from_micros);
            let spent = Spent { computed, lacked };
            assert_eq!(spent.has_stalled(time), stalls, "{name}");
        }
    }
}
