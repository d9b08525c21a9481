//! The steps by which a cluster does what takes several of its slots.
//!
//! The list of an owner is in another slot than the sessions in it, and so are two ids of one
//! session. So each step is atomic, and their order keeps the promises of the store:
//!
//! - A session is in the list of its owner before it has the owner, and may be there without a record,
//!   for as long as one is on its way.
//! - A renewal creates the new record before it retires the old one, and takes the new one back where
//!   that fails.
//! - `end_all` counts up how often it has begun, and ends what is in the list, again and again until
//!   there is nothing left to end, and nothing in the list that it has not looked at: a session may have gone
//!   through many ids while it looked at the first. A renewal of an owned session reads that count before it creates
//!   and after it has retired; where the two differ, it ends what it has made. Either the retiring was
//!   seen by `end_all`, which then looks at the list once more, or the count has changed.

use std::collections::HashSet;
use std::time::SystemTime;

use redis::Value;

use super::RedisStore;
use super::scripts::Call;
use super::store::{annex, key_of, owner, time};
use crate::stores::pool::Broken;
use crate::stores::reply::{self, Reply};
use crate::{Annex, Key, Listed, Load, Record, RetiredKey, Store as _, StoreError, Version, Write};

/// How often `end_all` looks at a list.
const PASSES: usize = 1_000;

/// What became of a save.
enum Saved {
    Write(Write),
    /// The key has to be in the list of its owner first, or for longer.
    Join,
    /// It is done, and the session was of another owner.
    From(String),
}

/// What became of the old record at a renewal.
enum Renewed {
    Write(Write),
    /// Its owner's count is to be watched.
    Watch(String),
    /// It is done. The record had this annex.
    From(Annex),
}

/// Whether a record was created.
enum Created {
    Now,
    /// It was there already.
    Before,
}

/// What stood under a key that was ended.
struct Ended {
    was: Was,
    annex: Annex,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Was {
    Live,
    /// Something that was known.
    Known,
    /// A mark without a meaning, other than that there was something.
    Mark,
    Absent,
}

impl RedisStore {
    pub(super) fn create_apart(
        &self,
        key: &Key,
        record: &Record,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        if let Some(owner) = record.owner() {
            self.join(owner, key, record.absolute_until, now)?;
        }
        self.run(&self.creation(key, record, false, now), |reply| {
            created(reply).map(drop)
        })
    }

    pub(super) fn save_apart(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let pair = self.names.of(key);
        let mut joined = &b""[..];
        loop {
            let arguments = [
                &key.as_bytes()[..],
                &expected.to_bytes(),
                &record.encode(),
                &annex(record),
                owner(record),
                joined,
            ];
            let call = self.call(&self.scripts.save, &pair.keys(), now, &arguments);
            let saved = self.run(&call, |reply| match reply.words {
                [b"JOIN"] => Ok(Saved::Join),
                [b"DONE", former] => Ok(Saved::From(text(former)?)),
                _ => reply::saved(reply).map(Saved::Write),
            })?;
            match (saved, record.owner()) {
                (Saved::Write(write), _) => return Ok(write),
                (Saved::From(former), _) => {
                    self.leave(&former, key)?;
                    return Ok(Write::Done);
                }
                (Saved::Join, Some(name)) if joined.is_empty() => {
                    self.join(name, key, record.absolute_until, now)?;
                    joined = name.as_bytes();
                }
                (Saved::Join, _) => return Err(reply::not_understood()),
            }
        }
    }

