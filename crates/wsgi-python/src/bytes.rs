//! Python's bytes as chunks of a body.

use pyo3::{exceptions::PyTypeError, prelude::*, pybacked::PyBackedBytes, types::PyBytes};
use wsgi_application::Chunk;

use crate::header_fields::type_name;

/// The length from which bytes are kept in Python's object. Fewer are copied, which costs less than
/// to give the object back.
const KEPT: usize = 4096;

/// The bytes object that an application gave.
///
/// # Errors
///
/// It is another object.
pub(crate) fn bytes_of<'a, 'py>(
    object: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyBytes>> {
    object.cast::<PyBytes>().map_err(|_| {
        let problem = format!("a body consists of bytes, not {}", type_name(object));
        PyTypeError::new_err(problem)
    })
}

/// A chunk of these bytes. Many bytes are not copied: they stay in Python's object, which the chunk
/// keeps. The object is dropped later, by the next thread that has Python's lock, and other calls
/// wait meanwhile. An object of a derived type may run code when it is dropped, so it is copied.
pub(crate) fn chunk(bytes: &Bound<'_, PyBytes>) -> Chunk {
    let slice = bytes.as_bytes();
    if slice.len() < KEPT || !bytes.is_exact_instance_of::<PyBytes>() {
        return slice.to_vec().into();
    }
    Chunk::from_owner(PyBackedBytes::from(bytes.clone()))
}
