//! Changes of a session's annex that are not saved yet.

use std::time::SystemTime;

use super::lifetimes::{Expiry, later};
use crate::{
    record::{Annex, OwnExpiry, Owned, Record},
    session::shared::Shared,
};

/// Changes of a session's annex that are not saved yet.
#[derive(Default)]
pub(crate) struct AnnexChanges {
    /// A new owner, or none.
    pub(crate) owned: Option<Option<Owned>>,
    pub(crate) note: Option<Option<String>>,
    /// A new expiry, or that of the application.
    pub(crate) expiry: Option<Option<Expiry>>,
    /// Whether there was a login, which begins the lifetime anew.
    pub(crate) login: bool,
}

impl AnnexChanges {
    pub(crate) fn is_empty(&self) -> bool {
        self.owned.is_none() && self.note.is_none() && self.expiry.is_none() && !self.login
    }

    /// Returns the new owner, given the stored one.
    pub(crate) fn owned<'a>(&'a self, owned: Option<&'a Owned>) -> Option<&'a Owned> {
        self.owned.as_ref().map_or(owned, Option::as_ref)
    }

    pub(crate) fn change(&self, annex: &mut Annex) {
        if let Some(owned) = &self.owned {
            annex.owned.clone_from(owned);
        }
        if let (Some(note), Some(owned)) = (&self.note, &mut annex.owned) {
            owned.note.clone_from(note);
        }
        if let Some(expiry) = self.expiry {
            annex.expiry =
                expiry.map(|expiry| OwnExpiry::new(expiry.idle_timeout, expiry.persistent));
        }
    }

    /// Returns the new absolute deadline, given the stored one, if any, and the new annex.
    pub(crate) fn absolute_until(
        &self,
        standing: Option<SystemTime>,
        annex: &Annex,
        shared: &Shared,
        now: SystemTime,
    ) -> SystemTime {
        let anew = later(now, shared.lifetimes.absolute);
        match (self.expiry, standing) {
            (Some(Some(expiry)), _) => later(now, expiry.lifetime),
            (_, None) => anew,
            (_, Some(_)) if self.login && annex.expiry.is_none() => anew,
            (Some(None), Some(standing)) => standing.min(anew),
            (None, Some(standing)) => standing,
        }
    }
}

/// Whether the browser keeps the cookie of a session after it is closed.
pub(crate) fn is_persistent(annex: Option<&Annex>, shared: &Shared) -> bool {
    let expiry = annex.and_then(|annex| annex.expiry);
    expiry.map_or(shared.template.persistent, |expiry| expiry.persistent)
}

/// Sets the idle deadline of a record.
pub(crate) fn set_idle(record: &mut Record, is_proved: bool, shared: &Shared, now: SystemTime) {
    let expiry = record.annex.as_ref().and_then(|annex| annex.expiry);
    let idle = expiry.map_or(shared.lifetimes.idle, |expiry| expiry.idle_timeout);
    let lives = if is_proved {
        idle
    } else {
        shared.lifetimes.unproved(idle)
    };
    record.idle = idle;
    record.idle_until = later(now, lives);
}
