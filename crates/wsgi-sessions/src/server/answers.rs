//! Answers of the session server to each verb.

use std::time::{Duration, SystemTime};

use super::{
    answer::{Answer, Refusal},
    census::Census,
    fields::{self, duration, key, number, text, time, version},
    former,
    sweeper::SWEPT_AT_ONCE,
};
use crate::{
    record::{Annex, Record},
    store::Store,
    stores::file::FileStore,
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

    /// The answer to a verb. `clock` is the time of the server; clients have clocks of their own.
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
            [b"CREATE", key, record, now, annex] => {
                let record = Record::decode_with_annex(record, annex)?;
                self.store.create(&fields::key(key)?, &record, time(now)?)?;
                Ok(Answer::Word("DONE"))
            }
            [b"READ", key, now] => Ok(self.store.load(&fields::key(key)?, time(now)?)?.into()),
            [b"SAVE", key, expected, record, now, annex] => {
                let record = Record::decode_with_annex(record, annex)?;
                let (key, expected) = (fields::key(key)?, version(expected)?);
                Ok(self.store.save(&key, expected, &record, time(now)?)?.into())
            }
            [b"TOUCH", key, idle_until, now] => {
                let (key, idle_until) = (fields::key(key)?, time(idle_until)?);
                let is_live = self.store.touch(&key, idle_until, time(now)?)?;
                Ok(Answer::done_if(is_live))
            }
            [b"RENEW", old, expected, new, record, annex, grace, now] => {
                let record = Record::decode_with_annex(record, annex)?;
                let (old, expected, new) = (key(old)?, version(expected)?, key(new)?);
                let (grace, now) = (duration(grace)?, time(now)?);
                let write = self
                    .store
                    .renew(&old, expected, &new, &record, grace, now)?;
                Ok(write.into())
            }
            [b"END", key, now] => {
                let was_known = self.store.end(&fields::key(key)?, time(now)?)?;
                Ok(Answer::done_if(was_known))
            }
            [b"ENDALL", owner, now] => {
                let ended = self.store.end_all(text(owner)?, time(now)?)?;
                Ok(Answer::number("ENDED", ended))
            }
            [b"LIST", owner, after, now] => self.list(text(owner)?, after, time(now)?),
            [b"SWEEP", at_most, now] => self.sweep(number(at_most)?, time(now)?.min(clock)),
            [b"STATS", now] => {
                let now = time(now)?;
                let count = || self.store.statistics(now);
                let statistics = self.census.statistics(now, count)?;
                Ok(Answer::With("STATS", statistics.encode()))
            }
            _ => former::decide(self.store, strings),
        }
    }

    /// Sweeps, by a clock that is not ahead of the server's: a client whose clock is fast removes
    /// no live sessions. A client cannot occupy the server with a large sweep either.
    fn sweep(&self, at_most: u64, now: SystemTime) -> Result<Answer, Refusal> {
        let at_most = usize::try_from(at_most).map_or(SWEPT_AT_ONCE, |it| it.min(SWEPT_AT_ONCE));
        Ok(Answer::number("SWEPT", self.store.sweep(now, at_most)?))
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
