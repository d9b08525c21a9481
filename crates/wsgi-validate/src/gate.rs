//! The outlet between an application and its gateway.

use std::{io, sync::Arc};

use wsgi_application::{Exchange, Head, Outlet, StartError};

use crate::{
    checks::{promise::Promise, start},
    finding::Finding,
    watch::Watch,
};

/// The outlet that replaces the gateway's for the application.
pub(crate) struct Gate<'a> {
    watch: &'a Arc<Watch>,
    outlet: &'a mut dyn Outlet,
    /// The promises of the head, once it is settled.
    promise: Option<Promise>,
    /// Whether the gateway returned an error, so that the body may be incomplete.
    is_closed: bool,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(watch: &'a Arc<Watch>, outlet: &'a mut dyn Outlet) -> Self {
        Self {
            watch,
            outlet,
            promise: None,
            is_closed: false,
        }
    }

    /// Checks the response after the application has returned. Returns the promises about the rest
    /// of the body, or `None` if there is nothing left to check.
    pub(crate) fn close(self, exchange: &Exchange) -> Result<Option<Promise>, Finding> {
        let Exchange { head, gathered } = exchange;
        start::started(head, self.watch)?;
        if self.is_closed || !head.is_started() {
            return Ok(None);
        }
        let mut promise = match self.promise {
            Some(promise) => promise,
            None => Promise::new(head, self.watch)?,
        };
        promise.chunk(gathered)?;
        Ok(Some(promise))
    }

    fn check(&mut self, head: &Head, chunk: &[u8]) -> Result<(), Finding> {
        let promise = match &mut self.promise {
            Some(promise) => promise,
            None => self.promise.insert(Promise::new(head, self.watch)?),
        };
        promise.chunk(chunk)
    }

    fn pass(&mut self, result: io::Result<()>) -> io::Result<()> {
        self.is_closed |= result.is_err();
        result
    }
}

impl Outlet for Gate<'_> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        self.check(head, chunk).map_err(Finding::into_io)?;
        let result = self.outlet.write(head, chunk);
        self.pass(result)
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        let result = self.outlet.flush(head);
        self.pass(result)
    }

    fn refused(&mut self, error: &StartError) {
        // The watch fails the response, even if the application ignores its error.
        let _ = start::refused(error, self.watch);
        self.outlet.refused(error);
    }
}
