//! A renewal in a transaction.

use std::time::{Duration, SystemTime};

use super::{
    failure::Failure,
    held::{self, Held},
    room::Wanted,
    tables::Tables,
};
use crate::{key::Key, record::Record, store::Write, store_error::StoreError, version::Version};

/// The arguments of a renewal.
pub(super) struct Renewal {
    pub(super) old: Key,
    pub(super) expected: Version,
    pub(super) new: Key,
    pub(super) record: Record,
    pub(super) grace: Duration,
    pub(super) now: SystemTime,
    /// Time by which other sessions are swept.
    pub(super) swept: SystemTime,
}

impl Renewal {
    pub(super) fn run(&self, tables: &mut Tables<'_>) -> Result<Write, Failure> {
        match held::standing(tables, &self.new, self.now)? {
            Held::Live(standing) if standing.version == self.record.version => {
                return Ok(Write::Done);
            }
            Held::Absent => held::clear(tables, &self.new)?,
            Held::Live(_) | Held::Retired(_) | Held::Marked => {
                return Err(StoreError::Exists.into());
            }
        }
        let held = held::standing(tables, &self.old, self.now)?;
        let standing = match &held {
            Held::Live(standing) | Held::Retired(standing) => standing,
            Held::Marked | Held::Absent => return Ok(Write::Gone),
        };
        if standing.version != self.expected {
            return Ok(Write::Conflict(standing.clone()));
        }
        match &held {
            Held::Live(standing) => {
                held::prove(tables, &self.old, standing)?;
                let kept_until = until(standing, self.grace, self.now);
                retire(
                    tables,
                    &self.old,
                    standing,
                    &self.record,
                    kept_until,
                    self.swept,
                )?;
                if self.grace.is_zero() {
                    held::end_retired(tables, standing.retired_keys())?;
                }
                held::put(tables, &self.new, &self.record, self.swept)?;
            }
            _ => {
                tables.make_room(Wanted::session(&self.record), self.swept)?;
                if self.grace.is_zero() {
                    held::end(tables, &self.old, self.now)?;
                }
                held::put(tables, &self.new, &self.record, self.swept)?;
                held::doubt(tables, &self.new, &self.record)?;
            }
        }
        Ok(Write::Done)
    }
}

/// Returns the end of the grace, if there is one. A copy does not outlive its session.
fn until(standing: &Record, grace: Duration, now: SystemTime) -> Option<SystemTime> {
    // A grace that cannot be expressed as a time counts as none.
    let until = now.checked_add(grace)?.min(standing.expires());
    (until > now).then_some(until)
}

/// Retires a live session until then. Without a grace, or without room for a copy, the old key
/// becomes unknown.
fn retire(
    tables: &mut Tables<'_>,
    old: &Key,
    standing: &Record,
    record: &Record,
    until: Option<SystemTime>,
    swept: SystemTime,
) -> Result<(), Failure> {
    if let Some(until) = until
        && !tables.is_disk_full
        && tables.has_room(Wanted::copy(record))?
    {
        return held::retire(tables, old, standing, until);
    }
    tables.make_room(Wanted::growth(standing, record), swept)?;
    held::clear(tables, old)
}
