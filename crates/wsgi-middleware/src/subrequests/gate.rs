//! An outlet that does not let certain responses out.

use std::io;

use wsgi_application::{Disconnected, Environ, Head, Outlet, Result, StartError};

use crate::log::log_failure;

/// Holds back responses that another one replaces.
///
/// Whether a response may pass is decided once, when its head is settled and its first bytes come.
/// If it may not, the application learns that nobody takes its bytes, as if the client had gone.
pub(crate) struct Gate<'a, F> {
    is_held_back: F,
    /// The decision, once there is one.
    is_closed: Option<bool>,
    outlet: &'a mut dyn Outlet,
}

impl<'a, F: Fn(&Head) -> bool> Gate<'a, F> {
    pub(crate) fn new(outlet: &'a mut dyn Outlet, is_held_back: F) -> Self {
        Self {
            is_held_back,
            is_closed: None,
            outlet,
        }
    }

    /// Whether the response is held back. `head` is that of the response after the call.
    pub(crate) fn holds_back(&self, head: &Head) -> bool {
        match self.is_closed {
            Some(is_closed) => is_closed,
            None => head.is_started() && (self.is_held_back)(head),
        }
    }

    /// Whether bytes of a response that is held back were refused, so that the result of the
    /// application no longer counts.
    pub(crate) fn has_refused(&self) -> bool {
        self.is_closed == Some(true)
    }

    fn open(&mut self, head: &Head) -> io::Result<()> {
        let is_closed = *self
            .is_closed
            .get_or_insert_with(|| (self.is_held_back)(head));
        match is_closed {
            true => Err(Disconnected.into()),
            false => Ok(()),
        }
    }
}

/// Drops the result of an application whose response is held back. The refusal of its bytes is not
/// its failure. Any other error is logged, since the gateway does not see it.
pub(crate) fn discard(result: Result, environ: &Environ) {
    if let Err(error) = result
        && !error.is_disconnected()
    {
        log_failure(environ, &error);
    }
}

impl<F: Fn(&Head) -> bool> Outlet for Gate<'_, F> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        self.open(head)?;
        self.outlet.write(head, chunk)
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        self.open(head)?;
        self.outlet.flush(head)
    }

    fn refused(&mut self, error: &StartError) {
        self.outlet.refused(error);
    }
}
