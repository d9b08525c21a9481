//! The outlet between an application and its filter.

use std::io::{self, Write};

use crate::{
    error::Error,
    filter::{Filter, Scope},
    head::Head,
    start_error::StartError,
    writer::Outlet,
};

/// The outlet of an application whose response is filtered.
pub(super) struct Link<'a, F> {
    pub(super) filter: F,
    /// The filter's answer to the head; `None` until it was asked.
    pub(super) scope: Option<Scope>,
    /// Whether the filter has seen no chunk since its last flush.
    pub(super) is_flushed: bool,
    /// The filter's error, since the application may ignore it.
    pub(super) failure: Option<Error>,
    outlet: &'a mut dyn Outlet,
}

impl<'a, F: Filter> Link<'a, F> {
    pub(super) fn new(filter: F, outlet: &'a mut dyn Outlet) -> Self {
        Self {
            filter,
            scope: None,
            is_flushed: true,
            failure: None,
            outlet,
        }
    }

    fn fail(&mut self, error: Error) -> io::Error {
        self.failure.insert(error).to_io()
    }
}

impl<F: Filter> Outlet for Link<'_, F> {
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_io());
        }
        let scope = match self.scope {
            Some(scope) => scope,
            None => match self.filter.head(head) {
                Ok(scope) => *self.scope.insert(scope),
                Err(error) => return Err(self.fail(error)),
            },
        };
        match scope {
            Scope::Head => self.outlet.write(head, chunk),
            Scope::Body => {
                let mut out = Onward {
                    head,
                    outlet: self.outlet,
                };
                self.is_flushed = false;
                let result = self.filter.chunk(chunk, &mut out);
                result.map_err(|error| self.fail(error.into()))
            }
        }
    }

    fn flush(&mut self, head: &mut Head) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            return Err(failure.to_io());
        }
        if !self.is_flushed {
            self.is_flushed = true;
            let mut out = Onward {
                head,
                outlet: self.outlet,
            };
            let result = self.filter.flush(&mut out);
            result.map_err(|error| self.fail(error.into()))?;
        }
        self.outlet.flush(head)
    }

    fn refused(&mut self, error: &StartError) {
        self.outlet.refused(error);
    }
}

/// The writer that a filter writes to.
struct Onward<'a> {
    head: &'a mut Head,
    outlet: &'a mut dyn Outlet,
}

impl Write for Onward<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if !chunk.is_empty() {
            self.outlet.write(self.head, chunk)?;
        }
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outlet.flush(self.head)
    }
}
