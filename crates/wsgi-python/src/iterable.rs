//! The iterable of a response, which is closed once, whatever happens to the response.

use pyo3::{intern, prelude::*, types::PyIterator};
use wsgi_application::{Chunk, Environ, Error};
use wsgi_environ::Errors;

use crate::{
    attachment::{attached, end_if_fork},
    bytes::{bytes_of, chunk},
    failure::{failure, traceback},
    whereabouts::Whereabouts,
};

/// An iterable that an application returned. Its drop calls the iterable's `close`, if it has one
/// (PEP 3333, Specification Details). An exception of `close` is logged.
pub(crate) struct Iterable {
    object: Option<Py<PyAny>>,
    errors: Errors,
    whereabouts: Option<Whereabouts>,
}

impl Iterable {
    pub(crate) fn new(
        object: &Bound<'_, PyAny>,
        errors: Errors,
        whereabouts: Option<&Whereabouts>,
    ) -> Self {
        Self {
            object: Some(object.clone().unbind()),
            errors,
            whereabouts: whereabouts.cloned(),
        }
    }

    /// The blocks of this iterable, of which the first was fetched.
    ///
    /// It is closed when the response is over. `is_whole` tells whether the client has all of it
    /// with the first block: then it is closed on the way of its last step, since nobody waits for
    /// that. Otherwise the end of the response must not wait, so that a hook closes it after.
    pub(crate) fn blocks(
        self,
        first: Chunk,
        is_whole: bool,
        iterator: Bound<'_, PyIterator>,
        environ: &mut Environ,
    ) -> Blocks {
        let whereabouts = self.whereabouts.clone();
        let whole = match is_whole {
            true => Some(self),
            false => {
                environ.on_finished(move |_, _| drop(self));
                None
            }
        };
        Blocks {
            first: Some(first),
            iterator: Some(iterator.unbind()),
            whereabouts,
            whole,
        }
    }

    /// Closes it, unless it is closed.
    fn close(&mut self, py: Python<'_>) {
        let Some(object) = self.object.take() else {
            return;
        };
        if let Err(exception) = close(&object.into_bound(py)) {
            end_if_fork(py, &exception);
            let traceback = traceback(py, &exception);
            let problem = format!("the response's close() failed: {traceback}");
            py.detach(|| self.errors.print(problem)); // the log may be slow
        }
    }
}

impl Drop for Iterable {
    fn drop(&mut self) {
        if self.object.is_some() {
            // Without an interpreter there is nothing to close.
            let _ = attached(|py| self.close(py));
        }
    }
}

fn close(object: &Bound<'_, PyAny>) -> PyResult<()> {
    match object.getattr_opt(intern!(object.py(), "close"))? {
        Some(close) => close.call0().map(drop),
        None => Ok(()),
    }
}

/// The blocks of an iterable. Each is fetched when the one before is with the server, and is sent
/// at once.
pub(crate) struct Blocks {
    first: Option<Chunk>,
    /// `None` after the last block.
    iterator: Option<Py<PyIterator>>,
    whereabouts: Option<Whereabouts>,
    /// The iterable, if the first block is the whole response.
    whole: Option<Iterable>,
}

impl Blocks {
    fn fetch(&mut self) -> Result<Option<Chunk>, Error> {
        let Some(iterator) = self.iterator.take() else {
            return Ok(None);
        };
        attached(|py| {
            let _entered = self.whereabouts.as_ref().map(|place| place.enter(py));
            let mut iterator = iterator.into_bound(py);
            let block = next_block(&mut iterator).map_err(|exception| failure(py, &exception))?;
            match (&block, &mut self.whole) {
                (Some(_), _) => self.iterator = Some(iterator.unbind()),
                (None, Some(iterable)) => iterable.close(py),
                (None, None) => {}
            }
            Ok(block)
        })?
    }
}

impl Iterator for Blocks {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.fetch().transpose(),
        }
    }
}

impl Drop for Blocks {
    /// An iterator that has not come to its end may run code when it is dropped, such as the
    /// `finally` of a generator. It may take its time, so it must not run where PyO3 drops what was
    /// dropped without the interpreter: there, a thread keeps the gate closed.
    fn drop(&mut self) {
        if let Some(iterator) = self.iterator.take() {
            let whereabouts = self.whereabouts.as_ref();
            let _ = attached(|py| {
                let _entered = whereabouts.map(|place| place.enter(py));
                drop(iterator.into_bound(py));
            });
        }
    }
}

/// The next block that is not empty.
pub(crate) fn next_block(iterator: &mut Bound<'_, PyIterator>) -> PyResult<Option<Chunk>> {
    for item in iterator {
        let chunk = chunk(bytes_of(&item?)?);
        if !chunk.is_empty() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}
