//! Native strings of PEP 3333: text whose characters stand for bytes, in latin-1.

use std::borrow::Cow;

use pyo3::{exceptions::PyValueError, prelude::*, types::PyString};

/// The native string of some bytes.
pub(crate) fn from_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyString> {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() => PyString::new(py, text),
        _ => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            PyString::new(py, &text)
        }
    }
}

/// The bytes of a native string. `what` names it in the exception.
///
/// # Errors
///
/// It has characters beyond U+00FF, which no byte stands for.
pub(crate) fn to_bytes<'a>(what: &str, text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
    let wide = || {
        let problem = format!("{what} has characters beyond latin-1 (PEP 3333, Unicode Issues)");
        PyValueError::new_err(problem)
    };
    // A lone surrogate is not UTF-8, and is beyond latin-1.
    let utf8 = text.to_str().map_err(|_| wide())?;
    if utf8.is_ascii() {
        return Ok(Cow::Borrowed(utf8.as_bytes()));
    }
    let bytes: Result<Vec<u8>, _> = utf8.chars().map(u8::try_from).collect();
    bytes.map(Cow::Owned).map_err(|_| wide())
}
