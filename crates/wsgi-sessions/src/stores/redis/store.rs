//! The operations of the store, on one Redis or in the steps of a cluster.

use std::time::{Duration, SystemTime};

use redis::Value;

use super::{
    RedisStore,
    scripts::{Call, Prepared},
};
use crate::{
    key::Key,
    listed::Listed,
    record::{Annex, Record},
    store::{Load, Store, Write},
    store_error::StoreError,
    stores::{
        entry::{self, Standing},
        renewal::Renewal,
        reply,
    },
    version::Version,
};

impl RedisStore {
    pub(super) fn is_cluster(&self) -> bool {
        self.names.place == "apart"
    }

    /// Makes the call of a script at a time.
    pub(super) fn call(
        &self,
        script: &Prepared,
        keys: &[&[u8]],
        now: SystemTime,
        more: &[&[u8]],
    ) -> Call {
        let now = time(now);
        let common = [
            &now[..],
            self.names.prefix.as_bytes(),
            self.names.place.as_bytes(),
        ];
        script.call(keys, &[&common[..], more].concat())
    }

    /// Makes the call that creates a session. It may replace another one that is about to go.
    pub(super) fn creation(
        &self,
        key: &Key,
        record: &Record,
        replaces: bool,
        now: SystemTime,
    ) -> Call {
        let pair = self.names.of(key);
        let arguments = [
            &key.as_bytes()[..],
            &record.encode(),
            &annex(record),
            owner(record),
            if replaces { b"1" } else { b"" },
        ];
        self.call(&self.scripts.create, &pair.keys(), now, &arguments)
    }

    /// Makes the call that ends a session: of any owner or of one, and whether live or only
    /// retired.
    pub(super) fn ending(&self, key: &Key, owner: &str, only: &[u8], now: SystemTime) -> Call {
        let arguments = [&key.as_bytes()[..], owner.as_bytes(), only];
        self.call(
            &self.scripts.end,
            &self.names.of(key).keys(),
            now,
            &arguments,
        )
    }

    /// Whether there is any value under a key.
    fn is_taken(&self, key: &Key) -> Result<bool, StoreError> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(self.names.of(key).main);
        let exists = Call::from(exists);
        self.pool.call(|link, turn| {
            let count = link.ask(&exists, turn)?;
            Ok(count.map(|count| count == Value::Int(1)))
        })
    }
}

impl Store for RedisStore {
    fn create(&self, key: &Key, record: &Record, now: SystemTime) -> Result<(), StoreError> {
        record.check_size()?;
        if self.is_cluster() {
            return self.create_apart(key, record, now);
        }
        self.run(&self.creation(key, record, false, now), reply::created)
    }

    fn load(&self, key: &Key, now: SystemTime) -> Result<Load, StoreError> {
        let mut get = redis::cmd("MGET");
        get.arg(&self.names.of(key).keys()[..]);
        let get = Call::from(get);
        let load = self.pool.call(|link, turn| {
            Ok(link.ask(&get, turn)?.and_then(|answer| match answer {
                Value::Array(values) => match &*values {
                    // A value that is not a string is nil, too.
                    [Value::Nil, _] => Ok(None),
                    [Value::BulkString(main), Value::Nil] => read(main, None, now).map(Some),
                    [Value::BulkString(main), Value::BulkString(more)] => {
                        read(main, Some(more), now).map(Some)
                    }
                    _ => Err(reply::not_understood()),
                },
                _ => Err(reply::not_understood()),
            }))
        })?;
        match load {
            Some(load) => Ok(load),
            None if self.is_taken(key)? => Err(StoreError::Foreign),
            None => Ok(Load::Absent),
        }
    }

    fn save(
        &self,
        key: &Key,
        expected: Version,
        record: &Record,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        if self.is_cluster() {
            return self.save_apart(key, expected, record, now);
        }
        let pair = self.names.of(key);
        let arguments = [
            &key.as_bytes()[..],
            &expected.to_bytes(),
            &record.encode(),
            &annex(record),
            owner(record),
        ];
        let call = self.call(&self.scripts.save, &pair.keys(), now, &arguments);
        self.run(&call, reply::saved)
    }

    fn touch(
        &self,
        key: &Key,
        idle_until: SystemTime,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let pair = self.names.of(key);
        let idle_until = time(idle_until);
        let call = self.call(&self.scripts.touch, &pair.keys(), now, &[&idle_until]);
        self.run(&call, reply::touched)
    }

