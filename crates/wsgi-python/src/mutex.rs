//! A mutex for values that stay right when code panics that has locked them.
//!
//! In a fork, one that no thread held at the moment of the fork can be locked, because it shares
//! nothing with other mutexes; those of parking_lot share a table of the threads that wait. One
//! that another thread held stays locked in the fork forever. Python's lock (GIL) prevents that
//! only for a mutex that is always locked and unlocked while the thread has Python's lock too.
//! `wsgi.input`, `Server::start` and `Sockets` release Python's lock before they lock one, threads
//! of the server lock some without it, and a free-threaded interpreter has no such lock. The gate
//! does not rely on it: see `gate::renew_in_fork`.

use std::sync::{self, MutexGuard, PoisonError, TryLockError};

#[derive(Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks it, unless that takes a wait.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
