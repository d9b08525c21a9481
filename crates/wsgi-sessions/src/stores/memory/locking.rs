//! Locking several shards at once, always in their order.

use super::shard::{Guarded, Locked, SHARDS, Shard, place};
use crate::key::Key;

/// Some locked shards, each with its number.
pub(super) struct Several<'a>(Vec<(usize, Locked<'a>)>);

impl<'a> Several<'a> {
    /// Locks the shards of two keys.
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

    /// Returns the shard of a key, which must be one of them.
    pub(super) fn shard(&mut self, key: &Key) -> &mut Shard {
        let at = self
            .0
            .binary_search_by_key(&place(key), |(place, _)| *place);
        &mut self.0[at.expect("it is locked")].1
    }
}
