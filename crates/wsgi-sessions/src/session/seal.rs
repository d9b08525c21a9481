//! The optional signature of the id in a cookie.

use std::time::SystemTime;

use super::{id::Id, presented::Presented};

/// Signs ids and verifies them.
#[cfg(feature = "signed")]
#[derive(Clone)]
pub(crate) struct Seal(pub(crate) std::sync::Arc<wsgi_cookies::Keyring>);

#[cfg(feature = "signed")]
impl Seal {
    /// Keeps the signature of a session from being valid for any other purpose.
    const PURPOSE: &str = "session";

    pub(crate) fn close(&self, name: &str, id: &Id, now: SystemTime) -> String {
        let id = id.as_str().as_bytes();
        self.0.for_cookie(Self::PURPOSE, name).sign(id, now)
    }

    /// Returns the id in a signed text, whenever it was signed. The clock of the signer may be
    /// fast, and only the store knows how long a session lives.
    pub(crate) fn open(&self, name: &str, text: &str) -> Option<Presented> {
        let keys = self.0.for_cookie(Self::PURPOSE, name);
        let verified = keys.verify(text, None, the_end()).ok()?;
        Some(Presented {
            id: Id::parse(&verified.value)?,
            resign: verified.needs_new_signature,
        })
    }
}

/// A time later than any signature.
#[cfg(feature = "signed")]
fn the_end() -> SystemTime {
    use std::time::{Duration, UNIX_EPOCH};
    let far = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 37));
    far.unwrap_or(UNIX_EPOCH)
}

/// Uninhabited, because nothing can be signed without the feature `signed`.
#[cfg(not(feature = "signed"))]
#[derive(Clone)]
pub(crate) enum Seal {}

#[cfg(not(feature = "signed"))]
impl Seal {
    pub(crate) fn close(&self, _: &str, _: &Id, _: SystemTime) -> String {
        match *self {}
    }

    pub(crate) fn open(&self, _: &str, _: &str) -> Option<Presented> {
        match *self {}
    }
}
