//! The news of a parent for its service manager.

use std::{
    io,
    time::{Duration, Instant},
};

use wsgi::server::ServiceManager;

use crate::say::say;

/// The service manager, as far as the parent tells it. The parent's own server tells of itself.
#[derive(Default)]
pub(super) struct News {
    service_manager: Option<ServiceManager>,
    next: Option<Instant>,
}

impl News {
    pub(super) fn new(service_manager: Option<ServiceManager>) -> Self {
        Self {
            service_manager,
            next: None,
        }
    }

    /// Begins with the signs of life of the parent.
    pub(super) fn begin(&mut self) {
        self.next = self.interval().map(|_| Instant::now());
    }

    /// The time of the next sign of life.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Gives a sign of life if it is time.
    pub(super) fn keep_up(&mut self, now: Instant) {
        if self.next.is_some_and(|next| next <= now) {
            self.tell(ServiceManager::watchdog);
            self.next = self.interval().map(|interval| now + interval);
        }
    }

    pub(super) fn tell(&self, message: fn(&ServiceManager) -> io::Result<()>) {
        let told = self.service_manager.as_ref().map(message);
        if let Some(Err(error)) = told {
            say(format_args!(
                "wsgi: the service manager cannot be told: {error}"
            ));
        }
    }

    fn interval(&self) -> Option<Duration> {
        let service_manager = self.service_manager.as_ref();
        service_manager.and_then(ServiceManager::watchdog_interval)
    }
}
