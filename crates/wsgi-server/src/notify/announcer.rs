//! The thread that tells a service manager of a server.

use std::{
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{guarded::guarded, loops::shared::Shared, notify::service_manager::ServiceManager};

/// The thread that tells a service manager of a server, until this is dropped. It has no part in
/// serving, so a service manager that hangs delays no request.
pub(crate) struct Announcer {
    news: Arc<News>,
    thread: Option<JoinHandle<()>>,
}

/// The events of a server that the thread waits for.
#[derive(Debug, Default)]
struct News {
    events: Mutex<Events>,
    has_come: Condvar,
}

/// Events that the thread has not seen yet.
#[derive(Debug, Default)]
struct Events {
    end_begins: bool,
    /// The number of loops that have answered a probe.
    turned: usize,
    over: bool,
}

/// A way to tell the thread that the end of the server begins.
#[derive(Clone, Debug)]
pub(crate) struct EndNotice(Arc<News>);

impl EndNotice {
    pub(crate) fn send(&self) {
        self.0.note(|events| events.end_begins = true);
    }
}

impl News {
    fn note(&self, event: impl FnOnce(&mut Events)) {
        event(&mut self.events());
        self.has_come.notify_one();
    }

    /// Waits for events, but not longer than this time. `None` if there are none by then.
    fn wait(&self, patience: Duration) -> Option<Events> {
        let is_none =
            |events: &mut Events| !events.end_begins && events.turned == 0 && !events.over;
        let waited = self
            .has_come
            .wait_timeout_while(self.events(), patience, is_none);
        let (mut events, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        (!timeout.timed_out()).then(|| mem::take(&mut *events))
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Announcer {
    /// Tells that a server is ready, which serves at these places, and then goes on.
    pub(crate) fn start(
        service_manager: ServiceManager,
        shared: Arc<Shared>,
        places: String,
    ) -> io::Result<Self> {
        let news = Arc::<News>::default();
        let announcements = Announcements {
            service_manager,
            shared,
            news: news.clone(),
            has_failed: false,
        };
        let thread = thread::Builder::new().name("wsgi-notify".to_owned());
        let thread = thread.spawn(move || announcements.run(&places))?;
        Ok(Self {
            news,
            thread: Some(thread),
        })
    }

    pub(crate) fn end_notice(&self) -> EndNotice {
        EndNotice(self.news.clone())
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.news.note(|events| events.over = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
struct Announcements {
    service_manager: ServiceManager,
    shared: Arc<Shared>,
    news: Arc<News>,
    /// Whether a message could not be sent. The log hears of the first.
    has_failed: bool,
}

impl Announcements {
    fn run(mut self, places: &str) {
        self.tell(|to| to.send_status(&format!("serving on {places}")));
        self.tell(ServiceManager::ready);
        let interval = self.service_manager.watchdog_interval();
        let mut next = interval.map(|_| Instant::now());
        let mut unanswered = 0;
        let mut is_ending = false;
        loop {
            let left = next.map(|next| next.saturating_duration_since(Instant::now()));
            let Some(events) = self.news.wait(left.unwrap_or(Duration::MAX)) else {
                next = interval.map(|interval| Instant::now() + interval);
                // A loop that hangs is not asked twice, and keeps the count above 0.
                // After a server that has retired, another process gives the signs of life.
                if unanswered == 0 && !self.shared.has_retired() {
                    unanswered = self.ask_loops();
                }
                continue;
            };
            if events.end_begins && !is_ending {
                is_ending = true;
                self.tell(ServiceManager::stopping);
            }
            if events.turned > 0 {
                unanswered -= events.turned;
                if unanswered == 0 {
                    self.tell(ServiceManager::watchdog);
                }
            }
            if events.over {
                break;
            }
        }
        // The service goes on after a server that retires.
        if !is_ending && !self.shared.has_retired() {
            self.tell(ServiceManager::stopping);
        }
    }

    /// Asks each loop whether it turns. Returns the number of answers that will come.
    fn ask_loops(&self) -> usize {
        let news = self.news.clone();
        self.shared
            .ask_loops(move || news.note(|events| events.turned += 1))
    }

    fn tell(&mut self, message: impl FnOnce(&ServiceManager) -> io::Result<()>) {
        if let Err(error) = message(&self.service_manager)
            && !self.has_failed
        {
            self.has_failed = true;
            let line = format_args!("wsgi-server: the service manager cannot be told: {error}");
            guarded(|| self.shared.config.errors.print(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::{
        loops::{shared::tests::shared, stage::Stage},
        retry::retry,
        workers::worker::Worker,
    };

    #[test]
    fn a_loop_that_hangs_ends_the_signs_of_life_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let receive = |patience: Duration| {
            socket.set_read_timeout(Some(patience)).unwrap();
            let mut message = [0; 64];
            // A test of interrupted calls sends signals to this process.
            let length = retry(|| socket.recv(&mut message)).ok()?;
            Some(String::from_utf8_lossy(&message[..length]).into_owned())
        };
        let patience = Duration::from_secs(60);
        let service_manager = ServiceManager::new(&path).unwrap();
        let service_manager = service_manager.watchdog_timeout(Duration::from_millis(20));
        let shared = Arc::new(shared(2));
        shared.spares.close(); // their threads end with the loops
        let start = |index| {
            let shared = shared.clone();
            thread::spawn(move || Worker::new(&shared, index).run())
        };
        let first = start(0);
        let places = "here\nREADY=0".to_owned();
        let announcer = Announcer::start(service_manager, shared.clone(), places).unwrap();
        let status = "STATUS=serving on here READY=0\n";
        assert_eq!(receive(patience).as_deref(), Some(status));
        assert_eq!(receive(patience).as_deref(), Some("READY=1\n"));
        // The second loop has no thread, as if it hung.
        assert_eq!(receive(Duration::from_millis(300)), None);
        let second = start(1);
        for _ in 0..3 {
            assert_eq!(receive(patience).as_deref(), Some("WATCHDOG=1\n"));
        }
        shared.advance(Stage::Cutting);
        first.join().unwrap();
        second.join().unwrap();
        // Signs of life may fill the queue of the socket, so they are read meanwhile.
        let ending = thread::spawn(move || drop(announcer));
        let mut news = std::iter::from_fn(|| receive(patience));
        let end = news.find(|message| message != "WATCHDOG=1\n");
        assert_eq!(end.as_deref(), Some("STOPPING=1\n"));
        ending.join().unwrap();
        assert_eq!(receive(Duration::from_millis(50)), None);
    }
}
