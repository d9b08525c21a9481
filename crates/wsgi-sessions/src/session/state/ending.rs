//! The end of a session, by this request or by another.

use std::time::SystemTime;

use super::{Cookie, Standing, State};
use crate::{
    error::Error,
    handle::Handle,
    record::Owned,
    session::{
        data::Data,
        kept::Kept,
        presented::{Candidates, Presented},
        shared::Shared,
    },
    store_error::StoreError,
};

impl State {
    /// Ends every session of the request's ids, and the one that the request made.
    pub(crate) fn end(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        self.used = true;
        let own = match self.standing {
            // Nothing to end, except what this request wanted to save.
            Standing::New => {
                self.forget();
                return Ok(());
            }
            Standing::Kept(kept) | Standing::Retired(kept) => Some(kept.id),
            Standing::Unread | Standing::Over { .. } => None,
        };
        // Known even if another handle or request has ended it since this one saw it.
        let (mut was_known, mut failed) = (own.is_some(), None::<StoreError>);
        let presented = self.candidates.iter().map(|presented| presented.id);
        let others = presented.filter(|id| Some(*id) != own);
        for id in own.into_iter().chain(others) {
            match shared.store.end(&id.key(), now) {
                Ok(known) => was_known |= known,
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.forget();
        self.standing = Standing::New;
        // Unknown ids need no removal: the browser may have a new one by now.
        self.cookie = if was_known || matches!(self.cookie, Cookie::Remove) {
            Cookie::Remove
        } else {
            Cookie::Nothing
        };
        Ok(())
    }

    /// Begins a new, empty session in place of the old one.
    pub(crate) fn restart(&mut self, shared: &Shared, now: SystemTime) -> Result<(), Error> {
        if self.finished {
            return Err(Error::Finished);
        }
        self.end(shared, now)?;
        self.standing = Standing::New;
        self.begin = true;
        Ok(())
    }

    /// Handles a session that is over: discards it, and tells the browser nothing, because it may
    /// have a new id by now.
    pub(super) fn lose(&mut self, kept: &Kept, now: SystemTime) -> Error {
        let error = kept.gone(now);
        self.forget();
        let has_expired = matches!(error, Error::Expired);
        self.standing = Standing::Over { has_expired };
        self.cookie = Cookie::Nothing;
        error
    }

    /// Handles a session that is over although this request has logged in a user, who has just
    /// proved to be that user: goes on with a new session. It has only what this request has set.
    pub(super) fn outlive(&mut self, now: SystemTime) -> Result<(), Error> {
        if self.annex_changes.owned.is_none()
            && let Some(owned) = self.owned()
        {
            let owned = Owned {
                owner: owned.owner.clone(),
                handle: Handle::random()?,
                created: now,
                note: None,
            };
            self.annex_changes.owned = Some(Some(owned));
        }
        self.changes.replay(&mut self.data, Data::default());
        self.annex = None;
        self.renewal = None;
        self.standing = Standing::New;
        self.revision += 1;
        Ok(())
    }

    /// Handles a session that another request has renewed: discards the changes, and lets the next
    /// use load what can be read of it.
    pub(super) fn be_late(&mut self, kept: &Kept) -> Error {
        self.forget();
        self.candidates = Candidates::of(Presented {
            id: kept.id,
            resign: false,
        });
        self.standing = Standing::Unread;
        self.cookie = Cookie::Nothing;
        Error::Retired
    }
}
