//! What a request knows of its session, and how that becomes what the store
//! knows.
//!
//! The invariant: `data` is the record the store was last seen to have, with
//! `changes` made on it. After a conflict both are brought up to the record that
//! the store answered with, and the write is tried again on that.

use std::time::SystemTime;

use serde_json::Value;
use wsgi_cookies::SetCookie;

use crate::session::data::{Changes, Data};
use crate::session::id::Id;
use crate::session::kept::Kept;
use crate::session::lifetimes::later;
use crate::session::seal::Presented;
use crate::sessions::Shared;
use crate::{Error, Load, Record, StoreError, Write};

/// How often a change is tried again after other requests came first. Each time
/// at least one of them got through, so only a storm reaches this.
pub(crate) const ATTEMPTS: usize = 1_000;

/// A session as one request sees it.
pub(crate) struct State {
    standing: Standing,
    data: Data,
    changes: Changes,
    /// Counts what happened to `data`, for an update that computes without the lock.
    revision: u64,
    /// Whether the next write is to be under a new id.
    renew: bool,
    cookie: Cookie,
    /// Whether the request has looked.
    used: bool,
    finished: bool,
}

enum Standing {
    /// There is an id, and the store was not asked yet.
    Unread(Id),
    /// There is no record: the next write creates one.
    New,
    Kept(Kept),
    /// Another request has renewed or ended the session of this id.
    Retired(Id),
}

/// What the browser has to be told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookie {
    Nothing,
    /// The id the session has now.
    Set,
    Remove,
    /// The id the browser has, signed with the new key.
    Resign,
}

/// What became of an attempt to write.
#[must_use]
pub(crate) enum Attempt {
    Done,
    /// Another request came first; the state has what it wrote, and the attempt
    /// is to be made again.
    Overtaken,
}

impl State {
    pub(crate) fn new(presented: Option<Presented>) -> Self {
        let resign = presented.is_some_and(|presented| presented.resign);
        Self {
            standing: presented.map_or(Standing::New, |presented| Standing::Unread(presented.id)),
            data: Data::default(),
            changes: Changes::default(),
            revision: 0,
            renew: false,
            cookie: if resign {
                Cookie::Resign
            } else {
                Cookie::Nothing
            },
            used: false,
            finished: false,
        }
    }

    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn is_used(&self) -> bool {
        self.used
    }

    pub(crate) fn is_new(&self) -> bool {
        matches!(self.standing, Standing::New)
    }

    pub(crate) fn is_retired(&self) -> bool {
        matches!(self.standing, Standing::Retired(_))
    }

    pub(crate) fn check_editable(&self) -> Result<(), Error> {
        match self.standing {
            Standing::Retired(_) => Err(Error::Retired),
            _ if self.finished => Err(Error::Finished),
            _ => Ok(()),
        }
    }

    /// An update of a record that is kept needs no cookie, and is late at no time.
    pub(crate) fn check_updatable(&self) -> Result<(), Error> {
        match self.standing {
            Standing::Kept(_) => Ok(()),
            _ => self.check_editable(),
        }
    }

    /// Asks the store for the record, at the first use.
    pub(crate) fn load(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        self.used = true;
        let Standing::Unread(id) = self.standing else {
            return Ok(());
        };
        match shared.store.load(&id.key(), now)? {
            Load::Found(record) => {
                self.data = Data::decode(&record.data)?;
                self.standing = Standing::Kept(Kept::of(id, &record));
            }
            // An id that is unknown here is not taken over, whoever issued it.
            Load::Absent => self.standing = Standing::New,
            Load::Retired(_) => self.end(id),
        }
        Ok(())
    }

    /// A plain edit: kept here until the next write.
    pub(crate) fn set(&mut self, key: &str, value: Option<Value>) -> bool {
        let changed = self.data.set(key, value);
        if changed {
            self.changes.note(key);
            self.revision += 1;
        }
        changed
    }

    pub(crate) fn clear(&mut self) {
        if !self.data.is_empty() {
            self.data.clear();
            self.changes.note_clear();
            self.revision += 1;
        }
    }

    pub(crate) fn renew(&mut self) {
        self.renew = matches!(self.standing, Standing::Kept(_));
    }

    /// Sets a value and writes it, all or nothing.
    pub(crate) fn update(
        &mut self,
        shared: &Shared,
        key: &str,
        value: Option<Value>,
        now: SystemTime,
    ) -> Result<Attempt, Error> {
        self.check_updatable()?;
        let Standing::Kept(kept) = self.standing else {
            self.set(key, value);
            return Ok(Attempt::Done);
        };
        if self.data.has(key, value.as_ref()) && !self.is_dirty() {
            return Ok(Attempt::Done);
        }
        // The value is there for as long as it takes to write the record down.
        let old = self.data.replace(key, value);
        let record = self.data.record(shared, kept.absolute_until, now);
        let new = self.data.replace(key, old);
        let attempt = self.write(shared, kept, &record?, now)?;
        if let Attempt::Done = attempt {
            self.data.replace(key, new);
        }
        Ok(attempt)
    }

