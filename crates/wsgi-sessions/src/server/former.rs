//! Requests from clients of an earlier version, which know neither annexes nor the copies of
//! retired keys. They make it possible to update web servers one at a time.

use std::time::{Duration, SystemTime};

use super::answer::{Answer, Refusal};
use crate::{
    key::Key,
    record::Record,
    store::{Load, Store, Write},
    stores::file::FileStore,
    version::Version,
};

/// Lifetime of the record that stands in for the client's new one. It is ended at once.
const MOMENT: Duration = Duration::from_secs(1);

pub(super) fn load(store: &FileStore, key: &Key, now: SystemTime) -> Result<Answer, Refusal> {
    Ok(match store.load(key, now)? {
        Load::Found(record) => Answer::With("RECORD", record.encode()),
        Load::Absent => Answer::Word("ABSENT"),
        Load::Retired(_) => Answer::Word("RETIRED"),
    })
}

/// Saves a record and keeps the annex of the record it replaces.
pub(super) fn save(
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
    Ok(answer(store.save(key, expected, &record, now)?))
}

/// Ends a session or retires its key. The client itself has created the record under the new key.
pub(super) fn retire(
    store: &FileStore,
    key: &Key,
    expected: Option<Version>,
    grace: Duration,
    now: SystemTime,
) -> Result<Answer, Refusal> {
    let Some(expected) = expected else {
        let was_known = store.end(key, now)?;
        return Ok(Answer::Word(if was_known { "DONE" } else { "GONE" }));
    };
    if let Load::Retired(_) = store.load(key, now)? {
        return Ok(Answer::Word("GONE"));
    }
    let new = Key::of(Version::random()?.to_bytes());
    let record = Record::new("", MOMENT, MOMENT, now)?;
    let write = store.renew(key, expected, &new, &record, grace, now)?;
    if write == Write::Done {
        store.end(&new, now)?;
    }
    Ok(answer(write))
}

fn answer(write: Write) -> Answer {
    match write {
        Write::Done => Answer::Word("DONE"),
        Write::Conflict(record) => Answer::With("CONFLICT", record.encode()),
        Write::Retired | Write::Gone => Answer::Word("GONE"),
    }
}
