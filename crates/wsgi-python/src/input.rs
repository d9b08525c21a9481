//! `wsgi.input` (PEP 3333, Input and Error Streams).

use std::io::{self, BufRead, Read};

use parking_lot::Mutex;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyList},
};
use wsgi_environ::Input;

use crate::exceptions;

/// The body of a request. It ends where the body ends. Several threads may read it.
///
/// While a thread waits for the client, Python's lock is free. The lock of the input is therefore
/// only waited for without Python's.
#[pyclass(frozen, name = "Input", module = "wsgi_rs")]
pub(crate) struct PyInput(Mutex<Input>);

impl PyInput {
    pub(crate) fn new(input: Input) -> Self {
        Self(Mutex::new(input))
    }

    fn with<R: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&mut Input) -> io::Result<R> + Send,
    ) -> PyResult<R> {
        py.detach(|| read(&mut self.0.lock()))
            .map_err(|error| exceptions::of_reading(py, &error))
    }

    fn line(&self, py: Python<'_>, most: usize) -> PyResult<Vec<u8>> {
        self.with(py, |input| read_line(input, most))
    }
}

#[pymethods]
impl PyInput {
    /// Reads at most `size` bytes, or all if it is negative or `None`.
    #[pyo3(signature = (size=None, /))]
    fn read<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = limit(size);
        let data = self.with(py, |input| {
            let mut data = Vec::new();
            input.take(most as u64).read_to_end(&mut data)?;
            Ok(data)
        })?;
        Ok(PyBytes::new(py, &data))
    }

    /// Reads a line with its end, but at most `size` bytes of it.
    #[pyo3(signature = (size=None, /))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let line = self.line(py, limit(size))?;
        Ok(PyBytes::new(py, &line))
    }

    /// Reads all lines, or the lines that have at least `hint` bytes together.
    #[pyo3(signature = (hint=None, /))]
    fn readlines<'py>(&self, py: Python<'py>, hint: Option<isize>) -> PyResult<Bound<'py, PyList>> {
        let enough = limit(hint.filter(|&hint| hint > 0));
        let lines = PyList::empty(py);
        let mut read = 0_usize;
        while read < enough {
            let line = self.line(py, usize::MAX)?;
            if line.is_empty() {
                break;
            }
            read = read.saturating_add(line.len());
            lines.append(PyBytes::new(py, &line))?;
        }
        Ok(lines)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let line = self.line(py, usize::MAX)?;
        Ok((!line.is_empty()).then(|| PyBytes::new(py, &line)))
    }
}

fn limit(size: Option<isize>) -> usize {
    let size = size.and_then(|size| usize::try_from(size).ok());
    size.unwrap_or(usize::MAX)
}

/// Reads up to the end of a line, the end of the body, or `most` bytes.
fn read_line(input: &mut Input, most: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < most {
        let available = input.fill_buf()?;
        let window = &available[..available.len().min(most - line.len())];
        let end = window.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(window.len(), |end| end + 1);
        line.extend_from_slice(&window[..taken]);
        input.consume(taken);
        if end.is_some() || taken == 0 {
            break;
        }
    }
    Ok(line)
}
