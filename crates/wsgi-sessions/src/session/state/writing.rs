//! Saving the changes of a request to the store.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use wsgi_cookies::SetCookie;

use super::{Cookie, Renewal, Standing, State};
use crate::{
    error::Error,
    handle::Handle,
    record::{Annex, Record, RetiredKey},
    scheme::Scheme,
    session::{
        annex_changes::{AnnexChanges, is_persistent, set_idle},
        backoff::Backoff,
        data::{Changes, Data},
        id::Id,
        kept::Kept,
        lifetimes::later,
        shared::Shared,
    },
    store::{Load, Write},
    store_error::StoreError,
    version::Version,
};

/// Number of attempts for a write that other requests keep overtaking.
pub(crate) const ATTEMPTS: usize = 1_000;

/// The result of an attempt to write.
#[must_use]
pub(crate) enum Attempt {
    Done,
    /// Another request came first. The state now has what that one wrote, and the attempt must be
    /// repeated.
    Overtaken,
}

/// A record to be written.
struct Draft {
    record: Record,
    /// The time for which the old id can be read, if the record gets a new one.
    grace: Duration,
    /// Keys that would still be retired, but for which the list has no room.
    too_many: Vec<RetiredKey>,
}

impl State {
    /// Sets a value and saves it, all or nothing.
    pub(crate) fn update(
        &mut self,
        shared: &Shared,
        key: &str,
        value: Option<Value>,
        now: SystemTime,
    ) -> Result<Attempt, Error> {
        self.check_updatable()?;
        let (Standing::Kept(kept) | Standing::Retired(kept)) = self.standing else {
            self.set(key, value);
            return Ok(Attempt::Done);
        };
        if self.data.has(key, value.as_ref()) && !self.is_dirty() {
            return Ok(Attempt::Done);
        }
        // The data has the value only while the record is encoded.
        let old = self.data.replace(key, value);
        let draft = self.draft(shared, &kept, now);
        let new = self.data.replace(key, old);
        let attempt = self.write(shared, kept, &draft?, now)?;
        if let Attempt::Done = attempt {
            self.data.replace(key, new);
        }
        Ok(attempt)
    }

    pub(crate) fn finish(
        &mut self,
        shared: &Shared,
        scheme: Scheme,
        now: SystemTime,
    ) -> Result<Option<SetCookie>, Error> {
        if self.finished {
            return Ok(None);
        }
        self.settle(shared, now)?;
        self.finished = true;
        Ok(self.cookie(shared, scheme, now))
    }

    /// Saves all that this request has done.
    fn settle(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        self.touch_error = None;
        let mut backoff = Backoff::default();
        for _ in 0..ATTEMPTS {
            match self.standing {
                Standing::New if self.is_to_begin() => return self.create(shared, now),
                Standing::Kept(kept) if self.is_dirty() => {
                    if let Attempt::Done = self.save(shared, kept, now)? {
                        return Ok(());
                    }
                }
                Standing::Retired(kept) if self.renewal.is_some() => {
                    if let Attempt::Done = self.save(shared, kept, now)? {
                        return Ok(());
                    }
                }
                Standing::Retired(kept) if self.is_dirty() => return Err(self.be_late(&kept)),
                Standing::Kept(kept) => return self.touch(shared, kept, now),
                Standing::New | Standing::Unread | Standing::Retired(_) | Standing::Over { .. } => {
                    return Ok(());
                }
            }
            if backoff.pause() {
                self.refresh(shared, now)?;
            }
        }
        Err(Error::Contended)
    }

    fn is_dirty(&self) -> bool {
        self.renewal.is_some() || !self.changes.is_empty() || !self.annex_changes.is_empty()
    }

    fn is_to_begin(&self) -> bool {
        let has_values = !self.is_withheld && !self.data.is_empty();
        self.begin || has_values || self.owned().is_some()
    }

    fn create(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        let mut annex = Annex::default();
        self.annex_changes.change(&mut annex);
        let mut record = Record {
            version: Version::random()?,
            data: self.data.encode(),
            idle: Duration::ZERO,
            idle_until: now,
            absolute_until: self.annex_changes.absolute_until(None, &annex, shared, now),
            annex: annex.into_option(),
        };
        set_idle(&mut record, false, shared, now);
        record.check_size()?;
        let id = Id::random()?;
        shared.store.create(&id.key(), &record, now)?;
        self.saved(Kept::of(id, &record, false), record.annex);
        self.cookie = Cookie::Set;
        Ok(())
    }

    fn save(&mut self, shared: &Shared, kept: Kept, now: SystemTime) -> Result<Attempt, Error> {
        let draft = self.draft(shared, &kept, now)?;
        self.write(shared, kept, &draft, now)
    }

    /// Makes the record that replaces `kept`.
    fn draft(&self, shared: &Shared, kept: &Kept, now: SystemTime) -> Result<Draft, StoreError> {
        let is_retired = self.is_retired();
        let mut annex = self.annex.as_deref().cloned().unwrap_or_default();
        if let (true, Some(owned)) = (is_retired, &mut annex.owned) {
            // The renewed session becomes a separate one.
            owned.handle = Handle::random()?;
        }
        self.annex_changes.change(&mut annex);
        annex.retired_keys.retain(|retired| now < retired.until);
        let grace = match self.renewal {
            Some(Renewal::WithGrace) => shared.lifetimes.grace,
            Some(Renewal::WithoutGrace) | None => Duration::ZERO,
        };
        if self.renewal.is_some() && grace.is_zero() {
            annex.retired_keys.clear(); // they end with the old id
        } else if self.renewal.is_some() {
            let (key, until) = (kept.id.key(), later(now, grace));
            annex.retired_keys.insert(0, RetiredKey { key, until });
        }
        let max = annex.retired_keys.len().min(Annex::MAX_RETIRED_KEYS);
        let too_many = annex.retired_keys.split_off(max);
        let standing = Some(kept.absolute_until);
        let mut record = Record {
            version: Version::random()?,
            data: self.data.encode(),
            idle: kept.idle,
            idle_until: kept.idle_until,
            absolute_until: self
                .annex_changes
                .absolute_until(standing, &annex, shared, now),
            annex: annex.into_option(),
        };
        set_idle(&mut record, kept.is_proved && !is_retired, shared, now);
        record.check_size()?;
        Ok(Draft {
            record,
            grace,
            too_many,
        })
    }

