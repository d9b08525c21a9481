//! A session in the tables: its entry, and its entries in the other tables.

use std::time::SystemTime;

use super::{failure::Failure, tables::Tables};
use crate::{
    key::Key,
    record::{Annex, Record, RetiredKey},
    store_error::StoreError,
    stores::entry::{self, Standing},
};

/// The meaning of a key at some time.
pub(super) enum Held {
    Live(Record),
    Retired(Record),
    /// Another version has retired it, and kept no copy.
    Marked,
    Absent,
}

/// Decodes the entries of a key.
pub(super) fn read(
    entry: Option<&[u8]>,
    annex: impl FnOnce() -> Result<Option<Annex>, Failure>,
    copy: impl FnOnce() -> Result<Option<Record>, Failure>,
    now: SystemTime,
) -> Result<Held, Failure> {
    Ok(match entry::load(entry, now)? {
        Standing::Live(mut record) => {
            record.annex = annex()?.and_then(Annex::into_option);
            Held::Live(record)
        }
        Standing::Retired => match copy()? {
            Some(record) if record.is_live(now) => Held::Retired(record),
            Some(_) => Held::Absent,
            None => Held::Marked,
        },
        Standing::Absent => Held::Absent,
    })
}

/// Returns the session under a key.
pub(super) fn standing(tables: &Tables<'_>, key: &Key, now: SystemTime) -> Result<Held, Failure> {
    let entry = tables.sessions.get(key.as_bytes(), owned)?;
    let annex = || Ok(tables.annexes.get(key.as_bytes(), decode_annex)??);
    let copy = || Ok(tables.copies.get(key.as_bytes(), decode_copy)??);
    read(entry.as_deref(), annex, copy, now)
}

fn owned(entry: Option<&[u8]>) -> Option<Vec<u8>> {
    entry.map(<[u8]>::to_vec)
}

/// Decodes an entry of the table of annexes.
pub(super) fn decode_annex(entry: Option<&[u8]>) -> Result<Option<Annex>, StoreError> {
    entry.map(Annex::decode).transpose()
}

/// Encodes a copy: the length of its annex in two bytes, the annex, and the record.
fn encode_copy(record: &Record) -> Vec<u8> {
    let annex = record.annex.as_deref().map_or(Vec::new(), Annex::encode);
    // An annex is no longer than `Annex::MAX_ENCODED`.
    let length = u16::try_from(annex.len()).unwrap_or(0);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(&annex[..length.into()]);
    bytes.extend(record.encode());
    bytes
}

/// Reads an entry that [`encode_copy`] wrote.
pub(super) fn decode_copy(entry: Option<&[u8]>) -> Result<Option<Record>, StoreError> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let (length, rest) = entry.split_first_chunk().ok_or(StoreError::Corrupt)?;
    let (annex, record) = rest
        .split_at_checked(u16::from_be_bytes(*length).into())
        .ok_or(StoreError::Corrupt)?;
    Record::decode_with_annex(record, annex).map(Some)
}

/// Returns the number of bytes that a record takes.
pub(super) fn size(record: &Record) -> u64 {
    let annex = record
        .annex
        .as_deref()
        .map_or(0, |annex| annex.encode().len());
    (record.encoded_len() + annex) as u64
}

/// Stores a record under a key that has none. Also sweeps others that are over at `swept`.
pub(super) fn put(
    tables: &mut Tables<'_>,
    key: &Key,
    record: &Record,
    swept: SystemTime,
) -> Result<(), Failure> {
    tables
        .sessions
        .add(key.as_bytes(), &record.encode(), swept)?;
    if let Some(annex) = &record.annex {
        tables.annexes.insert(key.as_bytes(), &annex.encode())?;
    }
    own(tables, key, record)
}

/// Replaces a record.
pub(super) fn replace(
    tables: &mut Tables<'_>,
    key: &Key,
    former: &Record,
    record: &Record,
) -> Result<(), Failure> {
    tables.sessions.insert(key.as_bytes(), &record.encode())?;
    if former.annex != record.annex {
        match &record.annex {
            Some(annex) => tables.annexes.insert(key.as_bytes(), &annex.encode())?,
            None => drop(tables.annexes.remove(key.as_bytes())?),
        }
    }
    if former.owner() != record.owner() {
        disown(tables, key, former.owner())?;
        own(tables, key, record)?;
    }
    Ok(())
}

/// Replaces the live session under a key by a copy, until then.
pub(super) fn retire(
    tables: &mut Tables<'_>,
    key: &Key,
    record: &Record,
    until: SystemTime,
) -> Result<(), Failure> {
    let mark = entry::retired(until);
    tables.sessions.insert(key.as_bytes(), &mark)?;
    tables.annexes.remove(key.as_bytes())?;
    tables.copies.insert(key.as_bytes(), &encode_copy(record))
}

/// Removes a key from all tables. A key without an entry is in no other table.
pub(super) fn clear(tables: &mut Tables<'_>, key: &Key) -> Result<(), Failure> {
    let unproved = tables
        .sessions
        .take(key.as_bytes(), |entry| unproved_key(key, entry))?;
    if unproved.is_none() {
        return Ok(());
    }
    clear_beside(tables, key, unproved.flatten())
}

