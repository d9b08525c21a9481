//! A session store that cannot be reached.

use std::time::{Duration, SystemTime};

use wsgi_sessions::{Key, Listed, Load, Record, Store, StoreError, Version, Write};

/// A store whose errors have this text as their cause.
pub(crate) struct Down(pub(crate) &'static str);

impl Down {
    fn answer<T>(&self) -> Result<T, StoreError> {
        Err(StoreError::unavailable(self.0))
    }
}

impl Store for Down {
    fn create(&self, _: &Key, _: &Record, _: SystemTime) -> Result<(), StoreError> {
        self.answer()
    }

    fn load(&self, _: &Key, _: SystemTime) -> Result<Load, StoreError> {
        self.answer()
    }

    fn save(&self, _: &Key, _: Version, _: &Record, _: SystemTime) -> Result<Write, StoreError> {
        self.answer()
    }

    fn touch(&self, _: &Key, _: SystemTime, _: SystemTime) -> Result<bool, StoreError> {
        self.answer()
    }

    fn renew(
        &self,
        _: &Key,
        _: Version,
        _: &Key,
        _: &Record,
        _: Duration,
        _: SystemTime,
    ) -> Result<Write, StoreError> {
        self.answer()
    }

    fn end(&self, _: &Key, _: SystemTime) -> Result<bool, StoreError> {
        self.answer()
    }

    fn end_all(&self, _: &str, _: SystemTime) -> Result<usize, StoreError> {
        self.answer()
    }

    fn list(&self, _: &str, _: SystemTime) -> Result<Vec<Listed>, StoreError> {
        self.answer()
    }

    fn sweep(&self, _: SystemTime, _: usize) -> Result<usize, StoreError> {
        self.answer()
    }
}
