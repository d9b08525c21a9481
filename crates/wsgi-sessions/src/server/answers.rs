//! Answers of the session server to each verb.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    answer::{Answer, Refusal},
    census::Census,
    former,
    sweeper::SWEPT_AT_ONCE,
};
use crate::{
    key::Key,
    record::{Annex, Record},
    store::Store,
    stores::file::FileStore,
    version::Version,
    wire::{self, Message},
};

/// The longest message from a client: one that saves the largest record. Clients of WSGI Utils have
/// the same limit.
pub(super) const MAX_MESSAGE: usize = Record::MAX_ENCODED + Annex::MAX_ENCODED + 1024;

/// Approximate number of bytes of an owner's list in one answer.
const LISTED_AT_ONCE: usize = 1 << 20;

pub(super) struct Answers<'a> {
    store: &'a FileStore,
    legacy: Option<Duration>,
    census: Census,
}

impl<'a> Answers<'a> {
    /// Answers from `store`. If `legacy` is a lifetime, the verbs of WSGI Utils are served.
    pub(super) fn new(store: &'a FileStore, legacy: Option<Duration>) -> Self {
        Self {
            store,
            legacy,
            census: Census::default(),
        }
    }

    /// Writes the answer to a message. Returns whether it is the last one.
    pub(super) fn answer(&self, message: &Message<'_>, out: &mut Vec<u8>) -> bool {
        let answer = self.decide(message.strings(), SystemTime::now());
        let answer = answer.unwrap_or_else(|refusal| match message.strings()[0] {
            // WSGI Utils knows a single word for every failure.
            b"GET" | b"SET" => refusal.error(),
            _ => refusal.into(),
        });
        match answer {
            Answer::Word(word) => wire::write(out, &[word.as_bytes()]),
            Answer::With(word, value) => wire::write(out, &[word.as_bytes(), &value]),
            Answer::Record(word, record) => {
                let annex = record.annex.as_deref().map(Annex::encode);
                let annex = annex.unwrap_or_default();
                wire::write(out, &[word.as_bytes(), &record.encode(), &annex]);
            }
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
            [b"CREATE", key, record, now] => self.create(key, record, b"", now),
            [b"CREATE", key, record, now, annex] => self.create(key, record, annex, now),
            [b"READ", key, now] => Ok(self.store.load(&self::key(key)?, time(now)?)?.into()),
            [b"LOAD", key, now] => former::load(self.store, &self::key(key)?, time(now)?),
            [b"SAVE", key, expected, record, now, annex] => {
                let record = Record::decode_with_annex(record, annex)?;
                let (key, expected) = (self::key(key)?, version(expected)?);
                Ok(self.store.save(&key, expected, &record, time(now)?)?.into())
            }
            [b"SAVE", key, expected, record, now] => {
                let record = Record::decode(record)?;
                former::save(
                    self.store,
                    &self::key(key)?,
                    version(expected)?,
                    record,
                    time(now)?,
                )
            }
            [b"TOUCH", key, idle_until, now] => {
                let (key, idle_until) = (self::key(key)?, time(idle_until)?);
                let is_live = self.store.touch(&key, idle_until, time(now)?)?;
                Ok(Answer::Word(if is_live { "DONE" } else { "GONE" }))
            }
            [b"RENEW", old, expected, new, record, annex, grace, now] => {
                let record = Record::decode_with_annex(record, annex)?;
                let (old, new, expected) = (key(old)?, key(new)?, version(expected)?);
                let grace = Duration::from_millis(number(grace)?);
                let write = self
                    .store
                    .renew(&old, expected, &new, &record, grace, time(now)?)?;
                Ok(write.into())
            }
            [b"RETIRE", key, expected, grace, now] => {
                let key = self::key(key)?;
                let expected = match expected {
                    b"" => None,
                    expected => Some(version(expected)?),
                };
                let grace = Duration::from_millis(number(grace)?);
                former::retire(self.store, &key, expected, grace, time(now)?)
            }
            [b"END", key, now] => {
                let was_known = self.store.end(&self::key(key)?, time(now)?)?;
                Ok(Answer::Word(if was_known { "DONE" } else { "GONE" }))
            }
            [b"ENDALL", owner, now] => {
                let ended = self.store.end_all(text(owner)?, time(now)?)?;
                Ok(Answer::With("ENDED", (ended as u64).to_be_bytes().to_vec()))
            }
            [b"LIST", owner, after, now] => self.list(text(owner)?, after, time(now)?),
            [b"SWEEP", at_most, now] => {
                let at_most = usize::try_from(number(at_most)?).unwrap_or(usize::MAX);
                // A client cannot occupy the server with a large sweep, and one whose clock is fast
                // removes no live sessions.
                let (now, at_most) = (time(now)?.min(clock), at_most.min(SWEPT_AT_ONCE));
                let swept = self.store.sweep(now, at_most)?;
                Ok(Answer::With("SWEPT", (swept as u64).to_be_bytes().to_vec()))
            }
            [b"STATS", now] => {
                let now = time(now)?;
                let count = || self.store.statistics(now);
                let statistics = self.census.statistics(now, count)?;
                Ok(Answer::With("STATS", statistics.encode()))
            }
            _ => Err(Refusal::Unknown("unknown request")),
        }
    }

    fn create(
        &self,
        key: &[u8],
        record: &[u8],
        annex: &[u8],
        now: &[u8],
    ) -> Result<Answer, Refusal> {
        let record = Record::decode_with_annex(record, annex)?;
        self.store.create(&self::key(key)?, &record, time(now)?)?;
        Ok(Answer::Word("DONE"))
    }

    /// Returns the part of an owner's list that follows a key.
    fn list(&self, owner: &str, after: &[u8], now: SystemTime) -> Result<Answer, Refusal> {
        let mut sessions = self.store.list(owner, now)?;
        sessions.sort_by_key(|listed| listed.key);
        let mut left = sessions
            .iter()
            .skip_while(|listed| &listed.key.as_bytes()[..] <= after)
            .peekable();
        let mut bytes = Vec::new();
        while bytes.len() < LISTED_AT_ONCE
            && let Some(listed) = left.next()
        {
            listed.encode(&mut bytes);
        }
        let is_last = left.peek().is_none();
        Ok(Answer::With(if is_last { "LISTED" } else { "MORE" }, bytes))
    }

    fn legacy(&self) -> Result<Duration, Refusal> {
        self.legacy
            .ok_or(Refusal::Unknown("the verbs of WSGI Utils are disabled"))
    }
}

fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    str::from_utf8(bytes).map_err(|_| Refusal::Unknown("an owner must be UTF-8 text"))
}

fn key(bytes: &[u8]) -> Result<Key, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a key must have 32 bytes"))?;
    Ok(Key::from_bytes(bytes))
}

fn version(bytes: &[u8]) -> Result<Version, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a version must have 16 bytes"))?;
    Ok(Version::from_bytes(bytes))
}

fn number(bytes: &[u8]) -> Result<u64, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a number must have eight bytes"))?;
    Ok(u64::from_be_bytes(bytes))
}

fn time(bytes: &[u8]) -> Result<SystemTime, Refusal> {
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(number(bytes)?));
    time.ok_or(Refusal::Unknown("the time is out of range"))
}