    pub(super) fn renew_apart(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: SystemTime,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        let mut watched = Vec::new();
        if let Some(owner) = record.owner() {
            let count = self.join(owner, new, record.absolute_until, now)?;
            watched.push((owner.to_owned(), count));
        }
        let created = self.run(&self.creation(new, record, true, now), created)?;
        let retired = self.retire_apart(old, expected, grace, &mut watched, now);
        let former = match (retired, created) {
            (Ok(Renewed::From(former)), _) => former,
            // It is repeated, and was done the first time.
            (Ok(Renewed::Write(Write::Gone)), Created::Before) => return Ok(Write::Done),
            (Ok(Renewed::Write(write)), _) => {
                self.undo(new, record, now)?;
                return Ok(write);
            }
            (Ok(Renewed::Watch(_)), _) => return Err(reply::not_understood()),
            (Err(error), _) => {
                // Nobody gets to know the id, so it matters little if this fails too.
                let _ = self.undo(new, record, now);
                return Err(error);
            }
        };
        for (owner, before) in watched {
            let count = self.ended(&owner, now);
            if !count.as_ref().is_ok_and(|count| *count == before) {
                let ended = self.end_apart(new, now);
                return count.and(ended).map(|_| Write::Gone);
            }
        }
        if grace <= now {
            self.end_retired(&former.retired_keys, now)?;
        }
        match &former.owned {
            Some(owned) if grace <= now => self.leave(&owned.owner, old)?,
            // The old key is in the list until the end of the session, or now of its grace. It does
            // no harm there, so it matters little if this fails.
            Some(owned) => drop(self.join(&owned.owner, old, grace, now)),
            None => {}
        }
        Ok(Write::Done)
    }

    /// Retires what stands under a key, once the counts of all its owners are known.
    fn retire_apart(
        &self,
        old: &Key,
        expected: Version,
        grace: SystemTime,
        watched: &mut Vec<(String, Vec<u8>)>,
        now: SystemTime,
    ) -> Result<Renewed, StoreError> {
        let pair = self.names.of(old);
        // It may be changed to another owner's meanwhile, but not without end.
        for _ in 0..PASSES {
            let names = watched.iter().map(|(owner, _)| owner.as_bytes());
            let names: Vec<_> = names
                .flat_map(|name| [b"\0", name, b"\0"].concat())
                .collect();
            let arguments = [
                &old.as_bytes()[..],
                &expected.to_bytes(),
                &time(grace),
                b"",
                b"",
                b"",
                b"",
                &names,
            ];
            let call = self.call(&self.scripts.renew, &pair.keys(), now, &arguments);
            let renewed = self.run(&call, |reply| match reply.words {
                [b"WATCH", owner] => Ok(Renewed::Watch(text(owner)?)),
                [b"DONE", former] => read(former).map(Renewed::From),
                // What a first try has retired is there to be renewed, unless there is no grace.
                [b"GONE"] if reply.is_repeated => Err(reply::unknown()),
                _ => reply::renewed(reply).map(Renewed::Write),
            })?;
            let Renewed::Watch(owner) = renewed else {
                return Ok(renewed);
            };
            let count = self.ended(&owner, now)?;
            watched.push((owner, count));
        }
        Err(reply::not_understood())
    }

    pub(super) fn end_apart(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        let ended = self.end_one(key, "", b"", now)?;
        if let Some(owned) = &ended.annex.owned {
            self.leave(&owned.owner, key)?;
        }
        self.end_retired(&ended.annex.retired_keys, now)?;
        Ok(matches!(ended.was, Was::Live | Was::Known))
    }

    /// Takes back what a renewal has created, and ends nothing of what the session was before.
    fn undo(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.end_one(key, "", b"", now)?;
        self.leave(record.owner().unwrap_or_default(), key)
    }

    /// Ends the retired keys of a session that has ended.
    fn end_retired(&self, before: &[RetiredKey], now: SystemTime) -> Result<(), StoreError> {
        for before in before {
            self.end_one(&before.key, "", b"copy", now)?;
        }
        Ok(())
    }

    fn end_one(
        &self,
        key: &Key,
        owner: &str,
        only: &[u8],
        now: SystemTime,
    ) -> Result<Ended, StoreError> {
        self.run(&self.ending(key, owner, only, now), |reply| {
            let (was, annex) = match reply.words {
                [b"DONE", annex] => (Was::Live, annex),
                [b"COPY", annex] => (Was::Known, annex),
                [b"MARK", annex] => (Was::Mark, annex),
                [b"GONE", annex] => (Was::Absent, annex),
                _ => return Err(reply::error(reply)),
            };
            let annex = read(annex)?;
            Ok(Ended { was, annex })
        })
    }

