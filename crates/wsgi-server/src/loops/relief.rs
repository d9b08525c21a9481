//! Room for connections of a loop that has more to do than it can.

use std::sync::atomic::{AtomicU64, Ordering::*};

/// The offer of another loop's time: its number, and the number of connections that may go there.
#[derive(Debug, Default)]
pub(crate) struct Relief(AtomicU64);

impl Relief {
    /// Offers room for this number of connections at a loop, in place of the last offer.
    pub(crate) fn offer(&self, target: u32, connections: u32) {
        let offer = u64::from(target) << 32 | u64::from(connections);
        self.0
            .store(if connections == 0 { 0 } else { offer }, Relaxed);
    }

    pub(crate) fn withdraw(&self) {
        self.0.store(0, Relaxed);
    }

    #[inline]
    pub(crate) fn is_offered(&self) -> bool {
        self.0.load(Relaxed) != 0
    }

    /// Takes the room of one connection. Returns the number of the loop that has it.
    pub(crate) fn take(&self) -> Option<usize> {
        let rest = |offer: u64| match offer as u32 {
            0 => None,
            1 => Some(0),
            _ => Some(offer - 1),
        };
        let offer = self.0.fetch_update(Relaxed, Relaxed, rest).ok()?;
        Some((offer >> 32) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_for_so_many_connections_and_until_it_is_withdrawn() {
        let relief = Relief::default();
        assert!(!relief.is_offered());
        assert_eq!(relief.take(), None);
        relief.offer(0, 2);
        assert!(relief.is_offered());
        assert_eq!([relief.take(), relief.take()], [Some(0), Some(0)]);
        assert!(!relief.is_offered());
        assert_eq!(relief.take(), None);
        relief.offer(3, 9);
        relief.offer(u32::MAX, 5);
        assert_eq!(relief.take(), Some(u32::MAX as usize));
        relief.withdraw();
        assert_eq!(relief.take(), None);
        relief.offer(3, 0);
        assert!(!relief.is_offered());
    }
}
