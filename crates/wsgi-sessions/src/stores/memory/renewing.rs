//! Moving sessions to another key, and ending their retired keys.

use std::time::SystemTime;

use super::{
    MemoryStore,
    locking::Several,
    room::{Attempt, Short},
    shard::Shard,
    slot::{Slot, size},
    writing::SWEPT_BY_A_WRITE,
};
use crate::{key::Key, store::Write, store_error::StoreError, stores::renewal::Renewal};

impl MemoryStore {
    /// Gives a session a new key. If there is no room for a copy under the old one, it keeps none.
    pub(super) fn rename(&self, renewal: &Renewal<'_>) -> Result<Write, StoreError> {
        self.with_room(renewal.now, |without_copy| {
            self.try_rename(renewal, without_copy)
        })
    }

    fn try_rename(&self, renewal: &Renewal<'_>, without_copy: bool) -> Attempt<Write> {
        let Renewal {
            old,
            expected,
            new,
            record,
            grace,
            now,
        } = *renewal;
        let mut shards = if grace.is_zero() {
            Several::all(&self.shards)
        } else {
            Several::of(&self.shards, [old, new])
        };
        for key in [old, new] {
            self.clear(shards.shard(key), now, &mut { SWEPT_BY_A_WRITE });
        }
        match shards.shard(new).standing(new, now) {
            Some(Slot::Live { record: other, .. }) if other.version == record.version => {
                return Ok(Ok(Write::Done));
            }
            Some(_) => return Ok(Err(StoreError::Exists)),
            None => {}
        }
        let Some(slot) = shards.shard(old).standing(old, now) else {
            return Ok(Ok(Write::Gone));
        };
        let standing = slot.record();
        if standing.version != expected {
            return Ok(Ok(Write::Conflict(standing.clone())));
        }
        let lives = slot.is_live();
        self.remove(shards.shard(new), new);
        let unproved = if lives {
            self.retire(&mut shards, renewal, without_copy)?;
            None
        } else {
            self.take(1, size(record))?;
            if grace.is_zero() {
                self.end_in(&mut shards, old, now);
            }
            Some(self.next_place())
        };
        let slot = Slot::Live {
            record: record.clone(),
            unproved,
        };
        self.add(shards.shard(new), new, slot);
        Ok(Ok(Write::Done))
    }

    /// Retires the live session under the old key. Its place passes to the new one, and the bytes
    /// of the new record are taken.
    fn retire(
        &self,
        shards: &mut Several<'_>,
        renewal: &Renewal<'_>,
        without_copy: bool,
    ) -> Result<(), Short> {
        let Renewal {
            old, grace, now, ..
        } = *renewal;
        let shard = shards.shard(old);
        shard.prove(old);
        let Some(standing) = shard.standing(old, now).map(Slot::record) else {
            return Ok(());
        };
        let new = size(renewal.record);
        let until = renewal.end_of_grace().min(standing.expires());
        if until > now && !without_copy {
            self.copies.take(1).map_err(|_| Short::Copy)?;
            if self.bytes.take(new).is_err() {
                self.copies.give(1);
                return Err(Short::Copy);
            }
            self.keep_copy(shard, old, until);
            return Ok(());
        }
        let held = size(standing);
        let retired = standing.retired_keys().to_vec();
        self.bytes
            .take(new.saturating_sub(held))
            .map_err(|_| Short::Bytes)?;
        if let Some(slot) = shard.remove(old) {
            self.owners.remove(slot.record(), old);
        }
        self.bytes.give(held.saturating_sub(new));
        if grace.is_zero() {
            for retired in retired {
                self.end_copy(shards, &retired.key);
            }
        }
        Ok(())
    }

    /// Turns the live session under a key into a copy. It keeps its bytes.
    fn keep_copy(&self, shard: &mut Shard, key: &Key, until: SystemTime) {
        if let Some(Slot::Live { record, .. }) = shard.remove(key) {
            let copy = Slot::Retired {
                record,
                until,
                place: self.next_place(),
            };
            shard.insert(key, copy);
        }
    }

    /// Ends the session under a key, and its retired keys.
    pub(super) fn end_in(
        &self,
        shards: &mut Several<'_>,
        key: &Key,
        now: SystemTime,
    ) -> Option<Slot> {
        let slot = self.take_out(shards, key, now)?;
        self.end_retired(shards, &slot);
        Some(slot)
    }

    /// Removes the slot of a key. Returns it unless it is over.
    pub(super) fn take_out(
        &self,
        shards: &mut Several<'_>,
        key: &Key,
        now: SystemTime,
    ) -> Option<Slot> {
        let slot = self.remove(shards.shard(key), key)?;
        (now < slot.end()).then_some(slot)
    }

    /// Ends the retired keys of a removed session.
    pub(super) fn end_retired(&self, shards: &mut Several<'_>, slot: &Slot) {
        for retired in slot.record().retired_keys() {
            self.end_copy(shards, &retired.key);
        }
    }

    fn end_copy(&self, shards: &mut Several<'_>, key: &Key) {
        let shard = shards.shard(key);
        if shard.get(key).is_some_and(|slot| !slot.is_live()) {
            self.remove(shard, key);
        }
    }
}