    pub(super) fn end_all_apart(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        let (list, ended) = (self.names.list(owner), self.names.ended(owner));
        let keys = [list.as_bytes(), ended.as_bytes()];
        let begin = self.call(&self.scripts.begin_end_all, &keys, now, &[]);
        let (mut count, mut seen) = (0, HashSet::new());
        for _ in 0..PASSES {
            let (mut is_more, mut before) = (false, Vec::new());
            for key in self.run(&begin, keys_of)? {
                is_more |= seen.insert(key);
                let ended = self.end_one(&key, owner, b"", now)?;
                count += usize::from(ended.was == Was::Live);
                if ended.was != Was::Absent {
                    is_more = true;
                    before.extend(ended.annex.retired_keys);
                    self.leave(owner, &key)?;
                }
            }
            // A copy among them has some that go with it, as every session does.
            self.end_retired(&before, now)?;
            if !is_more {
                return Ok(count);
            }
        }
        let problem = "the owner's sessions are renewed faster than they end";
        Err(StoreError::unavailable(problem))
    }

    pub(super) fn list_apart(
        &self,
        owner: &str,
        now: SystemTime,
    ) -> Result<Vec<Listed>, StoreError> {
        // What is over by then is not asked for.
        let from = u64::from_be_bytes(time(now));
        let mut range = redis::cmd("ZRANGEBYSCORE");
        range.arg(self.names.list(owner)).arg(from).arg("+inf");
        let mut sessions = Vec::new();
        for key in self.run(&range.into(), keys_of)? {
            let load = match self.load(&key, now) {
                Err(StoreError::Foreign) => Load::Absent,
                load => load?,
            };
            if let Load::Found(record) = load
                && record.owner() == Some(owner)
            {
                sessions.extend(Listed::of(&key, &record));
            }
        }
        Ok(sessions)
    }

    /// Puts a key into the list of an owner, and says how often all of that was ended.
    fn join(
        &self,
        owner: &str,
        key: &Key,
        until: SystemTime,
        now: SystemTime,
    ) -> Result<Vec<u8>, StoreError> {
        self.count(owner, key.as_bytes(), until, now)
    }

    /// How often all sessions of an owner were ended.
    fn ended(&self, owner: &str, now: SystemTime) -> Result<Vec<u8>, StoreError> {
        self.count(owner, b"", now, now)
    }

    fn count(
        &self,
        owner: &str,
        key: &[u8],
        until: SystemTime,
        now: SystemTime,
    ) -> Result<Vec<u8>, StoreError> {
        let (list, ended) = (self.names.list(owner), self.names.ended(owner));
        let keys = [list.as_bytes(), ended.as_bytes()];
        let call = self.call(&self.scripts.join, &keys, now, &[key, &time(until)]);
        self.run(&call, |reply| match reply.words {
            [count] => Ok(count.to_vec()),
            _ => Err(reply::error(reply)),
        })
    }

    fn leave(&self, owner: &str, key: &Key) -> Result<(), StoreError> {
        if owner.is_empty() {
            return Ok(());
        }
        let mut remove = redis::cmd("ZREM");
        remove.arg(self.names.list(owner)).arg(key.as_bytes());
        let remove = Call::from(remove);
        self.pool.call(|link, turn| {
            let count: Result<Result<Value, _>, Broken> = link.ask(&remove, turn);
            Ok(count?.map(drop))
        })
    }
}

fn created(reply: &Reply<'_>) -> Result<Created, StoreError> {
    match reply.words {
        [b"AGAIN"] if !reply.is_repeated => Ok(Created::Before),
        [b"AGAIN"] => Ok(Created::Now),
        _ => reply::created(reply).map(|()| Created::Now),
    }
}

fn keys_of(reply: &Reply<'_>) -> Result<Vec<Key>, StoreError> {
    reply.words.iter().map(|key| key_of(key)).collect()
}

fn text(bytes: &[u8]) -> Result<String, StoreError> {
    let text = str::from_utf8(bytes).map_err(|_| reply::not_understood())?;
    Ok(text.to_owned())
}

fn read(annex: &[u8]) -> Result<Annex, StoreError> {
    if annex.is_empty() {
        return Ok(Annex::default());
    }
    Annex::decode(annex)
}