    /// Replaces the record of `kept`, under a new id if one is due.
    ///
    /// After a renewal the session has only the new id, and even an error response must tell the
    /// browser: see [`Session::cookie`](crate::Session::cookie).
    fn write(
        &mut self,
        shared: &Shared,
        kept: Kept,
        draft: &Draft,
        now: SystemTime,
    ) -> Result<Attempt, Error> {
        let Draft { record, grace, .. } = draft;
        for retired in &draft.too_many {
            shared.store.end(&retired.key, now)?;
        }
        let (key, version) = (kept.id.key(), kept.version);
        let (id, write) = if self.renewal.is_some() {
            let id = Id::random()?;
            let new = id.key();
            let store = &shared.store;
            (id, store.renew(&key, version, &new, record, *grace, now)?)
        } else {
            (kept.id, shared.store.save(&key, version, record, now)?)
        };
        match write {
            Write::Done => {
                // The cookie may now have to last longer or shorter.
                if self.renewal.is_some() || self.annex_changes.expiry.is_some() {
                    self.cookie = Cookie::Set;
                } else {
                    self.confirm_cookie(shared, &kept, now);
                }
                let is_proved = kept.is_proved && !self.is_retired();
                self.saved(Kept::of(id, record, is_proved), record.annex.clone());
                Ok(Attempt::Done)
            }
            Write::Conflict(theirs) => {
                self.overtaken(&kept, theirs)?;
                Ok(Attempt::Overtaken)
            }
            Write::Retired => Err(self.be_late(&kept)),
            Write::Gone if self.annex_changes.login => {
                self.outlive(now)?;
                Ok(Attempt::Overtaken)
            }
            Write::Gone => Err(self.lose(&kept, now)),
        }
    }

    /// Applies the changes again, on top of what another request has written.
    fn overtaken(&mut self, kept: &Kept, theirs: Record) -> Result<(), Error> {
        let data = Data::decode(&theirs.data)?;
        self.changes.replay(&mut self.data, data);
        let kept = Kept::of(kept.id, &theirs, kept.is_proved);
        self.standing = if self.is_retired() {
            Standing::Retired(kept)
        } else {
            Standing::Kept(kept)
        };
        self.annex = theirs.annex;
        self.revision += 1;
        Ok(())
    }

    /// Reads the stored record again, because it is outdated after a pause. The next write finds
    /// out anything else that may have happened to it.
    pub(crate) fn refresh(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        if let Standing::Kept(kept) = self.standing
            && let Load::Found(theirs) = shared.store.load(&kept.id.key(), now)?
            && theirs.version != kept.version
        {
            self.overtaken(&kept, theirs)?;
        }
        Ok(())
    }

    fn touch(&mut self, shared: &Shared, kept: Kept, now: SystemTime) -> Result<(), Error> {
        // A cookie with an id that other requests know must not replace that of a newer id.
        let is_known = self.candidates.iter().any(|other| other.id == kept.id);
        let is_doubtful = self.cookie != Cookie::Nothing && is_known;
        if !is_doubtful && !kept.is_touch_due(shared, now) {
            return Ok(());
        }
        let idle_until = later(now, kept.idle);
        let is_live = match shared.store.touch(&kept.id.key(), idle_until, now) {
            // What was read is right. Only the idle deadline stays as it was.
            Err(error) if !is_doubtful && error.is_temporary() => {
                self.touch_error = Some(error);
                return Ok(());
            }
            // The first use of another day sets it again.
            Err(error) if self.cookie == Cookie::Prolong && error.is_temporary() => {
                self.cookie = Cookie::Nothing;
                return Ok(());
            }
            touched => touched?,
        };
        if is_live {
            self.confirm_cookie(shared, &kept, now);
            let is_proved = true;
            self.standing = Standing::Kept(Kept {
                idle_until,
                is_proved,
                ..kept
            });
        } else {
            // The data was right when it was read, but the browser may have a new id by now.
            self.cookie = Cookie::Nothing;
        }
        Ok(())
    }

    /// Sets the cookie with the id that the browser already has again, if there is a reason. The
    /// store has just said that the id is live.
    fn confirm_cookie(&mut self, shared: &Shared, kept: &Kept, now: SystemTime) {
        match self.cookie {
            Cookie::ResignIfLive => self.cookie = Cookie::Resign,
            Cookie::Nothing
                if is_persistent(self.annex.as_deref(), shared) && kept.outlasts_cookie(now) =>
            {
                self.cookie = Cookie::Prolong;
            }
            _ => {}
        }
    }

    /// Records that the store has everything.
    fn saved(&mut self, kept: Kept, annex: Option<Box<Annex>>) {
        self.standing = Standing::Kept(kept);
        self.annex = annex;
        self.changes = Changes::default();
        self.annex_changes = AnnexChanges::default();
        self.renewal = None;
        self.begin = false;
        self.touch_error = None;
        self.revision += 1;
    }
}
