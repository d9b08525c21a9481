//! A session in the tables: its entry, and what stands beside it.

use std::time::SystemTime;

use super::tables::{Failure, Tables};
use crate::stores::entry::{self, Standing};
use crate::{Annex, Key, Record, RetiredKey, StoreError};

/// What stands under a key at some time.
pub(super) enum Held {
    Live(Record),
    Retired(Record),
    /// Another version has retired it, and kept no copy.
    Marked,
    Absent,
}

/// What stands under a key, given what its tables have.
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

/// What stands under a key.
pub(super) fn standing(tables: &Tables<'_>, key: &Key, now: SystemTime) -> Result<Held, Failure> {
    let entry = tables.sessions.get(key.as_bytes(), owned)?;
    let annex = || Ok(tables.annexes.get(key.as_bytes(), decode_annex)??);
    let copy = || Ok(tables.copies.get(key.as_bytes(), decode_copy)??);
    read(entry.as_deref(), annex, copy, now)
}

fn owned(entry: Option<&[u8]>) -> Option<Vec<u8>> {
    entry.map(<[u8]>::to_vec)
}

/// The annex in an entry of its table.
pub(super) fn decode_annex(entry: Option<&[u8]>) -> Result<Option<Annex>, StoreError> {
    entry.map(Annex::decode).transpose()
}

/// A copy as it is kept: the length of its annex in two bytes, the annex, and the record.
fn encode_copy(record: &Record) -> Vec<u8> {
    let annex = record.annex.as_deref().map_or(Vec::new(), Annex::encode);
    // An annex is no longer than `Annex::MAX_ENCODED`.
    let length = u16::try_from(annex.len()).unwrap_or(0);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(&annex[..length.into()]);
    bytes.extend(record.encode());
    bytes
}

/// Reads what [`encode_copy`] wrote.
pub(super) fn decode_copy(entry: Option<&[u8]>) -> Result<Option<Record>, StoreError> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let (length, rest) = entry.split_first_chunk().ok_or(StoreError::Corrupt)?;
    let (annex, record) = rest
        .split_at_checked(u16::from_be_bytes(*length).into())
        .ok_or(StoreError::Corrupt)?;
    let mut record = Record::decode(record)?;
    if !annex.is_empty() {
        record.annex = Annex::decode(annex)?.into_option();
    }
    Ok(Some(record))
}

/// What a record takes.
pub(super) fn size(record: &Record) -> u64 {
    let annex = record
        .annex
        .as_deref()
        .map_or(0, |annex| annex.encode().len());
    (record.encoded_len() + annex) as u64
}

/// Puts a record under a key that has nothing. It sweeps others that are over at that time.
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

/// Puts a record in the place of one.
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

/// Has a copy of what lives under a key stand in its place until then.
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

/// Takes whatever stands under a key out of all tables. Nothing stands beside a key without an entry.
pub(super) fn clear(tables: &mut Tables<'_>, key: &Key) -> Result<(), Failure> {
    let unproved = tables
        .sessions
        .take(key.as_bytes(), |entry| unproved_key(key, entry))?;
    if unproved.is_none() {
        return Ok(());
    }
    clear_beside(tables, key, unproved.flatten())
}

/// Takes out what stands, or stood, beside the entry of a key.
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

/// Ends what stands under a key, with the copies that go with it, and says what that was.
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

/// Takes out what stands under a key, and says what that was.
pub(super) fn take_out(
    tables: &mut Tables<'_>,
    key: &Key,
    now: SystemTime,
) -> Result<Option<Held>, Failure> {
    let held = match standing(tables, key, now) {
        Ok(Held::Absent) => None,
        Ok(held) => Some(held),
        // What is corrupt can be ended all the same.
        Err(Failure::Own(_)) => Some(Held::Marked),
        Err(failure) => return Err(failure),
    };
    clear(tables, key)?;
    Ok(held)
}

/// Ends the copies that keys read which a session had before.
pub(super) fn end_retired(tables: &mut Tables<'_>, before: &[RetiredKey]) -> Result<(), Failure> {
    for before in before {
        if tables
            .copies
            .get(before.key.as_bytes(), |copy| copy.is_some())?
        {
            clear(tables, &before.key)?;
        }
    }
    Ok(())
}

/// Notes that the cookie of a session has not come back.
pub(super) fn doubt(tables: &mut Tables<'_>, key: &Key, record: &Record) -> Result<(), Failure> {
    match unproved_key(key, &record.encode()) {
        Some(place) => tables.unproved.insert(&place, &[]),
        None => Ok(()),
    }
}

/// Notes that the cookie of a session has come back.
pub(super) fn prove(tables: &mut Tables<'_>, key: &Key, record: &Record) -> Result<(), Failure> {
    let place = place(key, &Record::encode_time(record.idle_until));
    tables.unproved.remove(&place).map(drop)
}

/// Where a record is among the unproved, if it is: it was not touched since it was created.
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

/// The key in a place among the unproved.
pub(super) fn key_of(place: &[u8; 40]) -> Key {
    let mut key = [0; 32];
    key.copy_from_slice(&place[8..]);
    Key::from_bytes(key)
}

/// The first and the last place of an owner's.
pub(super) fn places_of(owner: &str) -> [[u8; 64]; 2] {
    [[0; 32], [0xff; 32]].map(|key| owned_place(owner, &Key::from_bytes(key)))
}

/// The key in a place of an owner's.
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
