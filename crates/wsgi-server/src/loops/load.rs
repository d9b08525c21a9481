//! The load of a loop, as the others know it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

use crate::loops::workload::Work;

/// The load of a loop, as it told the others last.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// In the lowest bits the percentage of the time in which the loop was busy, above it the
    /// backlog, and above that when both were told, in milliseconds. Zero for never.
    told: AtomicU64,
    /// The number of connections that it was given since.
    given: AtomicU32,
}

/// The bits of the percentage and of the backlog.
const BUSY_BITS: u32 = 8;
const BACKLOG_BITS: u32 = 16;

/// The time in milliseconds for which a load counts. A loop that has nothing to do tells nothing.
const VALID: u64 = 100;

impl Load {
    /// Tells the work of the last window.
    pub(super) fn tell(&self, work: Work, now: u64) {
        self.given.store(0, Relaxed);
        let backlog = work.backlog.min((1 << BACKLOG_BITS) - 1);
        let work = u64::from(backlog << BUSY_BITS | work.busy.min(100));
        let told = now << (BUSY_BITS + BACKLOG_BITS) | work;
        self.told.store(told, Relaxed);
    }

    /// The work of the loop. `None` if it has told nothing for a while.
    pub(super) fn get(&self, now: u64) -> Option<Work> {
        let told = self.told.load(Relaxed);
        let at = told >> (BUSY_BITS + BACKLOG_BITS);
        let lowest = |bits: u32| (1 << bits) - 1;
        (told > 0 && at + VALID > now).then_some(Work {
            busy: told as u32 & lowest(BUSY_BITS),
            backlog: told as u32 >> BUSY_BITS & lowest(BACKLOG_BITS),
        })
    }

    /// Notes that the loop was given a connection, which its load does not show yet.
    pub(super) fn note_given(&self) {
        self.given.fetch_add(1, Relaxed);
    }

    /// The number of connections that the loop was given since it told its load.
    pub(super) fn given(&self) -> u32 {
        self.given.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_counts_for_a_while() {
        let load = Load::default();
        assert_eq!(load.get(1), None);
        load.note_given();
        let work = |busy, backlog| Work { busy, backlog };
        load.tell(work(73, 256), 5);
        assert_eq!((load.get(5), load.given()), (Some(work(73, 256)), 0));
        assert_eq!(load.get(5 + VALID - 1), Some(work(73, 256)));
        assert_eq!(load.get(5 + VALID), None);
        load.note_given();
        assert_eq!(load.given(), 1);
        load.tell(work(1000, u32::MAX >> 8), 6);
        assert_eq!(load.get(6), Some(work(100, 65_535)));
        load.tell(work(0, 0), 6);
        assert_eq!(load.get(6), Some(work(0, 0)));
    }
}
