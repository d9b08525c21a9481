//! The values of a session, and which of them this request has changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{Error, WrongValue},
    store::Load,
    store_error::StoreError,
};

/// The deepest nesting of a value. The JSON reader stops at 128 levels, and the session itself is
/// one level around each value.
const DEPTH: usize = 120;

/// The values of a session. Encoded, they are a JSON object.
///
/// A map of serde_json would not always be sorted: any other crate of a program can turn its
/// feature `preserve_order` on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Data(BTreeMap<String, Value>);

impl Data {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let map = serde_json::from_slice(bytes);
        map.map(Self).map_err(|_| StoreError::Corrupt)
    }

    /// Decodes the data that a store has loaded.
    pub(crate) fn of(load: &Load) -> Result<Self, StoreError> {
        match load {
            Load::Found(record) | Load::Retired(record) => Self::decode(&record.data),
            Load::Absent => Ok(Self::default()),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        // A map of values has only string keys, so writing it cannot fail.
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        self.0.get(key).cloned()
    }

    /// Sets the value of a key, or removes it. Returns whether that changed anything.
    pub(crate) fn set(&mut self, key: &str, value: Option<Value>) -> bool {
        let changes = !self.has(key, value.as_ref());
        if changes {
            self.replace(key, value);
        }
        changes
    }

    /// Sets the value of a key, or removes it. Returns the old value.
    pub(crate) fn replace(&mut self, key: &str, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.0.insert(key.to_owned(), value),
            None => self.0.remove(key),
        }
    }

    /// Whether a key has this value, or none.
    pub(crate) fn has(&self, key: &str, value: Option<&Value>) -> bool {
        self.0.get(key) == value
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Converts a value to the requested type.
pub(crate) fn read<T: DeserializeOwned>(
    key: &str,
    value: Option<&Value>,
) -> Result<Option<T>, Error> {
    let Some(value) = value else {
        return Ok(None);
    };
    // The error of serde is dropped because it may quote the value.
    let read = T::deserialize(value).map_err(|_| WrongValue::unreadable::<T>(key, value));
    read.map(Some).map_err(Error::Value)
}

/// Converts a value for storage. `None` stands for `null` in JSON.
pub(crate) fn value<T: Serialize>(key: &str, value: T) -> Result<Option<Value>, Error> {
    let value = serde_json::to_value(value);
    let value = value.map_err(|_| Error::Value(WrongValue::unwritable::<T>(key)))?;
    if !is_shallow(&value, DEPTH) {
        // It could be written, but never read again.
        return Err(Error::Value(WrongValue::too_deep::<T>(key)));
    }
    Ok(Some(value).filter(|value| !value.is_null()))
}

fn is_shallow(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_shallow(item, below)),
        Value::Object(items) => items.values().all(|item| is_shallow(item, below)),
        _ => true,
    }
}

/// The plain edits of a request that are not saved yet.
///
/// They are a log without the entries that have no effect: of several edits of one key, the last
/// one counts. The new values are those in the data.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    cleared: bool,
    keys: BTreeSet<String>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        !self.cleared && self.keys.is_empty()
    }

    pub(crate) fn note(&mut self, key: &str) {
        if !self.keys.contains(key) {
            self.keys.insert(key.to_owned());
        }
    }

    pub(crate) fn note_clear(&mut self) {
        self.cleared = true;
        self.keys.clear();
    }

    /// Applies the edits that led to `mine` to data that another request has saved in the meantime.
    pub(crate) fn replay(&self, mine: &mut Data, theirs: Data) {
        let base = if self.cleared {
            Data::default()
        } else {
            theirs
        };
        let mut edited = std::mem::replace(mine, base).0;
        for key in &self.keys {
            mine.set(key, edited.remove(key));
        }
    }
}

#[cfg(test)]
mod tests;
