//! The values of a session.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Session,
    backoff::Backoff,
    data, flash,
    state::writing::{ATTEMPTS, Attempt},
};
use crate::error::Error;

impl Session {
    /// Returns the value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value is not a `T`. Also [`Error::Store`].
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let value = self.loaded()?.data().value(key);
        data::read(key, value.as_ref())
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn contains(&self, key: &str) -> Result<bool, Error> {
        Ok(self.loaded()?.data().contains(key))
    }

    /// Whether no key has a value. Waiting [messages](Session::flash) do not count.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        let state = self.loaded()?;
        let mut keys = state.data().iter().map(|(key, _)| key);
        Ok(keys.all(|key| flash::is_message(key)))
    }

    /// Returns the keys that have a value, sorted.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        let state = self.loaded()?;
        let keys = state.data().iter().map(|(key, _)| key);
        Ok(keys
            .filter(|key| !flash::is_message(key))
            .cloned()
            .collect())
    }

    /// Returns all keys and their values, sorted by key. All values must be of one type, which may
    /// be `serde_json::Value`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// session.insert("apples", 3)?;
    /// session.insert("pears", 4)?;
    /// assert_eq!(session.keys()?, ["apples", "pears"]);
    /// let fruit: u32 = session.iter::<u32>()?.map(|(_, count)| count).sum();
    /// assert_eq!(fruit, 7);
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if one of them is not a `T`. Also [`Error::Store`].
    pub fn iter<T: DeserializeOwned>(
        &self,
    ) -> Result<impl Iterator<Item = (String, T)> + use<T>, Error> {
        let values: Vec<_> = {
            let state = self.loaded()?;
            let values = state.data().iter();
            let values = values.filter(|(key, _)| !flash::is_message(key));
            values
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        // Deserializing runs without the lock, because it may use the session.
        let read = |(key, value): (String, _)| {
            let read = data::read(&key, Some(&value))?;
            Ok(read.map(|read| (key, read)))
        };
        let read = values.into_iter().map(read);
        let read = read.collect::<Result<Vec<_>, Error>>()?;
        Ok(read.into_iter().flatten())
    }

    /// Sets the value of a key. Setting the value that it already has is not a change.
    ///
    /// If another request sets the same key, the one saved last wins. The other keys of both are
    /// kept. To compute a value from the current one, use [`update`](Session::update).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value cannot be written as JSON. Also [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`].
    pub fn insert<T: Serialize>(&self, key: &str, value: T) -> Result<(), Error> {
        let value = data::value(key, value)?;
        self.editable()?.set(key, value);
        Ok(())
    }

    /// Removes the value of a key. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), Scheme::Https, SystemTime::now());
    /// session.insert("draft", "Tea at four.")?;
    /// assert!(session.remove("draft")?);
    /// assert!(!session.remove("draft")?);
    /// # Ok::<(), wsgi_sessions::Error>(())
    /// ```
    pub fn remove(&self, key: &str) -> Result<bool, Error> {
        Ok(self.editable()?.set(key, None))
    }

    /// Removes the value of a key and returns it. Two simultaneous requests may both get it. If a
    /// value must not be taken twice, take it inside [`update`](Session::update). For messages that
    /// are shown once, use [`flash`](Session::flash).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value is not a `T`; it is then kept. [`Error::Contended`] if another
    /// handle keeps changing it. Also [`Error::Ended`], [`Error::Expired`], [`Error::Finished`] and
    /// [`Error::Store`].
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        for _ in 0..ATTEMPTS {
            // Deserializing runs without the lock, because it may use the session.
            let value = self.editable()?.data().value(key);
            let taken = data::read(key, value.as_ref())?;
            let mut state = self.editable()?;
            if state.data().has(key, value.as_ref()) {
                state.set(key, None);
                return Ok(taken);
            }
        }
        Err(Error::Contended)
    }

    /// Removes all values and all waiting [messages](Session::flash), but keeps the session and its
    /// owner. To end the session, use [`end`](Session::end).
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn clear(&self) -> Result<(), Error> {
        self.editable()?.clear();
        Ok(())
    }

    /// Computes a new value of a key from the current one, and returns it. No two requests compute
    /// from the same value.
    ///
    /// The value is saved at once, together with all changes made so far. In a new session, which
    /// no other request can know, [`finish`](Session::finish) saves it. The closure runs again if
    /// another request came first. To remove the key, return `None`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// let count = |visits: Option<u64>| visits.unwrap_or(0) + 1;
    /// assert_eq!(session.update("visits", count)?, 1);
    /// assert_eq!(session.update("visits", count)?, 2);
    ///
    /// // Once, and never to two requests:
    /// let mut taken = None;
    /// session.update("visits", |visits: Option<u64>| {
    ///     taken = visits;
    ///     None::<u64>
    /// })?;
    /// assert_eq!(taken, Some(2));
    /// # Ok::<_, wsgi_sessions::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value is not a `T`, or the new one cannot be written as JSON.
    /// [`Error::Contended`] after a thousand attempts. Also [`Error::Retired`], [`Error::Ended`],
    /// [`Error::Expired`], [`Error::Finished`] and [`Error::Store`]. After an error nothing has
    /// changed, except that an [unavailable](crate::StoreError::Unavailable) store may have saved
    /// the value.
    pub fn update<T, R>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<T>) -> R,
    ) -> Result<R, Error>
    where
        T: DeserializeOwned,
        R: Serialize,
    {
        let (shared, clock) = (self.0.shared(), &self.0.clock);
        let mut backoff = Backoff::default();
        for _ in 0..ATTEMPTS {
            let (old, revision) = {
                let state = self.loaded()?;
                state.check_updatable()?;
                (state.data().value(key), state.revision())
            };
            // The closure and the deserializing of its argument run without the lock, because they
            // may use the session.
            let new = change(data::read(key, old.as_ref())?);
            let value = data::value(key, &new)?;
            let mut state = self.lock();
            if state.revision() != revision {
                continue;
            }
            match state.update(shared, key, value, clock.now())? {
                Attempt::Done => return Ok(new),
                Attempt::Overtaken => {}
            }
            drop(state);
            if backoff.pause() {
                self.lock().refresh(shared, clock.now())?;
            }
        }
        Err(Error::Contended)
    }
}
