//! A request's view of its session, and how it reaches the store.
//!
//! The invariant: `data` is the record that the store was last seen to have, with `changes`
//! applied, and `annex` is the annex of that record. After a conflict both are brought up to date
//! with the record that the store returned, and the write is tried again.

mod ending;
pub(crate) mod writing;

use std::time::SystemTime;

use serde_json::Value;
use wsgi_cookies::SetCookie;

use super::{
    annex_changes::{AnnexChanges, is_persistent},
    data::{Changes, Data},
    kept::Kept,
    presented::{Candidates, Presented},
};
use crate::{
    error::Error,
    record::{Annex, Owned, Record},
    scheme::Scheme,
    session::shared::Shared,
    store::Load,
    store_error::StoreError,
};

/// A request's view of its session.
pub(crate) struct State {
    /// The ids the request came with.
    candidates: Candidates,
    standing: Standing,
    data: Data,
    changes: Changes,
    /// The annex of the record in the store.
    annex: Option<Box<Annex>>,
    annex_changes: AnnexChanges,
    /// Counts the changes of `data`, for an update that computes without the lock.
    revision: u64,
    /// Whether the next write must use a new id.
    renewal: Option<Renewal>,
    /// Whether to create a new session even without any values.
    begin: bool,
    /// Whether the browser may have withheld the cookie of a session. Values alone then begin none.
    is_withheld: bool,
    cookie: Cookie,
    /// Whether the request has used the session.
    used: bool,
    finished: bool,
    /// Whether the store has something other than a session under an id of the request.
    has_foreign: bool,
    /// Why the store did not save that the session was used.
    touch_error: Option<StoreError>,
}

#[derive(Clone, Copy)]
enum Standing {
    /// The store has not been asked yet.
    Unread,
    /// There is no record. The next write creates one.
    New,
    Kept(Kept),
    /// Another request has renewed the session of this id. It can be read and renewed.
    Retired(Kept),
    /// The session existed but is over. It cannot be changed.
    Over {
        has_expired: bool,
    },
}

/// The effect of a new id on the old one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Renewal {
    /// The old id is retired.
    WithGrace,
    /// The old id is unknown at once.
    WithoutGrace,
}

/// The cookie that the browser needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookie {
    Nothing,
    /// The current id of the session.
    Set,
    Remove,
    /// The same as `Resign`, once it is known that the id is still live: otherwise the cookie could
    /// replace that of a new id.
    ResignIfLive,
    /// The id that the browser already has, signed with the new key.
    Resign,
    /// The id that the browser already has, and would forget before the session ends.
    Prolong,
}

