//! The balance between loops, as the monitor sees it.
//!
//! Connections are dealt out by their number, but some make more work than others, and those that
//! end may all be those of one loop.

use std::{collections::BinaryHeap, time::Duration};

use crate::{instant::Instant, loops::shared::Shared};

/// The time between two comparisons of the loops, and the number of looks that one needs.
const WINDOW: Duration = Duration::from_millis(15);
const LOOKS: u32 = 8;

/// A loop that waits for events in one of eight looks, or less, is saturated. A wait that ends at
/// once may be seen, too.
const SATURATED: u32 = 8;

/// A loop that waits in one of two looks, or more, has time for others.
const HAS_TIME: u32 = 2;

/// The share of the connections with work for it that a saturated loop may give away before the
/// next comparison.
const SHARE: u32 = 8;

/// The looks of the monitor at each loop, since it last compared them.
#[derive(Debug)]
pub(super) struct Balance {
    since: Instant,
    looks: u32,
    /// The number of looks at which each loop waited for events.
    waits: Vec<u32>,
}

impl Balance {
    pub(super) fn new(shared: &Shared, now: Instant) -> Self {
        Self {
            since: now,
            looks: 0,
            waits: vec![0; shared.loops.len()],
        }
    }

    /// Looks at the loops. After a while, offers those that are saturated the time of others.
    pub(super) fn look(&mut self, shared: &Shared) {
        if shared.loops.len() > 1 {
            self.look_at(shared, Instant::now());
        }
    }

    fn look_at(&mut self, shared: &Shared, now: Instant) {
        for (waits, event_loop) in self.waits.iter_mut().zip(&shared.loops) {
            *waits += u32::from(event_loop.is_waiting());
        }
        self.looks += 1;
        if self.looks >= LOOKS && now >= self.since + WINDOW {
            self.offer_relief(shared);
            self.begin(now);
        }
    }

    /// Withdraws the offers, before a time without looks.
    pub(super) fn withdraw(shared: &Shared) {
        for event_loop in &shared.loops {
            event_loop.relief.withdraw();
        }
    }

    /// Forgets the looks, after such a time.
    pub(super) fn begin(&mut self, now: Instant) {
        (self.since, self.looks) = (now, 0);
        self.waits.fill(0);
    }

    fn offer_relief(&self, shared: &Shared) {
        let waits = self.waits.iter().zip(0..);
        let with_time = waits.filter(|(waits, _)| **waits * HAS_TIME >= self.looks);
        let mut with_time: BinaryHeap<(&u32, u32)> = with_time.collect();
        for (event_loop, waits) in shared.loops.iter().zip(&self.waits) {
            let target = (*waits * SATURATED <= self.looks)
                .then(|| with_time.pop())
                .flatten();
            match target {
                // Each loop with time relieves one other.
                Some((_, target)) => {
                    let share = event_loop.ready().div_ceil(SHARE);
                    event_loop.relief.offer(target, share.max(1));
                }
                None => event_loop.relief.withdraw(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;
    use crate::loops::shared::tests::shared;

    /// Looks at loops until they are compared, once a millisecond or more often. They wait in so
    /// many of a hundred looks.
    fn look(shared: &Shared, often: bool, waits: &[u32]) {
        let start = Instant::now();
        let mut balance = Balance::new(shared, start);
        let looks: u32 = if often { 75 } else { 15 };
        for look in 0..=looks {
            for (event_loop, waits) in shared.loops.iter().zip(waits) {
                event_loop.note_wait(look * 100 < waits * looks);
            }
            balance.look_at(shared, start + WINDOW * look / looks);
        }
    }

    /// The offers that loops have then.
    fn offers<const N: usize>(waits: [u32; N]) -> [Option<usize>; N] {
        let [seldom, often] = [false, true].map(|often| {
            let shared = shared(N);
            look(&shared, often, &waits);
            let offers = shared.loops.iter().map(|it| it.relief.take());
            offers.collect::<Vec<_>>().try_into().expect("all loops")
        });
        assert_eq!(seldom, often, "the number of looks matters");
        seldom
    }

    #[test]
    fn a_saturated_loop_is_relieved_by_the_one_with_the_most_time() {
        assert_eq!(offers([0, 100]), [Some(1), None]);
        assert_eq!(offers([60, 5, 90]), [None, Some(2), None]);
        assert_eq!(offers([0, 100, 0, 50]), [Some(1), None, Some(3), None]);
        assert_eq!(offers([0, 100, 0]), [Some(1), None, None]);
    }

    #[test]
    fn loops_that_all_have_work_or_all_have_time_keep_their_connections() {
        assert_eq!(offers([0, 0]), [None, None]);
        assert_eq!(offers([0, 40]), [None, None]);
        assert_eq!(offers([20, 100]), [None, None]);
        assert_eq!(offers([100, 100]), [None, None]);
        assert_eq!(offers([0]), [None]);
    }

    #[test]
    fn a_saturated_loop_gives_a_share_of_the_connections_with_work_and_at_least_one() {
        for (ready, share) in [(0, 1), (8, 1), (9, 2), (256, 32)] {
            let shared = shared(2);
            shared.loops[0].connections.store(1_000, Relaxed);
            shared.loops[0].note_ready(ready);
            look(&shared, false, &[0, 100]);
            let given = std::iter::from_fn(|| shared.loops[0].relief.take());
            assert_eq!(given.count(), share, "{ready} ready");
        }
    }

    #[test]
    fn a_loop_is_not_saturated_by_a_call_that_is_short() {
        let shared = shared(2);
        let start = Instant::now();
        let mut balance = Balance::new(&shared, start);
        shared.loops[1].note_wait(true);
        for look in 0..40 {
            balance.look_at(&shared, start + WINDOW / 80 * look);
        }
        shared.loops[0].note_wait(true);
        for look in 40..=80 {
            balance.look_at(&shared, start + WINDOW / 80 * look);
        }
        assert!(!shared.loops[0].relief.is_offered());
    }

    #[test]
    fn an_offer_ends_with_the_next_comparison_and_with_the_looks() {
        let shared = shared(2);
        shared.loops[0].relief.offer(1, 9);
        look(&shared, false, &[100, 100]);
        assert!(!shared.loops[0].relief.is_offered());
        look(&shared, false, &[0, 100]);
        assert!(shared.loops[0].relief.is_offered());
        Balance::withdraw(&shared);
        assert!(!shared.loops[0].relief.is_offered());
    }
}
