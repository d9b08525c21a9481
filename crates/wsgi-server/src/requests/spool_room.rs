//! The room for spooled bodies, shared by all connections.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicU64, Ordering::*},
};

use crate::event_queue::Waker;

/// The limits of the bytes of spooled bodies, in memory and in files, and of the threads that write
/// them. A request without room waits. The loops are woken when room is returned.
#[derive(Debug)]
pub(crate) struct Room {
    limit: u64,
    max_writers: usize,
    state: Mutex<State>,
    /// Counts how often something was returned.
    releases: AtomicU64,
    /// The wakers of the loops. Bodies may outlive the loops.
    wakers: Vec<Weak<Waker>>,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    writers: usize,
    /// Whether a request waits, so that the loops must be woken.
    awaited: bool,
}

/// A part of the room. Dropping it returns the part.
#[derive(Debug)]
pub(crate) struct Share {
    room: Arc<Room>,
    length: u64,
}

/// Something that a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// This many more bytes.
    Room(u64),
    /// The right to write to the disk.
    Disk,
}

/// The free room at one moment, for distribution among those who wait.
#[derive(Debug)]
pub(crate) struct Offer {
    bytes: u64,
    writers: usize,
}

/// The right to write to the disk. Dropping it returns the right. The number of rights is limited
/// so that, if the disk stalls, threads are left for other requests.
#[derive(Debug)]
pub(crate) struct Writing(Arc<Room>);

impl Room {
    pub(crate) fn new(limit: u64, max_writers: usize, wakers: Vec<Weak<Waker>>) -> Self {
        Self {
            limit,
            max_writers: max_writers.max(1),
            state: Mutex::default(),
            releases: AtomicU64::new(0),
            wakers,
        }
    }

    /// The size of the largest body that has room.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Counts how often something was returned. While the count is the same, another try would
    /// fail.
    pub(crate) fn releases(&self) -> u64 {
        self.releases.load(Acquire)
    }

    /// The free room. The loops are woken when more is returned.
    pub(crate) fn offer(&self) -> Offer {
        let mut state = self.state();
        state.awaited = true;
        Offer {
            bytes: self.limit - state.used,
            writers: self.max_writers - state.writers,
        }
    }

    /// Creates an empty share.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share {
            room: self.clone(),
            length: 0,
        }
    }

    /// The right to write, unless too many threads have it.
    pub(crate) fn writing(self: &Arc<Self>) -> Option<Writing> {
        let mut state = self.state();
        if state.writers >= self.max_writers {
            state.awaited = true;
            return None;
        }
        state.writers += 1;
        Some(Writing(self.clone()))
    }

    fn release(&self, give_back: impl FnOnce(&mut State)) {
        let mut state = self.state();
        give_back(&mut state);
        self.releases.fetch_add(1, Release);
        if !std::mem::take(&mut state.awaited) {
            return;
        }
        drop(state);
        for waker in self.wakers.iter().filter_map(Weak::upgrade) {
            // It only fails if the loop has already been woken.
            let _ = waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Grows to `length`. Returns false, and changes nothing, if there is no room.
    pub(crate) fn grow(&mut self, length: u64) -> bool {
        let more = length.saturating_sub(self.length);
        if more == 0 {
            return true;
        }
        let mut state = self.room.state();
        if self.room.limit - state.used < more {
            state.awaited = true;
            return false;
        }
        state.used += more;
        drop(state);
        self.length = length;
        true
    }

    /// Returns the room beyond `length`.
    pub(crate) fn shrink(&mut self, length: u64) {
        let less = self.length.saturating_sub(length);
        if less > 0 {
            self.length -= less;
            self.room.release(|state| state.used -= less);
        }
    }
}

impl Offer {
    /// Takes what is wanted, if the offer has it. Returns whether it had.
    pub(crate) fn takes(&mut self, want: Want) -> bool {
        match want {
            Want::Room(bytes) if bytes <= self.bytes => self.bytes -= bytes,
            Want::Disk if self.writers > 0 => self.writers -= 1,
            _ => return false,
        }
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.release(|state| state.writers -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event_queue::{EventQueue, Token};

    #[test]
    fn room_is_given_up_to_its_limit_and_returned() {
        let room = Arc::new(Room::new(10, 1, Vec::new()));
        let (mut first, mut second) = (room.share(), room.share());
        assert!(first.grow(6) && first.grow(6) && second.grow(4));
        assert!(!second.grow(5), "one byte too many");
        let releases = room.releases();
        first.shrink(5);
        assert!(room.releases() > releases && second.grow(5));
        drop((first, second));
        assert!(room.share().grow(10) && !room.share().grow(11));
    }

    #[test]
    fn an_offer_goes_to_all_wants_that_it_is_enough_for() {
        let room = Arc::new(Room::new(10, 2, Vec::new()));
        let mut share = room.share();
        assert!(share.grow(3));
        let _writing = room.writing();
        let mut offer = room.offer();
        let wants = [
            Want::Room(5),
            Want::Room(3),
            Want::Room(2),
            Want::Disk,
            Want::Disk,
        ];
        let taken = wants.map(|want| offer.takes(want));
        assert_eq!(taken, [true, false, true, true, false]);
    }

    #[test]
    fn a_loop_is_woken_by_returned_room_if_somebody_waits() {
        let mut event_queue = EventQueue::new().unwrap();
        let waker = Arc::new(Waker::new(&event_queue, Token(1)).unwrap());
        let mut is_woken = || {
            event_queue.wait(Some(Duration::ZERO)).unwrap();
            !event_queue.is_empty()
        };
        let room = Arc::new(Room::new(10, 1, vec![Arc::downgrade(&waker)]));
        let mut share = room.share();
        assert!(share.grow(10));
        share.shrink(5);
        assert!(!is_woken(), "nobody waits");
        assert!(!room.share().grow(6));
        share.shrink(4);
        assert!(is_woken());

        let writing = room.writing().unwrap();
        assert!(room.writing().is_none());
        drop(writing);
        assert!(is_woken() && room.writing().is_some());
        assert!(!is_woken(), "nobody waits");
        drop(waker);
        assert!(!room.share().grow(11), "without a loop to wake");
        drop(share);
    }
}
