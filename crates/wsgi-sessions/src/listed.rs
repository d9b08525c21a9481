//! A session in the list of its owner's.

use std::time::SystemTime;

use crate::{Handle, Key, Record};

/// A session of an owner, as [`Store::list`](crate::Store::list) tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The key it stands under.
    pub key: Key,
    /// What it is told apart by.
    pub handle: Handle,
    /// When it became the owner's.
    pub created: SystemTime,
    /// When it was last used, as far as the store was told: not before it became the owner's.
    pub last_used: SystemTime,
    /// What the application noted.
    pub note: Option<String>,
}

impl Listed {
    /// What a list tells of a record, if that has an owner.
    pub fn of(key: &Key, record: &Record) -> Option<Self> {
        let owned = record.annex.as_ref()?.owned.as_ref()?;
        Some(Self {
            key: *key,
            handle: owned.handle,
            created: owned.created,
            last_used: record.last_used().max(owned.created),
            note: owned.note.clone(),
        })
    }
}
