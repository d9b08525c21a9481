//! The signature around the id in a cookie, where there is one.

use std::time::{Duration, SystemTime};

use crate::session::id::Id;

/// The id that a request came with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented {
    pub(crate) id: Id,
    /// Whether it was signed with a key that is on its way out.
    pub(crate) resign: bool,
}

/// Signs ids and knows them again.
#[cfg(feature = "signed")]
#[derive(Clone)]
pub(crate) struct Seal(pub(crate) std::sync::Arc<wsgi_cookies::Keyring>);

#[cfg(feature = "signed")]
impl Seal {
    /// Keeps what signs a session from counting anywhere else.
    const PURPOSE: &str = "session";

    pub(crate) fn close(&self, name: &str, id: &Id, now: SystemTime) -> String {
        let id = id.as_str().as_bytes();
        self.0.sign(Self::PURPOSE, name, id, now)
    }

    pub(crate) fn open(
        &self,
        name: &str,
        text: &str,
        max_age: Duration,
        now: SystemTime,
    ) -> Option<Presented> {
        let verified = self.0.verify(Self::PURPOSE, name, text, Some(max_age), now);
        let verified = verified.ok()?;
        Some(Presented {
            id: Id::parse(&verified.value)?,
            resign: verified.resign,
        })
    }
}

/// There is none without the feature `signed`.
#[cfg(not(feature = "signed"))]
#[derive(Clone)]
pub(crate) enum Seal {}

#[cfg(not(feature = "signed"))]
impl Seal {
    pub(crate) fn close(&self, _: &str, _: &Id, _: SystemTime) -> String {
        match *self {}
    }

    pub(crate) fn open(&self, _: &str, _: &str, _: Duration, _: SystemTime) -> Option<Presented> {
        match *self {}
    }
}
