//! The iterable of a response, which is closed once, whatever happens to the response.

use pyo3::{intern, prelude::*, types::PyIterator};
use wsgi_application::{Chunk, Error};
use wsgi_environ::Errors;

use crate::{
    attachment::attached,
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
    pub(crate) fn blocks(self, first: Chunk, iterator: Bound<'_, PyIterator>) -> Blocks {
        Blocks {
            first: Some(first),
            iterator: Some(iterator.unbind()),
            iterable: self,
        }
    }
}

impl Drop for Iterable {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else {
            return;
        };
        let closed = attached(|py| {
            let object = object.into_bound(py);
            close(&object).map_err(|exception| traceback(py, &exception))
        });
        if let Ok(Err(traceback)) = closed {
            let problem = "the response's close() failed";
            self.errors.print(format_args!("{problem}: {traceback}"));
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
/// at once. The drop closes the iterable.
pub(crate) struct Blocks {
    first: Option<Chunk>,
    /// `None` after the last block.
    iterator: Option<Py<PyIterator>>,
    iterable: Iterable,
}

impl Blocks {
    fn fetch(&mut self) -> Result<Option<Chunk>, Error> {
        let Some(iterator) = self.iterator.take() else {
            return Ok(None);
        };
        let whereabouts = self.iterable.whereabouts.as_ref();
        attached(|py| {
            let _entered = whereabouts.map(|place| place.enter(py));
            let mut iterator = iterator.into_bound(py);
            let block = next_block(&mut iterator).map_err(|exception| failure(py, &exception))?;
            self.iterator = block.is_some().then(|| iterator.unbind());
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