/// Removes a key from the tables other than that of its entry.
pub(super) fn clear_beside(
    tables: &mut Tables<'_>,
    key: &Key,
    unproved: Option<[u8; 40]>,
) -> Result<(), Failure> {
    if let Some(place) = unproved {
        tables.unproved.remove(&place)?;
    }
    let annex = tables
        .annexes
        .take(key.as_bytes(), |entry| Annex::decode(entry).ok())?;
    if let Some(annex) = annex.flatten() {
        let owner = annex.owned.as_ref().map(|owned| &*owned.owner);
        disown(tables, key, owner)?;
    }
    let copy = tables.copies.take(key.as_bytes(), |entry| {
        decode_copy(Some(entry)).ok().flatten()
    })?;
    if let Some(copy) = copy.flatten() {
        disown(tables, key, copy.owner())?;
    }
    Ok(())
}

/// Removes annexes and copies of sessions that another version, which does not know them, has
/// removed.
pub(super) fn remove_left_over(tables: &mut Tables<'_>) -> Result<(), Failure> {
    let mut left = Vec::new();
    for table in [&tables.annexes, &tables.copies] {
        table.walk(None, usize::MAX, |key, _| left.push(*key))?;
    }
    for key in left {
        if tables.sessions.get(&key, |entry| entry.is_none())? {
            clear_beside(tables, &Key::from_bytes(key), None)?;
        }
    }
    Ok(())
}

/// Ends the session under a key and its retired keys, and returns the session.
pub(super) fn end(
    tables: &mut Tables<'_>,
    key: &Key,
    now: SystemTime,
) -> Result<Option<Held>, Failure> {
    let held = take_out(tables, key, now)?;
    if let Some(Held::Live(record) | Held::Retired(record)) = &held {
        end_retired(tables, record.retired_keys())?;
    }
    Ok(held)
}

/// Removes the session under a key, and returns it.
pub(super) fn take_out(
    tables: &mut Tables<'_>,
    key: &Key,
    now: SystemTime,
) -> Result<Option<Held>, Failure> {
    let held = match standing(tables, key, now) {
        Ok(Held::Absent) => None,
        Ok(held) => Some(held),
        // A corrupt session can be ended all the same.
        Err(Failure::Own(_)) => Some(Held::Marked),
        Err(failure) => return Err(failure),
    };
    clear(tables, key)?;
    Ok(held)
}

/// Ends the copies that the retired keys of a session read.
pub(super) fn end_retired(tables: &mut Tables<'_>, keys: &[RetiredKey]) -> Result<(), Failure> {
    for retired in keys {
        if tables
            .copies
            .get(retired.key.as_bytes(), |copy| copy.is_some())?
        {
            clear(tables, &retired.key)?;
        }
    }
    Ok(())
}

/// Records that the cookie of a session has not come back yet.
pub(super) fn doubt(tables: &mut Tables<'_>, key: &Key, record: &Record) -> Result<(), Failure> {
    match unproved_key(key, &record.encode()) {
        Some(place) => tables.unproved.insert(&place, &[]),
        None => Ok(()),
    }
}

/// Records that the cookie of a session has come back.
pub(super) fn prove(tables: &mut Tables<'_>, key: &Key, record: &Record) -> Result<(), Failure> {
    let place = place(key, &Record::encode_time(record.idle_until));
    tables.unproved.remove(&place).map(drop)
}

/// Returns the key in the table of unproved sessions, for a record that was not touched since it
/// was created.
pub(super) fn unproved_key(key: &Key, entry: &[u8]) -> Option<[u8; 40]> {
    let idle_until = entry::idle_until(entry)?;
    Some(place(key, &idle_until))
}

fn place(key: &Key, idle_until: &[u8; 8]) -> [u8; 40] {
    let mut place = [0; 40];
    place[..8].copy_from_slice(idle_until);
    place[8..].copy_from_slice(key.as_bytes());
    place
}

/// Returns the session's key in a key of the table of unproved sessions.
pub(super) fn key_of(place: &[u8; 40]) -> Key {
    let mut key = [0; 32];
    key.copy_from_slice(&place[8..]);
    Key::from_bytes(key)
}

/// Returns the first and the last key of an owner in the table of owners.
pub(super) fn places_of(owner: &str) -> [[u8; 64]; 2] {
    [[0; 32], [0xff; 32]].map(|key| owned_place(owner, &Key::from_bytes(key)))
}

/// Returns the session's key in a key of the table of owners.
pub(super) fn owned_key(place: &[u8; 64]) -> Key {
    let mut key = [0; 32];
    key.copy_from_slice(&place[32..]);
    Key::from_bytes(key)
}

fn owned_place(owner: &str, key: &Key) -> [u8; 64] {
    let mut place = [0; 64];
    place[..32].copy_from_slice(Key::of(owner).as_bytes());
    place[32..].copy_from_slice(key.as_bytes());
    place
}

fn own(tables: &mut Tables<'_>, key: &Key, record: &Record) -> Result<(), Failure> {
    match record.owner() {
        Some(owner) => tables.owners.insert(&owned_place(owner, key), &[]),
        None => Ok(()),
    }
}

fn disown(tables: &mut Tables<'_>, key: &Key, owner: Option<&str>) -> Result<(), Failure> {
    if let Some(owner) = owner {
        tables.owners.remove(&owned_place(owner, key))?;
    }
    Ok(())
}
