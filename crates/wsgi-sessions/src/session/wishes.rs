//! What a request wants to be said of a session beside its data, and is not saved yet.

use std::time::SystemTime;

use super::lifetimes::{Expiry, later};
use crate::session::shared::Shared;
use crate::{Annex, OwnExpiry, Owned, Record};

/// What a request wants to be said of a session beside its data, and is not saved yet.
#[derive(Default)]
pub(crate) struct Wishes {
    /// Another owner, or none.
    pub(crate) owned: Option<Option<Owned>>,
    pub(crate) note: Option<Option<String>>,
    /// Another expiry, or the application's.
    pub(crate) expiry: Option<Option<Expiry>>,
}

impl Wishes {
    pub(crate) fn is_empty(&self) -> bool {
        self.owned.is_none() && self.note.is_none() && self.expiry.is_none()
    }

    /// Whose the session is to be, where the store has it as `owned`.
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
            annex.expiry = expiry.map(|expiry| OwnExpiry {
                idle: expiry.idle,
                persistent: expiry.persistent,
            });
        }
    }

    /// The absolute deadline, where the store has `standing`, or nothing yet.
    pub(crate) fn absolute_until(
        &self,
        standing: Option<SystemTime>,
        shared: &Shared,
        now: SystemTime,
    ) -> SystemTime {
        let own = later(now, shared.lifetimes.absolute);
        match (self.expiry, standing) {
            (Some(Some(expiry)), _) => later(now, expiry.absolute),
            (Some(None), Some(standing)) => standing.min(own),
            (None, Some(standing)) => standing,
            (Some(None) | None, None) => own,
        }
    }
}

/// Whether the browser keeps the cookie of such a session when it is closed.
pub(crate) fn is_persistent(annex: Option<&Annex>, shared: &Shared) -> bool {
    let expiry = annex.and_then(|annex| annex.expiry);
    expiry.map_or(shared.template.persistent, |expiry| expiry.persistent)
}

/// Gives a record the idle deadline that it is due.
pub(crate) fn set_idle(record: &mut Record, is_proved: bool, shared: &Shared, now: SystemTime) {
    let expiry = record.annex.as_ref().and_then(|annex| annex.expiry);
    let idle = expiry.map_or(shared.lifetimes.idle, |expiry| expiry.idle);
    let lives = if is_proved {
        idle
    } else {
        shared.lifetimes.unproved(idle)
    };
    record.idle = idle;
    record.idle_until = later(now, lives);
}
