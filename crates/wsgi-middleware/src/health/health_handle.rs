//! The readiness of a program, as it says itself.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// A handle to the readiness of a program with [`Health`](crate::Health). It is cheap to clone.
///
/// ```
/// use wsgi_middleware::{Health, not_found};
///
/// let handle = Health::new(not_found).handle();
/// assert!(handle.is_ready());
/// handle.set_ready(false); // until the cache is filled
/// assert!(!handle.clone().is_ready());
/// ```
#[derive(Clone, Debug)]
pub struct HealthHandle(Arc<AtomicBool>);

impl HealthHandle {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Says whether the program is ready for requests, for example not before a cache is filled.
    /// It is ready only if all conditions and checks hold as well.
    pub fn set_ready(&self, is_ready: bool) {
        self.0.store(is_ready, Relaxed);
    }

    /// Whether the program is ready, as far as handles say.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Relaxed)
    }
}
