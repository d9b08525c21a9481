//! Messages that are shown once.
//!
//! Each has a key of its own, so that messages of two simultaneous requests are both kept. The keys
//! sort by time. A message always comes after those that its request has seen, even if they are of
//! the same millisecond, or the clock was put back.

use std::time::UNIX_EPOCH;

use serde::{Serialize, de::DeserializeOwned};

use super::{Session, data};
use crate::{error::Error, version::Version};

/// Prefix of the keys of messages.
const PREFIX: &str = "~flash:";

pub(super) fn is_message(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Returns the time of a message and its number among those of that time.
fn place(key: &str) -> Option<(u128, u32)> {
    let mut parts = key.strip_prefix(PREFIX)?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

impl Session {
    /// Leaves a message that is shown once, on the next page that asks for
    /// [`flashes`](Session::flashes): usually the target of a redirect. A message is anything that
    /// serde writes, for example a text, or a level and a text.
    ///
    /// The message is kept in the session under a key that begins with `~flash:`, and saved by
    /// [`finish`](Session::finish).
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// session.flash("Your order is on its way.")?;
    /// session.flash("It will arrive tomorrow.")?;
    /// let messages: Vec<String> = session.flashes()?;
    /// assert_eq!(messages, ["Your order is on its way.", "It will arrive tomorrow."]);
    /// assert!(session.flashes::<String>()?.is_empty());
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the message cannot be written as JSON. Also [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn flash<T: Serialize>(&self, message: T) -> Result<(), Error> {
        let message = data::value(PREFIX, message)?;
        let now = self.0.clock.now().duration_since(UNIX_EPOCH);
        let millis = now.unwrap_or_default().as_millis();
        let random = Version::random()?.to_bytes();
        let random = u32::from_be_bytes([random[0], random[1], random[2], random[3]]);
        let mut state = self.editable()?;
        let keys = state.data().iter().map(|(key, _)| key);
        let last = keys.filter_map(|key| place(key)).last();
        let (millis, count) = match last {
            Some((last, count)) if last >= millis => (last, count.saturating_add(1)),
            _ => (millis, 0),
        };
        let key = format!("{PREFIX}{millis:016}.{count:06}.{random:08x}");
        state.set(&key, message);
        Ok(())
    }

    /// Takes the waiting messages out of the session, the oldest first. If two requests do so at
    /// the same time, both may get them. A session without messages is not changed. In a
    /// [retired](Session::is_retired) session that is not renewed, they are only read.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if one of them is not a `T`; all of them are then kept. Also
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn flashes<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        let waiting: Vec<_> = {
            let state = self.loaded()?;
            let messages = state.data().iter().filter(|(key, _)| is_message(key));
            messages
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        // Deserializing runs without the lock, because it may use the session.
        let read = waiting
            .iter()
            .map(|(_, value)| data::read(PREFIX, Some(value)));
        let read = read.collect::<Result<Vec<_>, Error>>()?;
        let mut state = self.editable()?;
        // A late request with a retired id only reads them.
        if !state.is_read_only() {
            for (key, _) in &waiting {
                state.set(key, None);
            }
        }
        Ok(read.into_iter().flatten().collect())
    }
}