    fn renew(
        &self,
        old: &Key,
        expected: Version,
        new: &Key,
        record: &Record,
        grace: Duration,
        now: SystemTime,
    ) -> Result<Write, StoreError> {
        record.check_size()?;
        let renewal = Renewal {
            old,
            expected,
            new,
            record,
            grace,
            now,
        };
        if self.is_cluster() {
            return self.renew_apart(&renewal);
        }
        let (old_pair, new_pair) = (self.names.of(old), self.names.of(new));
        let keys = [old_pair.keys(), new_pair.keys()].concat();
        let arguments = [
            &old.as_bytes()[..],
            &expected.to_bytes(),
            &time(renewal.end_of_grace()),
            new.as_bytes(),
            &record.encode(),
            &annex(record),
            owner(record),
        ];
        let call = self.call(&self.scripts.renew, &keys, now, &arguments);
        self.run(&call, reply::renewed)
    }

    fn end(&self, key: &Key, now: SystemTime) -> Result<bool, StoreError> {
        if self.is_cluster() {
            return self.end_apart(key, now);
        }
        self.run(&self.ending(key, "", b"", now), |reply| match reply.words {
            [b"DONE" | b"COPY", _] => Ok(true),
            [b"GONE" | b"MARK", _] => Ok(false),
            _ => Err(reply::error(reply)),
        })
    }

    fn end_all(&self, owner: &str, now: SystemTime) -> Result<usize, StoreError> {
        if self.is_cluster() {
            return self.end_all_apart(owner, now);
        }
        let (list, owner) = (self.names.list(owner), owner.as_bytes());
        let call = self.call(&self.scripts.end_all, &[list.as_bytes()], now, &[owner]);
        self.run(&call, |reply| {
            let count = match reply.words {
                [count] => str::from_utf8(count)
                    .ok()
                    .and_then(|count| count.parse().ok()),
                _ => None,
            };
            count.ok_or_else(|| reply::error(reply))
        })
    }

    fn list(&self, owner: &str, now: SystemTime) -> Result<Vec<Listed>, StoreError> {
        if self.is_cluster() {
            return self.list_apart(owner, now);
        }
        let (list, owner) = (self.names.list(owner), owner.as_bytes());
        let call = self.call(&self.scripts.list, &[list.as_bytes()], now, &[owner]);
        self.run(&call, |reply| {
            let sessions = reply.words.chunks(3).map(|session| match session {
                [key, record, annex] => {
                    let key = key_of(key)?;
                    let record = reply::record(&[record, annex])?;
                    Listed::of(&key, &record).ok_or_else(reply::not_understood)
                }
                _ => Err(reply::error(reply)),
            });
            sessions.collect()
        })
    }

    /// Does nothing, because Redis itself removes sessions that are over.
    fn sweep(&self, _now: SystemTime, _at_most: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

/// The first byte of a copy that a retired key reads. An annex has another.
const COPY: u8 = 2;

/// Decodes the two values of a session. Any value that is not ours is foreign, however it got
/// there.
fn read(main: &[u8], more: Option<&[u8]>, now: SystemTime) -> Result<Load, StoreError> {
    let foreign = |_| StoreError::Foreign;
    match entry::load(Some(main), now).map_err(foreign)? {
        Standing::Live(mut record) => {
            if let Some(more) = more.filter(|more| !more.starts_with(&[COPY])) {
                record.annex = Annex::decode(more).map_err(foreign)?.into_option();
            }
            Ok(Load::Found(record))
        }
        Standing::Retired => {
            let copy = more.and_then(copy);
            let copy = copy.map(|copy| reply::record(&copy)).transpose();
            Ok(copy.map_err(foreign)?.map_or(Load::Absent, Load::Retired))
        }
        Standing::Absent => Ok(Load::Absent),
    }
}

/// Splits a copy that a retired key reads: a 2, the length of the record in four bytes, the record,
/// and the annex. An older version retires a key without a copy.
fn copy(more: &[u8]) -> Option<[&[u8]; 2]> {
    let (length, rest) = more.strip_prefix(&[COPY])?.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (record, annex) = rest.split_at_checked(length)?;
    Some([record, annex])
}

pub(super) fn annex(record: &Record) -> Vec<u8> {
    let annex = record.annex.as_deref();
    annex.map(Annex::encode).unwrap_or_default()
}

pub(super) fn owner(record: &Record) -> &[u8] {
    record.owner().unwrap_or_default().as_bytes()
}

pub(super) fn key_of(bytes: &[u8]) -> Result<Key, StoreError> {
    let bytes = bytes.try_into().map_err(|_| reply::not_understood())?;
    Ok(Key::from_bytes(bytes))
}

pub(super) fn time(time: SystemTime) -> [u8; 8] {
    Record::encode_time(time)
}
