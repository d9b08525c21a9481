//! Requests from clients of an earlier version, which know neither annexes nor the copies of
//! retired keys. They make it possible to update web servers one at a time.

use std::time::{Duration, SystemTime};

use super::{
    answer::{Answer, Refusal},
    fields::{self, duration, time, version},
};
use crate::{
    key::Key,
    record::Record,
    store::{Load, Store, Write},
    stores::file::FileStore,
    version::Version,
};

/// Lifetime of the record that stands in for the client's new one. It is ended at once.
const MOMENT: Duration = Duration::from_secs(1);

/// The answer to a verb that only these clients use, or use without an annex.
pub(super) fn decide(store: &FileStore, strings: &[&[u8]]) -> Result<Answer, Refusal> {
    match *strings {
        [b"CREATE", key, record, now] => {
            store.create(&fields::key(key)?, &Record::decode(record)?, time(now)?)?;
            Ok(Answer::Word("DONE"))
        }
        [b"LOAD", key, now] => load(store, &fields::key(key)?, time(now)?),
        [b"SAVE", key, expected, record, now] => {
            let record = Record::decode(record)?;
            let (key, expected) = (fields::key(key)?, version(expected)?);
            save(store, &key, expected, record, time(now)?)
        }
        [b"RETIRE", key, b"", grace, now] => {
            let (key, _) = (fields::key(key)?, duration(grace)?);
            Ok(Answer::done_if(store.end(&key, time(now)?)?))
        }
        [b"RETIRE", key, expected, grace, now] => {
            let (key, expected) = (fields::key(key)?, version(expected)?);
            retire(store, &key, expected, duration(grace)?, time(now)?)
        }
        _ => Err(Refusal::Unknown("unknown request")),
    }
}

fn load(store: &FileStore, key: &Key, now: SystemTime) -> Result<Answer, Refusal> {
    Ok(match store.load(key, now)? {
        Load::Found(record) => Answer::With("RECORD", record.encode()),
        Load::Absent => Answer::Word("ABSENT"),
        Load::Retired(_) => Answer::Word("RETIRED"),
    })
}

/// Saves a record and keeps the annex of the record it replaces.
fn save(
    store: &FileStore,
    key: &Key,
    expected: Version,
    mut record: Record,
    now: SystemTime,
) -> Result<Answer, Refusal> {
    if let Load::Found(standing) = store.load(key, now)? {
        // If another write comes between, `expected` is outdated and nothing is saved.
        record.annex = standing.annex;
    }
    Ok(written(store.save(key, expected, &record, now)?))
}

/// Retires a key. The client itself has created the record under the new one.
fn retire(
    store: &FileStore,
    key: &Key,
    expected: Version,
    grace: Duration,
    now: SystemTime,
) -> Result<Answer, Refusal> {
    if let Load::Retired(_) = store.load(key, now)? {
        return Ok(Answer::Word("GONE"));
    }
    let new = Key::of(Version::random()?.to_bytes());
    let record = Record::new("", MOMENT, MOMENT, now)?;
    let write = store.renew(key, expected, &new, &record, grace, now)?;
    if write == Write::Done {
        store.end(&new, now)?;
    }
    Ok(written(write))
}

fn written(write: Write) -> Answer {
    match write {
        Write::Done => Answer::Word("DONE"),
        Write::Conflict(record) => Answer::With("CONFLICT", record.encode()),
        Write::Retired | Write::Gone => Answer::Word("GONE"),
    }
}
