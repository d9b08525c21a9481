//! The parent: it holds what only one process can hold, and keeps workers running.

use std::{
    fmt::Display,
    io, mem,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use signal_hook::consts::SIGHUP;
use wsgi::server::{Handle, Listener, ServiceManager};

use crate::{
    command::SiteOptions,
    kept::Kept,
    processes::{
        backoff::Backoff,
        changes::Changes,
        event::Event,
        news::News,
        phase::Phase,
        program::{Private, Program},
        session_holder::SessionHolder,
        worker::{Kit, State, Worker},
    },
    say::say,
    tls::Tickets,
};

mod reload;
mod restart;

pub(crate) use reload::ITSELF;

/// The time in which a new worker has to serve, without an option.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The time between two looks at keys of tickets.
const ERASE_INTERVAL: Duration = Duration::from_secs(3600);

/// The process that starts workers, and may have served before.
pub(crate) struct Parent {
    /// The name of the command, for messages.
    command: &'static str,
    program: Program,
    kept: Kept,
    tickets: Tickets,
    events: Sender<Event>,
    news: News,
    start_timeout: Duration,
    drain_delay: Duration,
    shutdown_timeout: Duration,
    /// The server of this process itself, until it has ended.
    own: Option<Handle>,
    /// Has this server reload its files, if it has any.
    own_reload: Option<Sender<()>>,
    /// The server of its page of numbers.
    monitoring: Option<Handle>,
    /// The sockets of the workers, and the sessions, from the start of the first one on.
    listeners: Vec<Listener>,
    sessions: Option<SessionHolder>,
    /// The socket at which workers tell their numbers.
    numbers: Option<PathBuf>,
    /// Where everybody reads them, until it was said.
    numbers_place: Option<String>,
    workers: Vec<Worker>,
    last_number: u64,
    /// The number of workers that shall serve.
    wanted: usize,
    phase: Phase,
    changes: Changes,
    /// Whether a further restart was asked for during one.
    is_asked_again: bool,
    backoff: Backoff,
    /// When a worker is started in place of one that has died.
    next_start: Option<Instant>,
    /// When the sockets are closed, so that the workers are the last to have them.
    close_at: Option<Instant>,
    /// When keys of tickets are looked at that may have expired.
    erase_at: Instant,
    failure: Option<io::Error>,
}

impl Parent {
    pub(crate) fn new(
        command: &'static str,
        options: &SiteOptions,
        kept: Kept,
        tickets: Tickets,
        events: Sender<Event>,
    ) -> Self {
        Self {
            command,
            program: Program::of_this_process(),
            kept,
            tickets,
            events,
            news: News::default(),
            start_timeout: options.start_timeout.unwrap_or(START_TIMEOUT),
            drain_delay: options.serving.drain_delay(),
            shutdown_timeout: options.serving.shutdown_timeout(),
            own: None,
            own_reload: None,
            monitoring: None,
            listeners: Vec::new(),
            sessions: None,
            numbers: None,
            numbers_place: None,
            workers: Vec::new(),
            last_number: 0,
            wanted: 0,
            phase: Phase::Serving,
            changes: Changes::default(),
            is_asked_again: false,
            backoff: Backoff::new(),
            next_start: None,
            close_at: None,
            erase_at: Instant::now() + ERASE_INTERVAL,
            failure: None,
        }
    }

    pub(crate) fn set_service_manager(&mut self, service_manager: Option<ServiceManager>) {
        self.news = News::new(service_manager);
    }

    /// Has workers tell their numbers at this socket. Everybody reads them at the place.
    pub(crate) fn set_numbers(&mut self, socket: &Path, place: String) {
        self.numbers = Some(socket.to_owned());
        self.numbers_place = Some(place);
    }

    /// Adds the server of this process itself, and that of its page of numbers.
    pub(crate) fn set_own(&mut self, own: Handle, monitoring: Option<Handle>) {
        self.own = Some(own);
        self.monitoring = monitoring;
    }

    /// Has the server of this process reload its files by a message. It answers by
    /// [`Event::Reloaded`] with [`ITSELF`].
    pub(crate) fn set_own_reload(&mut self, reload: Sender<()>) {
        self.own_reload = Some(reload);
    }

    /// Starts the first workers, on these sockets.
    ///
    /// # Errors
    ///
    /// The sessions cannot be shared, or a worker cannot be started.
    pub(crate) fn start(&mut self, count: usize, listeners: Vec<Listener>) -> io::Result<()> {
        self.listeners = listeners;
        self.wanted = count;
        self.phase = Phase::Starting;
        self.changes.start();
        self.hold_sessions()?;
        self.start_workers(count)
    }

    /// Acts upon events until the last process has ended.
    ///
    /// # Errors
    ///
    /// The first workers do not start, or the sessions have failed.
    pub(crate) fn run(mut self, events: &Receiver<Event>) -> io::Result<()> {
        if self.own.is_none() {
            self.news.begin();
        }
        while self.own.is_some() || !self.workers.is_empty() || self.is_needed() {
            match receive(events, self.next_time()) {
                Ok(event) => self.act(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.keep_times(Instant::now());
        }
        self.failure.map_or(Ok(()), Err)
    }

    /// Whether it goes on without a worker, because it will start one.
    fn is_needed(&self) -> bool {
        self.wanted > 0 && self.phase != Phase::Ending
    }

    fn act(&mut self, event: Event) {
        match event {
            Event::End => self.end(),
            Event::Restart => self.restart(),
            Event::Signal(SIGHUP) => self.reload(),
            Event::Signal(signal) => {
                let workers = self.workers.iter_mut();
                workers.for_each(|worker| worker.pass_on(signal));
            }
            Event::Ready(number) => {
                if let Some(worker) = self.worker(number) {
                    worker.note_ready();
                    self.look_at_new();
                }
            }
            Event::Reloaded(number) => self.note_reloaded(number),
            Event::Alive(number) => self.news.settle(|awaited| awaited != number),
            Event::Late(number) => {
                if let Some(worker) = self.worker(number) {
                    worker.give_up();
                }
            }
            Event::Gone(number) => self.note_gone(number),
            Event::OwnEnded => {
                self.own = None;
                if self.wanted == 0 && self.phase != Phase::Ending {
                    // Nothing was taken over from it.
                    self.phase = Phase::Ending;
                    self.listeners.clear();
                    self.end_workers();
                }
            }
            Event::SessionsFailed(error) => {
                self.failure = Some(error);
                self.end();
            }
        }
    }

    fn go_on(&mut self) {
        self.phase = Phase::Serving;
        if mem::take(&mut self.is_asked_again) {
            self.restart();
        }
    }

    fn note_gone(&mut self, number: u64) {
        let found = self.workers.iter().position(|one| one.number == number);
        let Some(worker) = found.map(|index| self.workers.swap_remove(index)) else {
            return;
        };
        let status = worker.wait();
        let id = worker.id();
        match self.phase {
            _ if worker.state == State::Ending => {}
            Phase::Ending => {}
            Phase::Starting => {
                let problem = format!("process {id} has not started: {status}");
                self.failure = Some(io::Error::other(problem));
                self.end();
            }
            Phase::Restarting if worker.is_new => {
                self.give_up(format_args!("process {id} has not started: {status}"));
            }
            Phase::Serving | Phase::Restarting => {
                let now = Instant::now();
                // Those that die together start together.
                let start = self
                    .next_start
                    .get_or_insert_with(|| now + self.backoff.after(worker.served()));
                let pause = start.saturating_duration_since(now);
                self.say(format_args!(
                    "process {id} has ended: {status}; another one starts in {pause:?}"
                ));
            }
        }
    }

    /// Lets every process finish its requests and end.
    fn end(&mut self) {
        if self.phase == Phase::Ending {
            return;
        }
        self.phase = Phase::Ending;
        self.say("ending");
        self.next_start = None;
        if self.own.is_none() {
            self.news.tell(ServiceManager::stopping);
        }
        self.close_at = Some(Instant::now() + self.drain_delay);
        self.keep_times(Instant::now());
        if let Some(own) = &self.own {
            own.drain(self.drain_delay);
        }
        self.end_workers();
    }

    /// Lets every worker finish its requests and end.
    fn end_workers(&mut self) {
        let time = self.time_to_end();
        self.workers.iter_mut().for_each(|one| one.end(time));
    }

    /// The time in which a worker ends that was asked to.
    fn time_to_end(&self) -> Duration {
        self.drain_delay.saturating_add(self.shutdown_timeout)
    }

    /// Does what is due.
    fn keep_times(&mut self, now: Instant) {
        self.settle_changes();
        self.keep_up_signs_of_life(now);
        if self.erase_at <= now {
            self.erase_at = now + ERASE_INTERVAL;
            self.tickets.erase_expired();
        }
        if self.close_at.is_some_and(|at| at <= now) {
            self.close_at = None;
            self.listeners.clear();
        }
        if self.phase == Phase::Serving && self.next_start.is_some_and(|at| at <= now) {
            self.next_start = None;
            self.fill_up(now);
        }
        self.kill_those_that_hang(now);
    }

    fn kill_those_that_hang(&mut self, now: Instant) {
        let workers = self.workers.iter_mut();
        let killed = workers.filter_map(|one| one.kill_if_it_hangs(now).then_some(one.id()));
        for id in killed.collect::<Vec<_>>() {
            self.say(format_args!(
                "process {id} has not ended in time and is killed"
            ));
        }
    }

    /// Tells the service manager that this process is alive, once each worker that serves has told
    /// so.
    fn keep_up_signs_of_life(&mut self, now: Instant) {
        let workers = self.workers.iter();
        let serving = workers.filter(|worker| worker.state == State::Serving);
        if self.news.asks(now) {
            serving.clone().for_each(Worker::probe);
            let numbers = serving.map(|worker| worker.number);
            self.news.note_asked(numbers.collect());
        } else {
            self.news
                .settle(|awaited| serving.clone().any(|worker| worker.number == awaited));
        }
    }

    /// Starts workers in place of those that have died.
    fn fill_up(&mut self, now: Instant) {
        let workers = self.workers.iter();
        let serving = workers.filter(|worker| worker.state != State::Ending);
        let missing = self.wanted.saturating_sub(serving.count());
        if let Err(error) = self.start_workers(missing) {
            self.say(format_args!("cannot start a process: {error}"));
            self.next_start = Some(now + self.backoff.after(Duration::ZERO));
        }
        for worker in &mut self.workers {
            worker.is_new = false;
        }
    }

    fn say(&self, line: impl Display) {
        say(format_args!("wsgi {}: {line}", self.command));
    }

    fn next_time(&self) -> Option<Instant> {
        // While others start, nobody takes the place of one that has died.
        let next_start = self.next_start.filter(|_| self.phase == Phase::Serving);
        let erase_at = Some(self.erase_at);
        let killed_at = self.workers.iter().filter_map(Worker::killed_at).min();
        let times = [
            self.news.next(),
            self.close_at,
            next_start,
            erase_at,
            killed_at,
        ];
        times.into_iter().flatten().min()
    }

    fn hold_sessions(&mut self) -> io::Result<()> {
        if let (Kept::File(store), None) = (&self.kept, &self.sessions) {
            let holder = SessionHolder::start(store.clone(), self.events.clone())?;
            self.sessions = Some(holder);
        }
        Ok(())
    }

    fn start_workers(&mut self, count: usize) -> io::Result<()> {
        for _ in 0..count {
            self.last_number += 1;
            // One of the first workers tells where all of them serve.
            let is_silent = self.phase != Phase::Starting || self.last_number > 1;
            let kit = Kit {
                program: &self.program,
                sockets: Private {
                    sessions: self.sessions.as_ref().map(SessionHolder::socket),
                    numbers: self.numbers.as_deref(),
                },
                listeners: &self.listeners,
                tickets: &self.tickets,
                start_timeout: self.start_timeout,
                events: &self.events,
            };
            let worker = Worker::start(&kit, self.last_number, is_silent)?;
            self.workers.push(worker);
        }
        Ok(())
    }

    fn worker(&mut self, number: u64) -> Option<&mut Worker> {
        let mut workers = self.workers.iter_mut();
        workers.find(|worker| worker.number == number)
    }
}

/// Waits for an event, but not longer than `until`.
fn receive(events: &Receiver<Event>, until: Option<Instant>) -> Result<Event, RecvTimeoutError> {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    events.recv_timeout(left.unwrap_or(Duration::MAX))
}
