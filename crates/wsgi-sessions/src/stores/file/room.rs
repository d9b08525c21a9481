//! Making room in a file that has reached its limits.

use std::time::SystemTime;

use super::{
    failure::Failure,
    held::{self, unproved_key},
    tables::Tables,
};
use crate::{key::Key, record::Record, store_error::StoreError, stores::entry};

/// Numbers of sessions that are looked at, in search of some that are over: at first, and before
/// the store is reported as full.
const FEW: usize = 64;
const MANY: usize = 4096;

/// The room that a write needs.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) sessions: u64,
    pub(super) bytes: u64,
}

impl Wanted {
    /// The room for a new session.
    pub(super) fn session(record: &Record) -> Self {
        Self {
            sessions: 1,
            bytes: held::size(record),
        }
    }

    /// The room by which a record is larger than the one it replaces.
    pub(super) fn growth(former: &Record, record: &Record) -> Self {
        Self {
            sessions: 0,
            bytes: held::size(record).saturating_sub(held::size(former)),
        }
    }

    /// The room for a record, besides the copy of the one it comes from.
    pub(super) fn copy(record: &Record) -> Self {
        Self {
            sessions: 0,
            bytes: held::size(record) + COPIED,
        }
    }
}

/// The mark of a retired key and the length of its copy's annex.
const COPIED: u64 = entry::MARK as u64 + 2;

impl Tables<'_> {
    /// Whether there is enough room.
    pub(super) fn has_room(&self, wanted: Wanted) -> Result<bool, Failure> {
        let bytes =
            wanted.bytes == 0 || self.held().saturating_add(wanted.bytes) <= self.limits.bytes;
        let count = wanted.sessions == 0
            || self.count()?.saturating_add(wanted.sessions) <= self.limits.sessions;
        Ok(bytes && count)
    }

    /// Makes room: removes sessions that are over, then copies, then unproved sessions, the oldest
    /// first.
    ///
    /// On a full disk, first gives up twice the bytes of a new session: scattered removals leave
    /// room that others cannot use.
    pub(super) fn make_room(&mut self, wanted: Wanted, now: SystemTime) -> Result<(), Failure> {
        let before = self.held();
        let is_replaced = |tables: &Self| {
            let given_up = before.saturating_sub(tables.held());
            !tables.is_disk_full || wanted.sessions == 0 || given_up >= 2 * wanted.bytes
        };
        let is_enough =
            |tables: &Self| Ok::<_, Failure>(is_replaced(tables) && tables.has_room(wanted)?);
        if is_enough(self)? {
            return Ok(());
        }
        self.give_up_what_is_over(FEW, now)?;
        while !is_enough(self)? {
            let lacks_place = !self.has_room(Wanted { bytes: 0, ..wanted })?;
            let is_given_up = (!lacks_place && self.give_up_copy()?)
                || self.give_up_unproved()?
                || self.look_far(now)?;
            if !is_given_up {
                return Err(StoreError::Full.into());
            }
        }
        Ok(())
    }

    /// Removes those of the next sessions that are over. Returns whether there was one.
    fn give_up_what_is_over(&mut self, at_most: usize, now: SystemTime) -> Result<bool, Failure> {
        let mut over = Vec::new();
        self.swept = self.sessions.walk(self.swept, at_most, |key, entry| {
            if entry::is_over(entry, now) {
                over.push(Key::from_bytes(*key));
            }
        })?;
        for key in &over {
            held::clear(self, key)?;
        }
        Ok(!over.is_empty())
    }

    /// Looks at many sessions, but only once per commit if that finds nothing. Otherwise writers
    /// would wait for everyone who asks for a place that does not exist.
    fn look_far(&mut self, now: SystemTime) -> Result<bool, Failure> {
        if self.has_looked_far {
            return Ok(false);
        }
        let is_over = self.give_up_what_is_over(MANY, now)?;
        self.has_looked_far = !is_over;
        Ok(is_over)
    }

    fn give_up_copy(&mut self) -> Result<bool, Failure> {
        let Some(key) = self.copies.first()? else {
            return Ok(false);
        };
        held::clear(self, &Key::from_bytes(key))?;
        Ok(true)
    }

    fn give_up_unproved(&mut self) -> Result<bool, Failure> {
        while let Some(place) = self.unproved.first()? {
            let key = held::key_of(&place);
            let stands = |entry: Option<&[u8]>| entry.and_then(|entry| unproved_key(&key, entry));
            // Another version, which does not know this table, may have touched it.
            let is_unproved = self.sessions.get(key.as_bytes(), stands)? == Some(place);
            self.unproved.remove(&place)?;
            if is_unproved {
                held::clear(self, &key)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}
