//! The balance between loops, as the monitor sees it.
//!
//! Connections are dealt out by their number, but some make more work than others, and those that
//! end may all be those of one loop.

use std::{collections::BinaryHeap, sync::atomic::Ordering::Relaxed};

use crate::loops::shared::Shared;

/// The number of looks after which loops are compared: some 20 milliseconds.
const LOOKS: u32 = 16;

/// A loop that was seen to wait for events in no more of them is saturated. A wait that ends at
/// once may be seen, too.
const SATURATED: u32 = 2;

/// A loop that was seen to wait in at least so many has time for others.
const HAS_TIME: u32 = LOOKS / 2;

/// The share of its connections that a saturated loop may give away before the next comparison.
const SHARE: usize = 8;

/// The looks of the monitor at each loop, since it last compared them.
#[derive(Debug)]
pub(super) struct Balance {
    looks: u32,
    /// The number of looks at which each loop waited for events.
    waits: Vec<u32>,
}

impl Balance {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            looks: 0,
            waits: vec![0; shared.loops.len()],
        }
    }

    /// Looks at the loops. After some looks, offers those that are saturated the time of others.
    pub(super) fn look(&mut self, shared: &Shared) {
        if shared.loops.len() == 1 {
            return;
        }
        for (waits, event_loop) in self.waits.iter_mut().zip(&shared.loops) {
            *waits += u32::from(event_loop.is_waiting());
        }
        self.looks += 1;
        if self.looks == LOOKS {
            self.offer_relief(shared);
            self.looks = 0;
            self.waits.fill(0);
        }
    }

    fn offer_relief(&self, shared: &Shared) {
        let waits = self.waits.iter().zip(0..);
        let with_time = waits.filter(|(waits, _)| **waits >= HAS_TIME);
        let mut with_time: BinaryHeap<(&u32, u32)> = with_time.collect();
        for (event_loop, waits) in shared.loops.iter().zip(&self.waits) {
            let target = (*waits <= SATURATED).then(|| with_time.pop()).flatten();
            match target {
                // Each loop with time relieves one other.
                Some((_, target)) => {
                    let connections = event_loop.connections.load(Relaxed);
                    let share = connections.div_ceil(SHARE);
                    event_loop.relief.offer(target, share as u32);
                }
                None => event_loop.relief.withdraw(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::shared::tests::shared;

    /// The offers that loops have after they were seen to wait so many times in a hundred.
    fn offers<const N: usize>(waits: [u32; N]) -> [Option<usize>; N] {
        let shared = shared(N);
        let mut balance = Balance::new(&shared);
        for look in 0..LOOKS {
            for (event_loop, waits) in shared.loops.iter().zip(waits) {
                event_loop.connections.store(2, Relaxed);
                event_loop.note_wait(look * 100 < waits * LOOKS);
            }
            balance.look(&shared);
        }
        let offers = shared.loops.iter().map(|it| it.relief.take());
        offers.collect::<Vec<_>>().try_into().expect("all loops")
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
    fn an_offer_ends_with_the_next_comparison() {
        let shared = shared(2);
        shared.loops[0].relief.offer(1, 9);
        let mut balance = Balance::new(&shared);
        (0..LOOKS).for_each(|_| balance.look(&shared));
        assert!(!shared.loops[0].relief.is_offered());
    }
}
