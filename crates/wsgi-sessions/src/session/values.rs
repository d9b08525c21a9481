//! What a session holds, for the application: read, set, taken away, made anew.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::data;
use super::flash;
use super::rest::Conflicts;
use super::state::{ATTEMPTS, Attempt};
use super::{Inner, Session};
use crate::Error;

impl Session {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is not a `T`, [`Error::Store`].
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

    /// Whether no key has a value. Messages that wait to be [shown](Session::flash) do not count.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        let state = self.loaded()?;
        let mut keys = state.data().iter().map(|(key, _)| key);
        Ok(keys.all(|key| flash::is_message(key)))
    }

    /// The keys that have a value, sorted.
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

    /// All keys and their values, sorted by key: as values of one type, which may be
    /// `serde_json::Value`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), false, SystemTime::now());
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
    /// [`Error::Value`] where one of them is not a `T`, [`Error::Store`].
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
        // Reading them as a `T` runs without the lock, so that it may use the session.
        let read = |(key, value): (String, _)| {
            let read = data::read(&key, Some(&value))?;
            Ok(read.map(|read| (key, read)))
        };
        let read = values.into_iter().map(read);
        let read = read.collect::<Result<Vec<_>, Error>>()?;
        Ok(read.into_iter().flatten())
    }

    /// Sets the value of a key. One that it has already is no change.
    ///
    /// Where another request sets the same key, the one that is saved last
    /// decides; its other keys are kept. What is made from the value that was
    /// there belongs in [`update`](Session::update).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value cannot be written as JSON;
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn insert<T: Serialize>(&self, key: &str, value: T) -> Result<(), Error> {
        let value = data::value(key, value)?;
        self.editable()?.set(key, value);
        Ok(())
    }

    /// Takes the value of a key away, and says whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn remove(&self, key: &str) -> Result<bool, Error> {
        Ok(self.editable()?.set(key, None))
    }

    /// Takes the value of a key out. Two
    /// requests at the same time may both get it; for what must not be had twice,
    /// take it out in [`update`](Session::update). For messages that are to be shown once there is
    /// [`flash`](Session::flash).
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is not a `T`, and stays;
    /// [`Error::Contended`] where another handle changes it again and again;
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        for _ in 0..ATTEMPTS {
            // Reading it as a `T` runs without the lock, so that it may use the session.
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

    /// Takes all values away and keeps the session, whose it is included. To end it, see
    /// [`end`](Session::end).
    ///
    /// # Errors
    ///
    /// [`Error::Ended`], [`Error::Expired`], [`Error::Finished`], [`Error::Store`].
    pub fn clear(&self) -> Result<(), Error> {
        self.editable()?.clear();
        Ok(())
    }

    /// Makes the value of a key anew from the one that is there, and gives the new
    /// one. No two requests do it from the same value.
    ///
    /// It is saved at once, with all other changes so far; in a session that is
    /// new, which no other request can know, by [`finish`](Session::finish). The
    /// closure runs again where another request came first. To remove the key, it
    /// gives `None`.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use wsgi_sessions::{Cookies, MemoryStore, Sessions};
    /// # let sessions = Sessions::new(MemoryStore::new());
    /// # let session = sessions.open(&Cookies::default(), false, SystemTime::now());
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
    /// [`Error::Value`] where the value is not a `T` or the new one cannot be
    /// written as JSON; [`Error::Contended`] after a thousand attempts;
    /// [`Error::Retired`], [`Error::Ended`], [`Error::Expired`], [`Error::Finished`],
    /// [`Error::Store`]. Nothing is changed then, except that a store which is
    /// [`Unavailable`](crate::StoreError::Unavailable) may have saved it.
    pub fn update<T, R>(
        &self,
        key: &str,
        mut change: impl FnMut(Option<T>) -> R,
    ) -> Result<R, Error>
    where
        T: DeserializeOwned,
        R: Serialize,
    {
        let Inner { shared, clock, .. } = &*self.0;
        let mut conflicts = Conflicts::default();
        for _ in 0..ATTEMPTS {
            let (old, revision) = {
                let state = self.loaded()?;
                state.check_updatable()?;
                (state.data().value(key), state.revision())
            };
            // The closure, and what makes its argument, run without the lock, so
            // that they may use the session.
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
            if conflicts.rest() {
                self.lock().refresh(shared, clock.now())?;
            }
        }
        Err(Error::Contended)
    }
}