impl State {
    pub(crate) fn new(candidates: Candidates, is_withheld: bool) -> Self {
        let standing = if candidates.is_empty() {
            Standing::New
        } else {
            Standing::Unread
        };
        Self {
            candidates,
            standing,
            data: Data::default(),
            changes: Changes::default(),
            annex: None,
            annex_changes: AnnexChanges::default(),
            revision: 0,
            renewal: None,
            begin: false,
            is_withheld,
            cookie: Cookie::Nothing,
            used: false,
            finished: false,
            has_foreign: false,
            touch_error: None,
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

    pub(crate) fn has_foreign(&self) -> bool {
        self.has_foreign
    }

    pub(crate) fn take_touch_error(&mut self) -> Option<StoreError> {
        self.touch_error.take()
    }

    pub(crate) fn is_new(&self) -> bool {
        matches!(self.standing, Standing::New)
    }

    pub(crate) fn is_retired(&self) -> bool {
        matches!(self.standing, Standing::Retired(_))
    }

    /// Whether changes cannot be saved: the session is retired, and this request does not renew it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.is_retired() && self.renewal.is_none()
    }

    /// Returns the owner of the session, as changed by this request.
    pub(crate) fn owned(&self) -> Option<&Owned> {
        let owned = self.annex.as_ref().and_then(|annex| annex.owned.as_ref());
        self.annex_changes.owned(owned)
    }

    pub(crate) fn check_editable(&self) -> Result<(), Error> {
        match self.standing {
            Standing::Over { has_expired: true } => Err(Error::Expired),
            Standing::Over { has_expired: false } => Err(Error::Ended),
            _ if self.finished => Err(Error::Finished),
            _ => Ok(()),
        }
    }

    /// An update of a stored record needs no cookie, so it is never too late. An update of a
    /// retired session is saved together with its renewal.
    pub(crate) fn check_updatable(&self) -> Result<(), Error> {
        match self.standing {
            Standing::Kept(_) => Ok(()),
            Standing::Retired(_) if self.is_read_only() => Err(Error::Retired),
            _ => self.check_editable(),
        }
    }

    /// Loads the record from the store at the first use. Asks for each id of the request until one
    /// is live. If none is, a retired one counts.
    pub(crate) fn load(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        self.used = true;
        if !matches!(self.standing, Standing::Unread) {
            return Ok(());
        }
        let (mut found, mut retired, mut corrupt) = (None, None, None);
        for presented in self.candidates.iter() {
            let load = shared.store.load(&presented.id.key(), now);
            match load.and_then(|load| Ok((Data::of(&load)?, load))) {
                Ok((data, Load::Found(record))) => {
                    found = Some((presented, data, record));
                    break;
                }
                Ok((data, Load::Retired(record))) => {
                    retired.get_or_insert((presented, data, record));
                }
                // An unknown id is never adopted.
                Ok((_, Load::Absent)) => {}
                Err(StoreError::Foreign) => self.has_foreign = true,
                Err(error @ StoreError::Corrupt) => corrupt = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        let kept = |presented: Presented, record: &Record| Kept::of(presented.id, record, true);
        match (found, corrupt, retired) {
            (Some((presented, data, record)), ..) => {
                self.read(Standing::Kept(kept(presented, &record)), data, record);
                if presented.resign {
                    self.cookie = Cookie::ResignIfLive;
                }
            }
            (None, Some(error), _) => return Err(error.into()),
            (None, None, Some((presented, data, record))) => {
                self.read(Standing::Retired(kept(presented, &record)), data, record);
            }
            (None, None, None) => self.standing = Standing::New,
        }
        Ok(())
    }

    fn read(&mut self, standing: Standing, data: Data, record: Record) {
        self.standing = standing;
        self.data = data;
        self.annex = record.annex;
    }

    /// Whether the session can be read without the store.
    pub(crate) fn is_loaded(&self) -> bool {
        !matches!(self.standing, Standing::Unread)
    }

    /// Loads the record as [`load`](Self::load) does, without counting as a use.
    pub(crate) fn preload(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        let used = self.used;
        let loaded = self.load(shared, now);
        self.used = used;
        loaded
    }

    /// Makes a plain edit, which stays here until the next write.
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

    /// Lets changes be made and saved again.
    pub(crate) fn reopen(&mut self) {
        self.finished = false;
    }

    /// Requests a new id for the session, if it has one.
    pub(crate) fn renew(&mut self, renewal: Renewal) {
        if matches!(self.standing, Standing::Kept(_) | Standing::Retired(_)) {
            let stricter = self.renewal.is_none_or(|other| other < renewal);
            if stricter {
                self.renewal = Some(renewal);
            }
        }
    }

    pub(crate) fn annex_changes(&mut self) -> &mut AnnexChanges {
        self.revision += 1;
        &mut self.annex_changes
    }

    /// Returns the cookie that tells the browser the state of the store.
    pub(crate) fn cookie(
        &self,
        shared: &Shared,
        scheme: Scheme,
        now: SystemTime,
    ) -> Option<SetCookie> {
        match (self.cookie, &self.standing) {
            (Cookie::Set | Cookie::Resign | Cookie::Prolong, Standing::Kept(kept)) => {
                let left = kept.absolute_until.duration_since(now);
                let left = left.unwrap_or_default();
                let persistent = is_persistent(self.annex.as_deref(), shared);
                let left = persistent.then_some(left);
                Some(shared.template.set(scheme, &kept.id, left, now))
            }
            (Cookie::Remove, _) => Some(shared.template.removal(scheme)),
            _ => None,
        }
    }

    /// Discards everything that the request knew or wanted.
    fn forget(&mut self) {
        self.data.clear();
        self.changes = Changes::default();
        self.annex = None;
        self.annex_changes = AnnexChanges::default();
        self.renewal = None;
        self.begin = false;
        self.revision += 1;
    }
}
