//! Several shards locked at once, always in the order they stand in.

use super::shard::{Guarded, Locked, Shard};
use super::{SHARDS, place};
use crate::Key;

/// Some shards, locked, each with where it stands.
pub(super) struct Several<'a>(Vec<(usize, Locked<'a>)>);

impl<'a> Several<'a> {
    /// The shards of two keys.
    pub(super) fn of(shards: &'a [Guarded; SHARDS], keys: [&Key; 2]) -> Self {
        let mut places = keys.map(place);
        places.sort_unstable();
        let [first, second] = places;
        let mut locked = vec![(first, shards[first].lock())];
        if second != first {
            locked.push((second, shards[second].lock()));
        }
        Self(locked)
    }

    pub(super) fn all(shards: &'a [Guarded; SHARDS]) -> Self {
        let locked = shards.iter().map(Guarded::lock);
        Self(locked.enumerate().collect())
    }

    /// The shard of a key, which is among them.
    pub(super) fn shard(&mut self, key: &Key) -> &mut Shard {
        let at = self
            .0
            .binary_search_by_key(&place(key), |(place, _)| *place);
        &mut self.0[at.expect("it is locked")].1
    }
}
