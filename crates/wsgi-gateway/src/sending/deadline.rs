//! The deadline of a request while its response is sent.

use std::{io, sync::Arc};

use wsgi_application::{Disconnected, Result};
use wsgi_environ::{Deadline, End, Environ};

use super::Sending;
use crate::transport::Transport;

impl<T: Transport + ?Sized> Sending<'_, T> {
    /// Obeys the deadline of the request from now on, if there is one.
    #[inline]
    pub(crate) fn obey(&mut self, deadline: Option<&Arc<Deadline<Environ>>>) {
        if let Some(deadline) = deadline {
            self.obey_from_now_on(deadline);
        }
    }

    #[cold]
    #[inline(never)]
    fn obey_from_now_on(&mut self, deadline: &Arc<Deadline<Environ>>) {
        if self.deadline.is_none() && !self.disobeys {
            self.deadline = Some(deadline.clone());
        }
    }

    /// Whether the deadline has passed, and another thread has answered for it.
    pub(crate) fn is_answered(&mut self) -> bool {
        let is_answered = self
            .deadline
            .as_ref()
            .is_some_and(|deadline| deadline.has_passed());
        if is_answered {
            self.time_out();
        }
        is_answered
    }

    /// Obeys no deadline any more, so that the engine can answer for the application. Returns
    /// whether it answers for a deadline that has passed.
    pub(crate) fn answers_late(&mut self) -> bool {
        self.disobeys = true;
        self.deadline
            .take()
            .is_some_and(|deadline| deadline.begin_head().is_err())
    }

    /// Checks the deadline before something is sent.
    #[cold]
    #[inline(never)]
    pub(super) fn check_deadline(&mut self) -> Result<()> {
        let Some(deadline) = &self.deadline else {
            return Ok(());
        };
        let checked = match self.sent {
            true => deadline.check(),
            false => deadline.begin_head(),
        };
        match checked {
            Ok(()) => Ok(()),
            // The response is cut, or another thread has answered.
            Err(_) if self.sent || deadline.has_passed() => Err(self.time_out().into()),
            Err(passed) => Err(passed.into()),
        }
    }

    /// Checks the deadline for the last time, since the gateway sends what is left of the response
    /// without the application.
    #[cold]
    #[inline(never)]
    pub(super) fn check_deadline_finally(&mut self) -> Result<()> {
        self.check_deadline()?;
        (self.deadline, self.disobeys) = (None, true);
        Ok(())
    }

    /// Notes that nothing can be sent any more, because the deadline has passed.
    fn time_out(&mut self) -> io::Error {
        self.gone = Some(End::TimedOut);
        io::Error::new(io::ErrorKind::TimedOut, Disconnected)
    }
}
