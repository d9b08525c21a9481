//! A restart: new workers are started, and the former processes retire once all of them serve.

use std::{
    fmt::Display,
    io, mem, thread,
    time::{Duration, Instant},
};

use wsgi::server::{Handle, Listener};

use super::Parent;
use crate::{
    kept::Kept,
    processes::{phase::Phase, worker::State},
};

/// The time in which the server of this process begins to serve, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

impl Parent {
    /// Starts new workers, unless that is under way.
    pub(super) fn restart(&mut self) {
        match self.phase {
            Phase::Ending => {}
            Phase::Starting | Phase::Restarting => self.is_asked_again = true,
            Phase::Serving => {
                self.phase = Phase::Restarting;
                self.begin_change();
                if let Err(error) = self.begin_restart() {
                    self.give_up(error);
                }
            }
        }
    }

    fn begin_restart(&mut self) -> io::Result<()> {
        if matches!(self.kept, Kept::Memory) {
            return Err(io::Error::other(
                "sessions in memory would be lost; name another store with --session-store",
            ));
        }
        if let Some(own) = &self.own
            && self.listeners.is_empty()
        {
            let mut listeners = listeners_of(own)?;
            if let Some(monitoring) = &self.monitoring {
                listeners.extend(listeners_of(monitoring)?);
            }
            self.listeners = listeners;
        }
        self.hold_sessions()?;
        self.start_workers(self.wanted.max(1))
    }

    /// Ends a restart that has failed. The former workers go on.
    pub(super) fn give_up(&mut self, reason: impl Display) {
        self.say(format_args!(
            "cannot restart: {reason}; nothing has changed"
        ));
        let time = self.time_to_end();
        for worker in self.workers.iter_mut().filter(|worker| worker.is_new) {
            worker.is_new = false;
            worker.end(time);
        }
        if self.wanted == 0 {
            // This process serves by itself, and nobody else shall have its sockets.
            self.listeners.clear();
        }
        self.go_on();
    }

    /// Looks whether all new workers serve, and lets the former ones retire then.
    pub(super) fn look_at_new(&mut self) {
        let new = self.workers.iter().filter(|worker| worker.is_new);
        let new: Vec<_> = new.map(|worker| (worker.id(), worker.state)).collect();
        if new.is_empty() || new.iter().any(|(_, state)| *state != State::Serving) {
            return;
        }
        match self.phase {
            Phase::Starting => {
                self.workers.iter_mut().for_each(|one| one.is_new = false);
                if let Some(place) = self.numbers_place.take() {
                    self.say(format_args!("numbers on {place}"));
                }
                self.go_on();
            }
            Phase::Restarting => {
                self.wanted = self.wanted.max(1);
                // The time of its connections, and that of the requests which are left then.
                let time = self.shutdown_timeout.saturating_mul(2);
                for worker in &mut self.workers {
                    let is_new = mem::take(&mut worker.is_new);
                    if !is_new && worker.state != State::Ending {
                        worker.retire(time);
                    }
                }
                if let Some(own) = &self.own {
                    // The end of the own server ends the one for monitoring.
                    let monitoring = self.monitoring.iter();
                    monitoring.for_each(|one| one.retire(self.shutdown_timeout));
                    own.retire(self.shutdown_timeout);
                    self.news.begin();
                }
                let ids: Vec<_> = new.iter().map(|(id, _)| id.to_string()).collect();
                self.say(format_args!("restarted as process {}", ids.join(", ")));
                self.go_on();
            }
            Phase::Serving | Phase::Ending => {}
        }
    }
}

/// The sockets of a server, which may be about to serve.
fn listeners_of(own: &Handle) -> io::Result<Vec<Listener>> {
    let end = Instant::now() + PATIENCE;
    loop {
        let listeners = own.listeners()?;
        if !listeners.is_empty() {
            return Ok(listeners);
        }
        if Instant::now() >= end {
            return Err(io::Error::other("this process does not serve"));
        }
        thread::sleep(PAUSE);
    }
}
