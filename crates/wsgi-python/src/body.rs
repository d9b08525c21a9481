//! The iterable that an application returns, as a body of the server (PEP 3333, Buffering and
//! Streaming).

use pyo3::{
    exceptions::{PyAttributeError, PyNotImplementedError, PyRuntimeError, PyTypeError},
    prelude::*,
    types::{PyBytes, PyIterator, PyList, PyString, PyTuple},
};
use wsgi_application::{Body, Chunk, Content, Environ};

use crate::{
    bytes::{bytes_of, chunk},
    file_wrapper::FileWrapper,
    header_fields::type_name,
    iterable::{Iterable, next_block},
    lent::Lent,
    sized::is_sized,
    whereabouts::Whereabouts,
};

/// The total of bytes up to which the items of a list become one chunk.
const JOINED: usize = 64 * 1024;

/// The body for the iterable that an application returned. Its first block is fetched here, where
/// the application may still call `start_response`.
///
/// # Errors
///
/// The iterable raises, or gives something other than bytes, or the response is not started.
pub(crate) fn body(
    iterable: &Bound<'_, PyAny>,
    environ: &mut Environ,
    lent: &Lent,
    whereabouts: Option<&Whereabouts>,
) -> PyResult<Body> {
    // Lists and tuples run no code, and have no `close`.
    if let Ok(list) = iterable.cast_exact::<PyList>() {
        return whole(list.iter());
    }
    if let Ok(tuple) = iterable.cast_exact::<PyTuple>() {
        return whole(tuple.iter());
    }
    let kept = Iterable::new(iterable, environ.errors().clone(), whereabouts);
    if let Ok(wrapper) = iterable.cast_exact::<FileWrapper>()
        && let Some(file) = wrapper.get().file(iterable.py())
    {
        ensure_started(lent)?;
        environ.on_finished(move |_, _| drop(kept)); // which closes it
        return Ok(file.into());
    }
    blocks(iterable, kept, environ, lent)
}

/// The body of all items, which are known.
fn whole<'py>(mut items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>) -> PyResult<Body> {
    if items.len() == 1
        && let Some(item) = items.next()
    {
        let only = chunk(bytes_of(&item)?);
        return Ok(match only.is_empty() {
            true => Body::empty(),
            false => only.into(),
        });
    }
    let mut chunks = Vec::with_capacity(items.len());
    let mut length = 0;
    for item in items {
        let chunk = chunk(bytes_of(&item)?);
        length += chunk.len();
        if !chunk.is_empty() {
            chunks.push(chunk);
        }
    }
    Ok(match chunks.len() {
        0 => Body::empty(),
        _ if length <= JOINED => chunks.concat().into(),
        _ => Body::chunks(chunks),
    })
}

/// The body of an iterable whose blocks come one by one.
fn blocks(
    iterable: &Bound<'_, PyAny>,
    kept: Iterable,
    environ: &mut Environ,
    lent: &Lent,
) -> PyResult<Body> {
    let begin = match Begin::of(iterable, lent) {
        Ok(Some(begin)) => begin,
        over => {
            environ.on_finished(move |_, _| drop(kept)); // the client does not wait for `close`
            return over.map(|_| Body::empty());
        }
    };
    let blocks = kept.blocks(begin.first, begin.is_whole, begin.iterator, environ);
    Ok(Content::Chunks(Box::new(blocks)).into())
}

/// The begin of an iterable's blocks.
struct Begin<'py> {
    first: Chunk,
    /// Whether the first block is the whole response.
    is_whole: bool,
    iterator: Bound<'py, PyIterator>,
}

impl<'py> Begin<'py> {
    /// `None` if there is no block.
    fn of(iterable: &Bound<'py, PyAny>, lent: &Lent) -> PyResult<Option<Self>> {
        let mut iterator = iterable
            .try_iter()
            .map_err(|error| match has_iter(iterable) {
                true => error, // its own
                false => wrong(iterable),
            })?;
        let first = next_block(&mut iterator).map_err(|error| match is_bare(iterable) {
            true => wrong(iterable),
            false => error,
        })?;
        ensure_started(lent)?;
        let Some(first) = first else {
            return Ok(None);
        };
        Ok(Some(Self {
            is_whole: declares_length(lent, first.len(), is_single(iterable)?),
            first,
            iterator,
        }))
    }
}

/// Whether an object can be asked for an iterator. If it fails to give one, the error says why.
#[cold]
fn has_iter(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    ["__iter__", "__getitem__"]
        .iter()
        .any(|name| class.hasattr(name).unwrap_or(true))
}

/// Whether an application returned a body itself, whose items are numbers or characters.
#[cold]
fn is_bare(iterable: &Bound<'_, PyAny>) -> bool {
    iterable.is_instance_of::<PyBytes>() || iterable.is_instance_of::<PyString>()
}

/// The error of an application that returned something else than an iterable of bytes.
#[cold]
fn wrong(returned: &Bound<'_, PyAny>) -> PyErr {
    let name = type_name(returned);
    let class = returned.get_type();
    let is_asynchronous = ["__await__", "__aiter__"]
        .iter()
        .any(|name| class.hasattr(name).unwrap_or(false));
    let hint = match &*name {
        _ if is_asynchronous => ": it is asynchronous, such as one of ASGI",
        "`NoneType`" => ": perhaps it does not `return` its response",
        _ => "",
    };
    PyTypeError::new_err(format!(
        "an application returns a list of bytes, or another iterable of them, not {name}{hint}"
    ))
}

/// Whether the iterable says that its first block is its only one, which PEP 3333 gives a length
/// (Handling the `Content-Length` Header). Some have the method `__len__`, and no length, such as
/// proxies.
///
/// # Errors
///
/// The method raises another exception than those that say so.
fn is_single(iterable: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !is_sized(iterable) {
        return Ok(false);
    }
    match iterable.len() {
        Ok(length) => Ok(length == 1),
        Err(error) if says_nothing(iterable.py(), &error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an exception says that there is no length, as `wsgiref` has it.
fn says_nothing(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyAttributeError>(py)
        || error.is_instance_of::<PyNotImplementedError>(py)
}

/// Whether the response is declared to be as long as its first block. If that is its only one, and
/// nothing is declared or written, this declares it.
fn declares_length(lent: &Lent, length: usize, is_single: bool) -> bool {
    let declares = lent.with(|response| {
        let head = response.head()?;
        match head.headers.get("Content-Length") {
            Some(declared) => Some(declared.to_str().ok()?.parse::<usize>().ok()? == length),
            None if is_single => {
                let value = length.to_string();
                Some(head.headers.append("Content-Length", value).is_ok())
            }
            None => None,
        }
    });
    declares.ok().flatten().unwrap_or(false)
}

/// # Errors
///
/// The application did not call `start_response`.
fn ensure_started(lent: &Lent) -> PyResult<()> {
    match lent.with(|response| response.writer().is_some()) {
        Ok(true) => Ok(()),
        _ => Err(PyRuntimeError::new_err(
            "the application returned a body and did not call start_response",
        )),
    }
}
