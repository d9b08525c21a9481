//! Where the response of an application goes, before it goes to the gateway.

use std::{io, sync::Arc};

use wsgi_application::{Exchange, Head, Outlet, StartError};

use crate::{
    Finding,
    checks::{promise::Promise, start},
    watch::Watch,
};

/// The outlet that an application is given in place of the gateway's.
pub(crate) struct Gate<'a> {
    watch: &'a Arc<Watch>,
    outlet: &'a mut dyn Outlet,
    /// What the head promises, once it is settled.
    promise: Option<Promise>,
    /// Whether the gateway takes no more, so that nothing need be whole.
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

    /// The application has returned: what the head promises of the rest of its body, or `None`
    /// where there is nothing to be held to.
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
        // The application has its error; the response fails whatever becomes of that.
        let _ = start::refused(error, self.watch);
        self.outlet.refused(error);
    }
}
