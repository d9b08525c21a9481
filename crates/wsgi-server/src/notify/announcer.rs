//! The thread that tells a service manager of a server.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{guarded::guarded, loops::shared::Shared, notify::service_manager::ServiceManager};

/// The thread that tells a service manager of a server, until this is dropped. It has no part in
/// serving, so a service manager that hangs delays no request.
pub(crate) struct Announcer {
    events: Sender<Event>,
    thread: Option<JoinHandle<()>>,
}

/// The events of a server that a service manager hears of.
enum Event {
    EndBegins,
    /// A loop has answered a probe.
    Turned,
    Over,
}

/// A way to tell the thread that the end of the server begins.
#[derive(Clone, Debug)]
pub(crate) struct EndNotice(Sender<Event>);

impl EndNotice {
    pub(crate) fn send(&self) {
        // If the thread has ended, so has the server.
        let _ = self.0.send(Event::EndBegins);
    }
}

impl Announcer {
    /// Tells that a server is ready, which serves at these places, and then goes on.
    pub(crate) fn start(
        service_manager: ServiceManager,
        shared: Arc<Shared>,
        places: String,
    ) -> io::Result<Self> {
        let (events, received) = channel();
        let announcements = Announcements {
            service_manager,
            shared,
            events: events.clone(),
            has_failed: false,
        };
        let thread = thread::Builder::new().name("wsgi-notify".to_owned());
        let thread = thread.spawn(move || announcements.run(&received, &places))?;
        Ok(Self {
            events,
            thread: Some(thread),
        })
    }

    pub(crate) fn end_notice(&self) -> EndNotice {
        EndNotice(self.events.clone())
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Over);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
struct Announcements {
    service_manager: ServiceManager,
    shared: Arc<Shared>,
    events: Sender<Event>,
    /// Whether a message could not be sent. The log hears of the first.
    has_failed: bool,
}

impl Announcements {
    fn run(mut self, events: &Receiver<Event>, places: &str) {
        self.tell(|to| to.send_status(&format!("serving on {places}")));
        self.tell(ServiceManager::ready);
        let interval = self.service_manager.watchdog_interval();
        let mut next = interval.map(|_| Instant::now());
        let mut unanswered = 0;
        let mut is_ending = false;
        loop {
            match receive(events, next) {
                Ok(Event::EndBegins) if is_ending => {}
                Ok(Event::EndBegins) => {
                    is_ending = true;
                    self.tell(ServiceManager::stopping);
                }
                Ok(Event::Turned) => {
                    unanswered -= 1;
                    if unanswered == 0 {
                        self.tell(ServiceManager::watchdog);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    next = interval.map(|interval| Instant::now() + interval);
                    // A loop that hangs is not asked twice, and keeps the count above 0.
                    // After a server that has retired, another process gives the signs of life.
                    if unanswered == 0 && !self.shared.has_retired() {
                        unanswered = self.ask_loops();
                    }
                }
                Ok(Event::Over) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // The service goes on after a server that retires.
        if !is_ending && !self.shared.has_retired() {
            self.tell(ServiceManager::stopping);
        }
    }

    /// Asks each loop whether it turns. Returns the number of answers that will come.
    fn ask_loops(&self) -> usize {
        let events = self.events.clone();
        self.shared
            .ask_loops(move || drop(events.send(Event::Turned)))
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

/// Waits for an event, but not longer than `until`.
fn receive(events: &Receiver<Event>, until: Option<Instant>) -> Result<Event, RecvTimeoutError> {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    events.recv_timeout(left.unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::{
        loops::{shared::tests::shared, stage::Stage},
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
            let length = socket.recv(&mut message).ok()?;
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
