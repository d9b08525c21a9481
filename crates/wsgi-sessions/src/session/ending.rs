//! What is left of a session that a logout has ended.
//!
//! A store knows that a key is retired, and not whether the session goes on under a
//! new id. A record without data, under a key of its own and for as long as the
//! other is retired, says that it does not.

use std::time::SystemTime;

use crate::session::id::Id;
use crate::session::lifetimes::later;
use crate::sessions::Shared;
use crate::{Key, Load, Record, StoreError, Version};

/// Notes that the session of this id has ended, which it must have.
pub(crate) fn note(shared: &Shared, id: Id, now: SystemTime) -> Result<(), StoreError> {
    let grace = shared.lifetimes.grace;
    let record = Record {
        version: Version::random()?,
        data: Vec::new(),
        idle: grace,
        idle_until: later(now, grace),
        absolute_until: later(now, grace),
    };
    shared.store.create(&key(id), &record, now)
}

/// Whether it was noted, a moment ago.
pub(crate) fn is_noted(shared: &Shared, id: Id, now: SystemTime) -> Result<bool, StoreError> {
    let load = shared.store.load(&key(id), now)?;
    Ok(matches!(load, Load::Found(_)))
}

/// No id has this key: none has a space.
fn key(id: Id) -> Key {
    Key::of(format!("ended {}", id.as_str()))
}
