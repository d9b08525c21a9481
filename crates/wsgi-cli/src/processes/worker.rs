//! A process that a parent has started.

use std::{
    io, mem,
    sync::{Arc, mpsc::Sender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use wsgi::server::{Listener, Successor, SuccessorNews};

use crate::{
    processes::{
        event::Event,
        program::{Private, Program},
    },
    tls::Tickets,
};

/// The time that a process gets beyond its own limits. Then it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// A process that a parent has started, until its end was seen.
pub(super) struct Worker {
    pub(super) number: u64,
    successor: Arc<Successor>,
    pub(super) state: State,
    /// Whether it belongs to a restart that is not over.
    pub(super) is_new: bool,
    since: Instant,
    /// Signals that came before it could take them.
    missed: Vec<i32>,
    start_timeout: Duration,
    is_late: bool,
    /// When it is killed, if it was asked to end.
    killed_at: Option<Instant>,
}

/// Everything that all workers are started with.
pub(super) struct Kit<'p> {
    pub(super) program: &'p Program,
    pub(super) sockets: Private<'p>,
    pub(super) listeners: &'p [Listener],
    pub(super) tickets: &'p Tickets,
    /// The time in which a worker has to serve.
    pub(super) start_timeout: Duration,
    pub(super) events: &'p Sender<Event>,
}

/// The state of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Starting,
    Serving,
    /// It was asked to retire, or to end.
    Ending,
}

impl Worker {
    /// Starts a worker, and a thread that watches it.
    pub(super) fn start(kit: &Kit<'_>, number: u64, is_silent: bool) -> io::Result<Self> {
        let command = kit.program.worker(is_silent, kit.sockets);
        let successor = Arc::new(kit.tickets.start(command, kit.listeners)?);
        let (watched, events) = (successor.clone(), kit.events.clone());
        let start_timeout = kit.start_timeout;
        let watch = move || {
            match watched.wait_until_ready(start_timeout) {
                Ok(()) => drop(events.send(Event::Ready(number))),
                // It ends, unless it has only closed its standard input.
                Err(error)
                    if error.kind() == io::ErrorKind::UnexpectedEof
                        && watched.wait_for_end(GRACE) => {}
                Err(_) => drop(events.send(Event::Late(number))),
            }
            while let Ok(news) = watched.wait_for_news(Duration::MAX) {
                let _ = events.send(match news {
                    SuccessorNews::Alive => Event::Alive(number),
                    SuccessorNews::Ready => Event::Reloaded(number),
                });
            }
            while !watched.wait_for_end(Duration::MAX) {}
            let _ = events.send(Event::Gone(number));
        };
        let thread = thread::Builder::new().name("wsgi-worker".to_owned());
        if let Err(error) = thread.spawn(watch) {
            let _ = successor.kill();
            let _ = successor.wait();
            return Err(error);
        }
        Ok(Self {
            number,
            successor,
            state: State::Starting,
            is_new: true,
            since: Instant::now(),
            missed: Vec::new(),
            start_timeout,
            is_late: false,
            killed_at: None,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.successor.id()
    }

    /// The time for which it has served.
    pub(super) fn served(&self) -> Duration {
        match self.state {
            State::Starting => Duration::ZERO,
            _ => self.since.elapsed(),
        }
    }

    /// Whether it serves, or will: it was not asked to end, and is not late.
    pub(super) fn is_wanted(&self) -> bool {
        self.state != State::Ending && !self.is_late
    }

    /// Notes that it serves, unless it was told to end meanwhile.
    pub(super) fn note_ready(&mut self) {
        if self.state == State::Starting {
            self.state = State::Serving;
            self.since = Instant::now();
        }
        for signal in mem::take(&mut self.missed) {
            self.send(signal);
        }
    }

    /// Passes a signal on, as soon as it catches it.
    pub(super) fn pass_on(&mut self, signal: i32) {
        match self.state {
            State::Starting => self.missed.push(signal),
            _ => self.send(signal),
        }
    }

    /// Asks it whether it is alive, for an [event](Event::Alive).
    pub(super) fn probe(&self) {
        // If this fails, it has ended.
        let _ = self.successor.probe();
    }

    /// Lets it leave further clients to others, and end with its connections, in this time.
    pub(super) fn retire(&mut self, time: Duration) {
        self.begin_end(time);
        // If this fails, it has ended.
        let _ = self.successor.retire();
    }

    /// Lets it finish its requests and end, in this time.
    pub(super) fn end(&mut self, time: Duration) {
        self.begin_end(time);
        self.send(Signal::TERM.as_raw());
    }

    fn begin_end(&mut self, time: Duration) {
        self.state = State::Ending;
        let at = Instant::now().checked_add(time.saturating_add(GRACE));
        self.killed_at = [self.killed_at, at].into_iter().flatten().min();
    }

    /// When it is killed, if it was asked to end.
    pub(super) fn killed_at(&self) -> Option<Instant> {
        self.killed_at
    }

    /// Kills it if it hangs: it was asked to end, and its time is over. Returns whether it does.
    pub(super) fn kill_if_it_hangs(&mut self, now: Instant) -> bool {
        let hangs = self.killed_at.is_some_and(|at| at <= now);
        if hangs {
            self.killed_at = None;
            let _ = self.successor.kill();
        }
        hangs
    }

    /// Ends it at once, because it does not serve in time.
    pub(super) fn give_up(&mut self) {
        self.is_late = true;
        let _ = self.successor.kill();
    }

    /// Waits for its end, and says how it has ended.
    pub(super) fn wait(&self) -> String {
        match self.successor.wait() {
            Ok(_) if self.is_late => format!("it was not ready after {:?}", self.start_timeout),
            Ok(status) => status.to_string(),
            Err(error) => format!("its status is unknown: {error}"),
        }
    }

    fn send(&self, signal: i32) {
        // The id is that of the worker until somebody waits for its status.
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        if let (Some(id), Some(signal)) = (id, Signal::from_named_raw(signal)) {
            let _ = kill_process(id, signal);
        }
    }
}
