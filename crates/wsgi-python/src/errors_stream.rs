//! `wsgi.errors` (PEP 3333, Input and Error Streams).

use std::io::{self, Write};

use pyo3::{
    exceptions::PyOSError,
    prelude::*,
    types::{PyBytes, PyString},
};
use wsgi_environ::Errors;

/// The server's errors stream as a text file. Characters that UTF-8 does not have, such as lone
/// surrogates, are escaped.
#[pyclass(frozen, name = "Errors", module = "wsgi_rs")]
pub(crate) struct ErrorsStream(Errors);

impl ErrorsStream {
    pub(crate) fn new(errors: Errors) -> Self {
        Self(errors)
    }
}

#[pymethods]
impl ErrorsStream {
    /// Writes a text, and returns its length.
    fn write(&self, py: Python<'_>, text: &Bound<'_, PyString>) -> PyResult<usize> {
        let escaped: Bound<'_, PyBytes>;
        let bytes = match text.to_str() {
            Ok(text) => text.as_bytes(),
            Err(_) => {
                let encoded = text.call_method1("encode", ("utf-8", "backslashreplace"))?;
                escaped = encoded.cast_into()?;
                escaped.as_bytes()
            }
        };
        self.done(py, |mut errors| errors.write_all(bytes))?;
        text.len()
    }

    /// Writes the texts of an iterable.
    fn writelines(&self, py: Python<'_>, lines: &Bound<'_, PyAny>) -> PyResult<()> {
        for line in lines.try_iter()? {
            self.write(py, line?.cast::<PyString>()?)?;
        }
        Ok(())
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.done(py, |mut errors| errors.flush())
    }
}

impl ErrorsStream {
    /// Writes without Python's lock, since the log may be slow.
    fn done(
        &self,
        py: Python<'_>,
        write: impl FnOnce(&Errors) -> io::Result<()> + Send,
    ) -> PyResult<()> {
        py.detach(|| write(&self.0)).map_err(PyOSError::new_err)
    }
}
