//! The connections that wait for room for a body.

use crate::{
    connections::key::Key,
    requests::spool_room::{Room, Want},
};

/// The connections of a loop that cannot be driven on until they have room for a body, with what
/// each of them wants.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    waiting: Vec<(Key, Want)>,
    /// The number of times that room had been given back at the last look.
    releases: u64,
}

impl Crowd {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a connection that does not wait yet.
    pub(super) fn add(&mut self, key: Key, want: Want) {
        self.waiting.push((key, want));
    }

    /// Changes the want of a connection that waits.
    pub(super) fn change(&mut self, key: Key, want: Want) {
        if let Some(waiting) = self.waiting.iter_mut().find(|(other, _)| *other == key) {
            waiting.1 = want;
        }
    }

    /// Drops connections that have ended, once these may be most of those that wait. `most` is the
    /// number of connections of the loop.
    pub(super) fn prune(&mut self, most: usize, mut is_here: impl FnMut(Key) -> bool) {
        if self.waiting.len() > 2 * most + 1024 {
            self.waiting.retain(|(key, _)| is_here(*key));
        }
    }

    /// Takes out the connections for which there is room, and drops those that have ended, if room
    /// was given back since the last look.
    pub(super) fn admit(&mut self, room: &Room, mut is_here: impl FnMut(Key) -> bool) -> Vec<Key> {
        let releases = room.releases();
        if std::mem::replace(&mut self.releases, releases) == releases {
            return Vec::new();
        }
        let mut offer = room.offer();
        let mut admitted = Vec::new();
        self.waiting.retain(|(key, want)| {
            let is_here = is_here(*key);
            let is_admitted = is_here && offer.takes(*want);
            admitted.extend(is_admitted.then_some(*key));
            is_here && !is_admitted
        });
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn connections_are_admitted_that_are_here_and_have_room() {
        let key = |index| Key {
            index,
            generation: 0,
        };
        let room = Arc::new(Room::new(10, 1, Vec::new()));
        let mut share = room.share();
        assert!(share.grow(10));
        let mut crowd = Crowd::default();
        for (index, want) in [6, 3, 5, 2, 1].into_iter().enumerate() {
            crowd.add(key(index as u32), Want::Room(want));
        }
        crowd.change(key(4), Want::Disk);
        assert_eq!(crowd.admit(&room, |_| true), [], "nothing was given back");
        share.shrink(5);
        let admitted = crowd.admit(&room, |other| other != key(1));
        assert_eq!(admitted, [key(2), key(4)]);
        assert_eq!(crowd.admit(&room, |_| true), []);
        drop(share);
        assert_eq!(crowd.admit(&room, |_| true), [key(0), key(3)]);
        assert!(crowd.is_empty());
    }
}
