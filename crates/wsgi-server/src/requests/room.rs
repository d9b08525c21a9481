//! The room for bodies that are taken in whole, of all connections together.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicU64, Ordering::*},
};

use mio::Waker;

/// How many bytes of large bodies there may be in memory and in files at once, and
/// how many threads may write them. Whoever finds no room waits; the loops are
/// told when some was given back.
#[derive(Debug)]
pub(crate) struct Room {
    limit: u64,
    most_writers: usize,
    state: Mutex<State>,
    /// Counts how often something was given back.
    releases: AtomicU64,
    /// Those of the loops. Bodies may outlive them.
    wakers: Vec<Weak<Waker>>,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    writers: usize,
    /// Whether somebody waits, so that the loops are to be told.
    awaited: bool,
}

/// A part of the room, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    length: u64,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// This number of bytes more.
    Room(u64),
    /// The right to write.
    Disk,
}

/// What there was when it was looked at, to be shared among those who wait.
#[derive(Debug)]
pub(crate) struct Offer {
    bytes: u64,
    writers: usize,
}

/// The right to write to the disk, given back when it is dropped: if the disk
/// stalls, those who wait for it must leave threads for others.
#[derive(Debug)]
pub(crate) struct Writing(Arc<Room>);

impl Room {
    pub(crate) fn new(limit: u64, most_writers: usize, wakers: Vec<Weak<Waker>>) -> Self {
        Room {
            limit,
            most_writers: most_writers.max(1),
            state: Mutex::default(),
            releases: AtomicU64::new(0),
            wakers,
        }
    }

    /// How large a body can be at most.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// How often something was given back: while that is the same, there is no use
    /// in another try.
    pub(crate) fn releases(&self) -> u64 {
        self.releases.load(Acquire)
    }

    /// What there is. Whoever looks is told of what is given back later.
    pub(crate) fn offer(&self) -> Offer {
        let mut state = self.state();
        state.awaited = true;
        Offer {
            bytes: self.limit - state.used,
            writers: self.most_writers - state.writers,
        }
    }

    /// A place of no length.
    pub(crate) fn place(self: &Arc<Self>) -> Place {
        Place {
            room: self.clone(),
            length: 0,
        }
    }

    /// The right to write, unless too many have it.
    pub(crate) fn writing(self: &Arc<Self>) -> Option<Writing> {
        let mut state = self.state();
        if state.writers >= self.most_writers {
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
            // It can only fail where the loop has been woken often enough.
            let _ = waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Makes it as large as that, or leaves it as it is where there is no room.
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

    /// Gives back what is beyond a length.
    pub(crate) fn shrink(&mut self, length: u64) {
        let less = self.length.saturating_sub(length);
        if less > 0 {
            self.length -= less;
            self.room.release(|state| state.used -= less);
        }
    }
}

impl Offer {
    /// Whether it has what is wanted, which it has no more then.
    pub(crate) fn takes(&mut self, want: Want) -> bool {
        match want {
            Want::Room(bytes) if bytes <= self.bytes => self.bytes -= bytes,
            Want::Disk if self.writers > 0 => self.writers -= 1,
            _ => return false,
        }
        true
    }
}

impl Drop for Place {
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
    use super::*;

    #[test]
    fn room_is_given_up_to_its_limit_and_comes_back() {
        let room = Arc::new(Room::new(10, 1, Vec::new()));
        let (mut first, mut second) = (room.place(), room.place());
        assert!(first.grow(6) && first.grow(6) && second.grow(4));
        assert!(!second.grow(5), "one more than there is");
        let releases = room.releases();
        first.shrink(5);
        assert!(room.releases() > releases && second.grow(5));
        drop((first, second));
        assert!(room.place().grow(10) && !room.place().grow(11));
    }

    #[test]
    fn what_there_is_goes_to_as_many_as_it_is_enough_for() {
        let room = Arc::new(Room::new(10, 2, Vec::new()));
        let mut place = room.place();
        assert!(place.grow(3));
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
    fn a_loop_is_woken_by_what_comes_back_where_somebody_waits() {
        let mut poll = mio::Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), mio::Token(1)).unwrap());
        let mut is_woken = || {
            let mut events = mio::Events::with_capacity(1);
            let now = Some(std::time::Duration::ZERO);
            poll.poll(&mut events, now).unwrap();
            !events.is_empty()
        };
        let room = Arc::new(Room::new(10, 1, vec![Arc::downgrade(&waker)]));
        let mut place = room.place();
        assert!(place.grow(10));
        place.shrink(5);
        assert!(!is_woken(), "nobody waits");
        assert!(!room.place().grow(6));
        place.shrink(4);
        assert!(is_woken());

        let writing = room.writing().unwrap();
        assert!(room.writing().is_none());
        drop(writing);
        assert!(is_woken() && room.writing().is_some());
        assert!(!is_woken(), "nobody waits");
        drop(waker);
        assert!(!room.place().grow(11), "and the loop may be gone");
        drop(place);
    }
}
