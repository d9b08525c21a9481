//! Our stores. As in a request, each call reads the clock, and each save creates a version.

use std::time::{Duration, SystemTime};

use wsgi_sessions::{
    Cookies, Key, Load, MemoryStore, Record, Scheme, Sessions, Store, StoreError, Version, Write,
};

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

/// The requests per second that read a value of their visitor's session in memory: from the field
/// with the cookie to the end of the session.
pub(crate) fn reads(run: Run) -> Result<f64> {
    let sessions = Sessions::new(MemoryStore::new());
    run.rate(|_thread| {
        let mut fields = Vec::new();
        for _ in 0..SESSIONS / run.threads {
            let now = SystemTime::now();
            let session = sessions.open(&Cookies::default(), Scheme::Http, now);
            session.insert("user", "Ada Lovelace")?;
            let cookie = session.finish(now)?.ok_or("there is no cookie")?;
            fields.push(format!("{}={}", cookie.name(), cookie.value()));
        }
        let (mut next, sessions) = (0, &sessions);
        Ok(move || {
            let (field, now) = (&fields[next], SystemTime::now());
            next = (next + 1) % fields.len();
            let session = sessions.open(&Cookies::parse(field), Scheme::Http, now);
            if session.get::<String>("user")?.as_deref() != Some("Ada Lovelace") {
                return Err("another value was read".into());
            }
            session.finish(now)?;
            Ok(())
        })
    })
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
