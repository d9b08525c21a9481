//! Adding and replacing records.

use std::time::SystemTime;

use super::{
    MemoryStore,
    room::Attempt,
    slot::{Slot, size},
};
use crate::{key::Key, record::Record, store::Write, store_error::StoreError, version::Version};

/// Number of entries that each adding write removes from its shard: more than it adds, so that
/// entries that are over never pile up.
pub(super) const SWEPT_BY_A_WRITE: usize = 4;

impl MemoryStore {
    pub(super) fn insert(&self, key: &Key, record: &Record, now: SystemTime) -> Attempt<()> {
        let mut shard = self.shard(key).lock();
        self.clear(&mut shard, now, &mut { SWEPT_BY_A_WRITE });
        match shard.standing(key, now) {
            Some(Slot::Live { record: other, .. }) if other.version == record.version => {
                return Ok(Ok(()));
            }
            Some(_) => return Ok(Err(StoreError::Exists)),
            None => {}
        }
        // A slot that is there is over, and gives up its place.
        self.remove(&mut shard, key);
        self.take(1, size(record))?;
        let slot = Slot::Live {
            record: record.clone(),
            unproved: Some(self.next_place()),
        };
        self.add(&mut shard, key, slot);
        Ok(Ok(()))
    }

    pub(super) fn replace(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Attempt<Write> {
        let mut shard = self.shard(key).lock();
        let standing = match shard.standing(key, now) {
            Some(Slot::Live { record, .. }) => record,
            Some(Slot::Retired { .. }) => return Ok(Ok(Write::Retired)),
            None => return Ok(Ok(Write::Gone)),
        };
        if standing.version == record.version {
            return Ok(Ok(Write::Done));
        }
        if standing.version != expected {
            return Ok(Ok(Write::Conflict(standing.clone())));
        }
        let (old, new) = (size(standing), size(record));
        // Before making room, so that this session is not removed for it.
        shard.prove(key);
        self.take(0, new.saturating_sub(old))?;
        if let Some(Slot::Live { record: place, .. }) = shard.standing_mut(key, now) {
            let is_moved = place.owner() != record.owner();
            if is_moved {
                self.owners.remove(place, key);
                self.owners.add(record, key);
            }
            let is_shorter = record.expires() < place.expires();
            place.clone_from(record);
            if is_shorter {
                shard.expect_end(record.expires(), key);
            }
        }
        self.bytes.give(old.saturating_sub(new));
        Ok(Ok(Write::Done))
    }
}
