//! Operations that take several steps, because their keys are in several slots of a cluster.
//!
//! The list of an owner is in another slot than its sessions, and two ids of one session are in
//! different slots. Each step is atomic, and the order of the steps keeps the promises of the
//! store:
//!
//! - A key is added to the list of an owner before its session has the owner. While the session is
//!   on its way, its key may be there without a record.
//! - A renewal creates the new record before it retires the old one, and removes the new one again
//!   if that fails.
//! - `end_all` increments the count of its runs, and ends the sessions in the list. It repeats that
//!   until nothing is left to end and the list has no key that it has not looked at: while it
//!   looked at the first, a session may have gone through many ids. A renewal of an owned session
//!   reads the count before it creates and after it has retired. If the two differ, it ends the
//!   session it has made. Either `end_all` saw the retiring, and then looks at the list once more,
//!   or the count has changed.

use std::{collections::HashSet, time::SystemTime};

use redis::Value;

use super::{
    RedisStore,
    scripts::Call,
    store::{annex, key_of, owner, time},
};
use crate::{
    key::Key,
    listed::Listed,
    record::{Annex, Record, RetiredKey},
    store::{Load, Store as _, Write},
    store_error::StoreError,
    stores::{
        pool::Broken,
        renewal::Renewal,
        reply::{self, Reply},
    },
    version::Version,
};

/// The number of times that `end_all` looks at a list.
const PASSES: usize = 1_000;

/// The result of a save.
enum Saved {
    Write(Write),
    /// The key must first be added to the list of its owner, or kept there for longer.
    Join,
    /// Done. The session had another owner.
    From(String),
}

/// The result of retiring the old record in a renewal.
enum Renewed {
    Write(Write),
    /// The count of this owner must be watched.
    Watch(String),
    /// Done. The record had this annex.
    From(Annex),
}

/// The result of creating a record.
enum Created {
    Now,
    /// It already existed.
    Before,
}

/// The session that was ended.
struct Ended {
    was: Was,
    annex: Annex,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Was {
    Live,
    /// A retired or unreadable session.
    Known,
    /// A mark that only says that there was a session.
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

    pub(super) fn renew_apart(&self, renewal: &Renewal<'_>) -> Result<Write, StoreError> {
        let Renewal {
            old,
            new,
            record,
            now,
            ..
        } = *renewal;
        let grace = renewal.end_of_grace();
        let mut watched = Vec::new();
        if let Some(owner) = record.owner() {
            let count = self.join(owner, new, record.absolute_until, now)?;
            watched.push((owner.to_owned(), count));
        }
        let created = self.run(&self.creation(new, record, true, now), created)?;
        let retired = self.retire_apart(renewal, &mut watched);
        let former = match (retired, created) {
            (Ok(Renewed::From(former)), _) => former,
            // This is a repetition of a renewal that was done.
            (Ok(Renewed::Write(Write::Gone)), Created::Before) => return Ok(Write::Done),
            (Ok(Renewed::Write(write)), _) => {
                self.undo(new, record, now)?;
                return Ok(write);
            }
            (Ok(Renewed::Watch(_)), _) => return Err(reply::not_understood()),
            (Err(error), _) => {
                // Nobody learns the new id, so it matters little if this fails, too.
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
            // The old key is in the list until the end of the session, and should now be there
            // until the end of its grace. It does no harm there, so it matters little if this
            // fails.
            Some(owned) => drop(self.join(&owned.owner, old, grace, now)),
            None => {}
        }
        Ok(Write::Done)
    }

    /// Retires a record, once the counts of all its owners are known.
    fn retire_apart(
        &self,
        renewal: &Renewal<'_>,
        watched: &mut Vec<(String, Vec<u8>)>,
    ) -> Result<Renewed, StoreError> {
        let Renewal {
            old, expected, now, ..
        } = *renewal;
        let grace = time(renewal.end_of_grace());
        let pair = self.names.of(old);
        // The owner may change in the meantime, but not forever.
        for _ in 0..PASSES {
            let names = watched.iter().map(|(owner, _)| owner.as_bytes());
            let names: Vec<_> = names
                .flat_map(|name| [b"\0", name, b"\0"].concat())
                .collect();
            let arguments = [
                &old.as_bytes()[..],
                &expected.to_bytes(),
                &grace,
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
                // A record retired by the first attempt can be renewed again, unless there is no
                // grace.
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

    /// Removes the record that a renewal has created, without ending the retired keys.
    fn undo(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        self.end_one(key, "", b"", now)?;
        self.leave(record.owner().unwrap_or_default(), key)
    }

    /// Ends the retired keys of a session that has ended.
    fn end_retired(&self, keys: &[RetiredKey], now: SystemTime) -> Result<(), StoreError> {
        for retired in keys {
            self.end_one(&retired.key, "", b"copy", now)?;
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
            let (mut is_more, mut retired) = (false, Vec::new());
            for key in self.run(&begin, keys_of)? {
                is_more |= seen.insert(key);
                let ended = self.end_one(&key, owner, b"", now)?;
                count += usize::from(ended.was == Was::Live);
                if ended.was != Was::Absent {
                    is_more = true;
                    retired.extend(ended.annex.retired_keys);
                    self.leave(owner, &key)?;
                }
            }
            // A copy has retired keys that end with it, as every session does.
            self.end_retired(&retired, now)?;
            if !is_more {
                return Ok(count);
            }
        }
        let problem = "the owner's sessions are renewed faster than they can be ended";
        Err(StoreError::unavailable(problem))
    }

    pub(super) fn list_apart(
        &self,
        owner: &str,
        now: SystemTime,
    ) -> Result<Vec<Listed>, StoreError> {
        // Skips the keys of sessions that are over.
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

    /// Adds a key to the list of an owner. Returns the count of `end_all` runs.
    fn join(
        &self,
        owner: &str,
        key: &Key,
        until: SystemTime,
        now: SystemTime,
    ) -> Result<Vec<u8>, StoreError> {
        self.count(owner, key.as_bytes(), until, now)
    }

    /// Returns the count of `end_all` runs for an owner.
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
