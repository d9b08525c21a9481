//! Native strings of PEP 3333: text whose characters stand for bytes, in latin-1.

#![allow(unsafe_code)]

use std::borrow::Cow;

use pyo3::{
    exceptions::PyValueError,
    ffi::{self, Py_ssize_t},
    prelude::*,
    types::PyString,
};

/// The native string of some bytes.
pub(crate) fn from_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    let length = bytes.len() as Py_ssize_t; // no slice is longer than this type's values
    // SAFETY: the thread is attached, and the bytes are there for the time of the call. It gives a
    // new reference to a string, since each byte is a character of latin-1. Without memory it gives
    // none, which ends in a panic.
    unsafe {
        let string = ffi::PyUnicode_DecodeLatin1(bytes.as_ptr().cast(), length, std::ptr::null());
        Bound::from_owned_ptr(py, string).cast_into_unchecked()
    }
}

/// The bytes of a native string. `what` names it in the exception.
///
/// # Errors
///
/// It has characters beyond U+00FF, which no byte stands for.
pub(crate) fn to_bytes<'a>(what: &str, text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
    // A lone surrogate is not UTF-8, and is beyond latin-1.
    let utf8 = text.to_str().map_err(|_| too_wide(what))?;
    if utf8.is_ascii() {
        return Ok(Cow::Borrowed(utf8.as_bytes()));
    }
    let bytes: Result<Vec<u8>, _> = utf8.chars().map(u8::try_from).collect();
    bytes.map(Cow::Owned).map_err(|_| too_wide(what))
}

/// The text of a native string that is meant to be ASCII. Another one is for the caller to refuse.
///
/// # Errors
///
/// As [`to_bytes`].
pub(crate) fn to_text<'a>(what: &str, text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    let utf8 = text.to_str().map_err(|_| too_wide(what))?;
    if !utf8.is_ascii() {
        to_bytes(what, text)?;
    }
    Ok(utf8)
}

#[cold]
fn too_wide(what: &str) -> PyErr {
    let problem = format!("{what} has characters beyond latin-1 (PEP 3333, Unicode Issues)");
    PyValueError::new_err(problem)
}