    pub(crate) fn end_session(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        match self.load(shared, now) {
            // What is corrupt cannot be read, but it can be ended.
            Ok(()) | Err(Error::Store(StoreError::Corrupt)) => {}
            Err(error) => return Err(error),
        }
        let id = match self.standing {
            Standing::Unread(id) | Standing::Kept(Kept { id, .. }) | Standing::Retired(id) => id,
            Standing::New => {
                // There is nothing to end but what this request wanted to save.
                self.forget();
                return Ok(());
            }
        };
        shared.store.end(&id.key(), now)?;
        self.forget();
        self.standing = Standing::New;
        self.cookie = Cookie::Remove;
        Ok(())
    }

    pub(crate) fn finish(
        &mut self,
        shared: &Shared,
        https: bool,
        now: SystemTime,
    ) -> Result<Option<SetCookie>, Error> {
        if self.finished {
            return Ok(None);
        }
        self.settle(shared, now)?;
        self.finished = true;
        Ok(self.cookie(shared, https, now))
    }

    /// What the browser has to be told of what the store has.
    pub(crate) fn cookie(
        &self,
        shared: &Shared,
        https: bool,
        now: SystemTime,
    ) -> Option<SetCookie> {
        match (self.cookie, &self.standing) {
            (Cookie::Set | Cookie::Resign, Standing::Kept(kept)) => {
                let left = kept.absolute_until.duration_since(now);
                let left = left.unwrap_or_default();
                Some(shared.template.set(https, &kept.id, left, now))
            }
            (Cookie::Remove, _) => Some(shared.template.removal(https)),
            _ => None,
        }
    }

    /// Brings the store up to what this request has done.
    fn settle(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            match self.standing {
                Standing::New if !self.data.is_empty() => return self.create(shared, now),
                Standing::Kept(kept) if self.is_dirty() => {
                    let record = self.data.record(shared, kept.absolute_until, now)?;
                    match self.write(shared, kept, &record, now)? {
                        Attempt::Done => return Ok(()),
                        Attempt::Overtaken => {}
                    }
                }
                Standing::Kept(kept) => return self.touch(shared, kept, now),
                Standing::New | Standing::Unread(_) | Standing::Retired(_) => return Ok(()),
            }
        }
        Err(Error::Contended)
    }

    fn is_dirty(&self) -> bool {
        self.renew || !self.changes.is_empty()
    }

    fn create(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        let absolute_until = later(now, shared.lifetimes.absolute);
        let record = self.data.record(shared, absolute_until, now)?;
        let id = Id::random()?;
        shared.store.create(&id.key(), &record, now)?;
        self.saved(Kept::of(id, &record));
        self.cookie = Cookie::Set;
        Ok(())
    }

    /// Writes a record in place of what is kept, under a new id if one is due.
    fn write(
        &mut self,
        shared: &Shared,
        kept: Kept,
        record: &Record,
        now: SystemTime,
    ) -> Result<Attempt, Error> {
        let (id, write) = if self.renew {
            kept.renew(shared, record, now)?
        } else {
            kept.save(shared, record, now)?
        };
        match write {
            Write::Done => {
                if self.renew {
                    self.cookie = Cookie::Set;
                }
                self.saved(Kept::of(id, record));
                Ok(Attempt::Done)
            }
            Write::Conflict(theirs) => {
                let data = Data::decode(&theirs.data)?;
                self.changes.replay(&mut self.data, data);
                self.standing = Standing::Kept(Kept::of(kept.id, &theirs));
                self.revision += 1;
                Ok(Attempt::Overtaken)
            }
            Write::Gone | Write::Retired => {
                self.end(kept.id);
                Err(Error::Retired)
            }
        }
    }

    fn touch(&mut self, shared: &Shared, kept: Kept, now: SystemTime) -> Result<(), Error> {
        if !kept.is_touch_due(shared, now) {
            return Ok(());
        }
        let idle_until = later(now, kept.idle);
        if shared.store.touch(&kept.id.key(), idle_until, now)? {
            self.standing = Standing::Kept(Kept { idle_until, ..kept });
        } else {
            self.end(kept.id);
        }
        Ok(())
    }

    /// The store has all there is.
    fn saved(&mut self, kept: Kept) {
        self.standing = Standing::Kept(kept);
        self.changes = Changes::default();
        self.renew = false;
        self.revision += 1;
    }

    /// The session is gone: nothing is left of it, and the browser, which may
    /// have a new id by now, is told nothing.
    fn end(&mut self, id: Id) {
        self.forget();
        self.standing = Standing::Retired(id);
        self.cookie = Cookie::Nothing;
    }

    fn forget(&mut self) {
        self.data.clear();
        self.changes = Changes::default();
        self.renew = false;
        self.revision += 1;
    }
}
