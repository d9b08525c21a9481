//! Our stores. As in a request, each call reads the clock, and each save creates a version.

use std::time::{Duration, SystemTime};

use wsgi_sessions::{Key, Load, Record, Store, StoreError, Version, Write};

use crate::run::Run;
use crate::{DATA, Result, SESSIONS};

/// A piece of work on the session of a key whose record is known.
type Work<S> = fn(&S, &Key, &mut Record) -> Result;

impl Run {
    /// The work that a store does per second, with sessions of its own for each thread.
    pub(crate) fn of<S: Store>(self, store: &S, work: Work<S>) -> Result<f64> {
        self.rate(|thread| {
            let mut sessions = (0..SESSIONS / self.threads)
                .map(|number| session(store, &format!("{thread} {number}")))
                .collect::<Result<Vec<_>>>()?;
            let mut next = 0;
            Ok(move || {
                let (key, record) = &mut sessions[next];
                next = (next + 1) % (SESSIONS / self.threads);
                work(store, key, record)
            })
        })
    }
}

pub(crate) fn load<S: Store>(store: &S, key: &Key, record: &mut Record) -> Result {
    match store.load(key, SystemTime::now())? {
        Load::Found(found) if found.version == record.version => Ok(()),
        other => Err(format!("{other:?} was loaded").into()),
    }
}

pub(crate) fn save<S: Store>(store: &S, key: &Key, record: &mut Record) -> Result {
    let expected = record.version;
    record.version = Version::random()?;
    match store.save(key, expected, record, SystemTime::now())? {
        Write::Done => Ok(()),
        other => Err(format!("{other:?} came of a save").into()),
    }
}

pub(crate) fn load_and_save<S: Store>(store: &S, key: &Key, record: &mut Record) -> Result {
    load(store, key, record)?;
    save(store, key, record)
}

/// A new session, or that of an earlier run.
fn session<S: Store>(store: &S, id: &str) -> Result<(Key, Record)> {
    let (key, now) = (Key::of(id), SystemTime::now());
    let hour = Duration::from_secs(60 * 60);
    let record = Record {
        version: Version::random()?,
        data: DATA.into(),
        idle: hour,
        idle_until: now + hour,
        absolute_until: now + 24 * hour,
        annex: None,
    };
    match store.create(&key, &record, now) {
        Ok(()) => Ok((key, record)),
        Err(StoreError::Exists) => match store.load(&key, now)? {
            Load::Found(record) => Ok((key, record)),
            other => Err(format!("{other:?} stands there").into()),
        },
        Err(error) => Err(error.into()),
    }
}
