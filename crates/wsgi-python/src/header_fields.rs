//! The header fields that an application gives to `start_response`.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyList, PyString, PyTuple},
};
use wsgi_environ::Errors;
use wsgi_headers::Headers;

use crate::{hop_by_hop, native_string};

/// The bytes of a usual field, its name and its value, which the first allocation has room for.
const USUAL: usize = 48;

/// Checks and copies the fields. Hop-by-hop fields are left out.
///
/// # Errors
///
/// They are not a list of pairs of strings, or one of them cannot be sent.
pub(crate) fn header_fields(fields: &Bound<'_, PyAny>, errors: &Errors) -> PyResult<Headers> {
    let fields = fields.cast::<PyList>().map_err(|_| {
        let problem = format!("the headers are a list, not {}", type_name(fields));
        PyTypeError::new_err(problem)
    })?;
    let mut headers = Headers::with_capacity(fields.len(), fields.len() * USUAL);
    for field in fields {
        append(&mut headers, &field, errors)?;
    }
    Ok(headers)
}

fn append(headers: &mut Headers, field: &Bound<'_, PyAny>, errors: &Errors) -> PyResult<()> {
    let pair = field.cast::<PyTuple>().ok().filter(|pair| pair.len() == 2);
    let pair = pair.ok_or_else(|| {
        let problem = format!(
            "a header is a tuple of two strings, not {}",
            type_name(field)
        );
        PyTypeError::new_err(problem)
    })?;
    let (name, value) = (pair.get_borrowed_item(0)?, pair.get_borrowed_item(1)?);
    let (name, value) = (string("name", &name)?, string("value", &value)?);
    let name = native_string::to_text("a header's name", name)?;
    let bytes = native_string::to_bytes("a header's value", value)?;
    if hop_by_hop::is_left_out(field.py(), name, errors) {
        return Ok(());
    }
    headers.append(name, &*bytes).map_err(|error| {
        let problem = format!("the header ({name:?}, {value:?}) cannot be sent: {error}");
        PyValueError::new_err(problem)
    })
}

fn string<'a, 'py>(
    what: &str,
    object: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyString>> {
    object.cast::<PyString>().map_err(|_| {
        let problem = format!("a header's {what} is a string, not {}", type_name(object));
        PyTypeError::new_err(problem)
    })
}

/// The name of an object's type, for a message.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    let name = object.get_type().name();
    name.map_or_else(|_| "an object".into(), |name| format!("`{name}`"))
}
