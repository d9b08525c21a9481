//! The events that a parent acts upon.

use std::{io, sync::mpsc::Sender};

use signal_hook::consts::{SIGHUP, SIGUSR1, SIGUSR2};

use crate::{
    command::SiteOptions,
    signals::{at_each, end_on_signals},
};

/// An event that a parent acts upon.
#[derive(Debug)]
pub(crate) enum Event {
    /// The signal to end.
    End,
    /// The signal to restart.
    Restart,
    /// A signal for every worker.
    Signal(i32),
    /// The worker with this number serves.
    Ready(u64),
    /// The process with this number has reloaded its files, or cannot use them.
    Reloaded(u64),
    /// Its loops have turned since they were asked.
    Alive(u64),
    /// It does not serve in time.
    Late(u64),
    /// It has ended.
    Gone(u64),
    /// The server of the parent itself has ended.
    OwnEnded,
    /// The server of the held sessions has failed.
    SessionsFailed(io::Error),
}

/// The signals that a parent catches.
pub(crate) struct Signals {
    /// Whether SIGHUP has an effect on workers. Otherwise it has its usual one.
    has_reload: bool,
}

impl Signals {
    pub(crate) fn of(options: &SiteOptions) -> Self {
        Self {
            has_reload: options.tls.has_files(),
        }
    }

    /// Sends the signals of this process as events.
    ///
    /// # Errors
    ///
    /// A signal cannot be caught.
    pub(crate) fn catch(&self, events: &Sender<Event>) -> io::Result<()> {
        let sender = events.clone();
        end_on_signals(move || drop(sender.send(Event::End)))?;
        let sender = events.clone();
        let restart = move || drop(sender.send(Event::Restart));
        at_each(SIGUSR2, "wsgi-restart", restart)?;
        for signal in [SIGUSR1, SIGHUP] {
            if signal == SIGHUP && !self.has_reload {
                continue;
            }
            let sender = events.clone();
            let pass_on = move || drop(sender.send(Event::Signal(signal)));
            at_each(signal, "wsgi-signals", pass_on)?;
        }
        Ok(())
    }
}
