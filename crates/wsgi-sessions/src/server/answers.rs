//! What the session server answers to each verb.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::sweeper::SWEPT_AT_ONCE;
use crate::wire::{self, Message};
use crate::{FileStore, Key, Load, Record, Store, StoreError, Version, Write};

/// The longest message a client may send: one that saves the largest record. What a client of WSGI
/// Utils sets has as much room.
pub(super) const MOST: usize = Record::MAX_ENCODED + 1024;

pub(super) struct Answers<'a> {
    store: &'a FileStore,
    legacy: Option<Duration>,
}

/// The strings of an answer.
enum Answer {
    Word(&'static str),
    With(&'static str, Vec<u8>),
}

/// Why a request has no answer of its own.
enum Refusal {
    /// The client's fault: nobody knows such a request.
    Unknown(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<'a> Answers<'a> {
    /// Answers from `store`. Where `legacy` is a lifetime, WSGI Utils' verbs have their table.
    pub(super) fn new(store: &'a FileStore, legacy: Option<Duration>) -> Self {
        Self { store, legacy }
    }

    /// Writes the answer to a message, and says whether it is the last.
    pub(super) fn answer(&self, message: &Message<'_>, out: &mut Vec<u8>) -> bool {
        let answer = self.decide(message.strings(), SystemTime::now());
        match answer.unwrap_or_else(Answer::from) {
            Answer::Word(word) => wire::write(out, &[word.as_bytes()]),
            Answer::With(word, value) => wire::write(out, &[word.as_bytes(), &value]),
        }
        message.strings() == [b"BYE"]
    }

    fn decide(&self, strings: &[&[u8]], clock: SystemTime) -> Result<Answer, Refusal> {
        match *strings {
            [b"GET", key] => {
                self.legacy()?;
                let found = self.store.legacy_get(key, clock)?;
                Ok(found.map_or(Answer::Word("NOTFOUND"), |data| Answer::With("FOUND", data)))
            }
            [b"SET", key, data] => {
                let lifetime = self.legacy()?;
                self.store.legacy_set(key, data, lifetime, clock)?;
                Ok(Answer::Word("OK"))
            }
            [b"BYE"] => Ok(Answer::Word("OK")),
            [b"CREATE", key, record, now] => {
                let record = Record::decode(record)?;
                // What is created takes out others that are over: by this clock, where a client's is
                // fast.
                let (key, now) = (self::key(key)?, time(now)?);
                self.store
                    .create_and_sweep(&key, &record, now, now.min(clock))?;
                Ok(Answer::Word("DONE"))
            }
            [b"LOAD", key, now] => Ok(self.store.load(&self::key(key)?, time(now)?)?.into()),
            [b"SAVE", key, expected, record, now] => {
                let record = Record::decode(record)?;
                let (key, expected) = (self::key(key)?, version(expected)?);
                Ok(self.store.save(&key, expected, &record, time(now)?)?.into())
            }
            [b"TOUCH", key, idle_until, now] => {
                let (key, idle_until) = (self::key(key)?, time(idle_until)?);
                let is_live = self.store.touch(&key, idle_until, time(now)?)?;
                Ok(Answer::Word(if is_live { "DONE" } else { "GONE" }))
            }
            [b"RETIRE", key, expected, grace, now] => {
                let key = self::key(key)?;
                let expected = match expected {
                    b"" => None,
                    expected => Some(version(expected)?),
                };
                let grace = Duration::from_millis(number(grace)?);
                Ok(self.store.retire(&key, expected, grace, time(now)?)?.into())
            }
            [b"SWEEP", most, now] => {
                let most = usize::try_from(number(most)?).unwrap_or(usize::MAX);
                // A client that asks for all of it does not get the server for as long, and one
                // whose clock is fast removes nothing of the others'.
                let (now, most) = (time(now)?.min(clock), most.min(SWEPT_AT_ONCE));
                let swept = self.store.sweep(now, most)?;
                Ok(Answer::With("SWEPT", (swept as u64).to_be_bytes().to_vec()))
            }
            _ => Err(Refusal::Unknown("the request is unknown")),
        }
    }

    fn legacy(&self) -> Result<Duration, Refusal> {
        self.legacy
            .ok_or(Refusal::Unknown("the verbs of WSGI Utils are switched off"))
    }
}

impl From<Load> for Answer {
    fn from(load: Load) -> Self {
        match load {
            Load::Found(record) => Self::With("RECORD", record.encode()),
            Load::Absent => Self::Word("ABSENT"),
            Load::Retired => Self::Word("RETIRED"),
        }
    }
}

impl From<Write> for Answer {
    fn from(write: Write) -> Self {
        match write {
            Write::Done => Self::Word("DONE"),
            Write::Conflict(record) => Self::With("CONFLICT", record.encode()),
            Write::Gone => Self::Word("GONE"),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown(why) => Self::With("ERROR", why.into()),
            Refusal::Store(StoreError::Corrupt) => Self::Word("CORRUPT"),
            Refusal::Store(StoreError::Exists) => Self::Word("EXISTS"),
            Refusal::Store(StoreError::Full) => Self::Word("FULL"),
            Refusal::Store(StoreError::TooLarge) => Self::Word("TOOLARGE"),
            Refusal::Store(error) => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                Self::With(
                    "ERROR",
                    format!("{error}{}", cause.unwrap_or_default()).into(),
                )
            }
        }
    }
}

fn key(bytes: &[u8]) -> Result<Key, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a key has 32 bytes"))?;
    Ok(Key::from_bytes(bytes))
}

fn version(bytes: &[u8]) -> Result<Version, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a version has 16 bytes"))?;
    Ok(Version::from_bytes(bytes))
}

fn number(bytes: &[u8]) -> Result<u64, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a number has eight bytes"))?;
    Ok(u64::from_be_bytes(bytes))
}

fn time(bytes: &[u8]) -> Result<SystemTime, Refusal> {
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(number(bytes)?));
    time.ok_or(Refusal::Unknown("a time is out of range"))
}
