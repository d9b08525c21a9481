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
    /// The time of the next sign of life.
    next: Option<Instant>,
    /// The numbers of the workers that have not answered whether they are alive.
    unanswered: Vec<u64>,
}

impl News {
    pub(super) fn new(service_manager: Option<ServiceManager>) -> Self {
        Self {
            service_manager,
            ..Self::default()
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

    /// Whether it is time to ask the workers. A worker that hangs is not asked twice.
    pub(super) fn asks(&mut self, now: Instant) -> bool {
        if self.next.is_none_or(|next| next > now) {
            return false;
        }
        self.next = self.interval().map(|interval| now + interval);
        self.unanswered.is_empty()
    }

    /// Notes that these workers are asked. Without a worker, the sign of life is that of the parent
    /// alone.
    pub(super) fn note_asked(&mut self, workers: Vec<u64>) {
        self.unanswered = workers;
        if self.unanswered.is_empty() {
            self.tell(ServiceManager::watchdog);
        }
    }

    /// Gives a sign of life if nobody has still to answer. Those that are not `awaited` are not
    /// waited for any more.
    pub(super) fn settle(&mut self, awaited: impl Fn(u64) -> bool) {
        if self.unanswered.is_empty() {
            return;
        }
        self.unanswered.retain(|&number| awaited(number));
        if self.unanswered.is_empty() {
            self.tell(ServiceManager::watchdog);
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
