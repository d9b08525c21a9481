//! `wsgi.input` (PEP 3333, Input and Error Streams).

use std::io::{self, BufRead, Read};

use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyBytes, PyList},
};
use wsgi_environ::Input;

use crate::{attachment::is_fork, exceptions, mutex::Mutex};

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

    /// Reads a part of the body, whose length `measure` finds in the rest of a body that is in
    /// memory. Otherwise `read` reads it, and may wait for the client. A fork of the request would
    /// take that from its parent, so this raises there.
    fn part<'py>(
        &self,
        py: Python<'py>,
        measure: impl Fn(&[u8]) -> usize,
        read: impl FnOnce(&mut Input) -> io::Result<Vec<u8>> + Send,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(mut input) = self.0.try_lock()
            && let Some(rest) = input.buffered()
        {
            let length = measure(rest);
            // Making this object runs no code of Python, which could use this input too.
            let part = PyBytes::new(py, &rest[..length]);
            input.consume(length);
            return Ok(part);
        }
        if is_fork() {
            return Err(PyRuntimeError::new_err(
                "wsgi.input was read in a fork; the connection is that of the process that was \
                 forked",
            ));
        }
        py.detach(|| read(&mut self.0.lock()))
            .map(|part| PyBytes::new(py, &part))
            .map_err(|error| exceptions::of_reading(py, &error))
    }

    fn line<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Bound<'py, PyBytes>> {
        let measure = |rest: &[u8]| line_length(rest, most);
        self.part(py, measure, |input| read_line(input, most))
    }
}

#[pymethods]
impl PyInput {
    /// Reads at most `size` bytes, or all if it is negative or `None`.
    #[pyo3(signature = (size=None, /))]
    fn read<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = limit(size);
        let measure = |rest: &[u8]| rest.len().min(most);
        self.part(py, measure, |input| {
            let mut data = Vec::new();
            input.take(most as u64).read_to_end(&mut data)?;
            Ok(data)
        })
    }

    /// Reads a line with its end, but at most `size` bytes of it.
    #[pyo3(signature = (size=None, /))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        self.line(py, limit(size))
    }

    /// Reads all lines, or the first ones that have at least `hint` bytes together.
    #[pyo3(signature = (hint=None, /))]
    fn readlines<'py>(&self, py: Python<'py>, hint: Option<isize>) -> PyResult<Bound<'py, PyList>> {
        let enough = limit(hint.filter(|&hint| hint > 0));
        let lines = PyList::empty(py);
        let mut read = 0_usize;
        while read < enough {
            let line = self.line(py, usize::MAX)?;
            if line.as_bytes().is_empty() {
                break;
            }
            read = read.saturating_add(line.as_bytes().len());
            lines.append(line)?;
        }
        Ok(lines)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let line = self.line(py, usize::MAX)?;
        Ok((!line.as_bytes().is_empty()).then_some(line))
    }
}

fn limit(size: Option<isize>) -> usize {
    let size = size.and_then(|size| usize::try_from(size).ok());
    size.unwrap_or(usize::MAX)
}

/// The length of the line at the start of these bytes, with its end, but at most this.
fn line_length(bytes: &[u8], most: usize) -> usize {
    let window = &bytes[..bytes.len().min(most)];
    let end = window.iter().position(|&byte| byte == b'\n');
    end.map_or(window.len(), |end| end + 1)
}

/// Reads up to the end of a line, the end of the body, or `most` bytes.
fn read_line(input: &mut Input, most: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.len() < most && line.last() != Some(&b'\n') {
        let available = input.fill_buf()?;
        let length = line_length(available, most - line.len());
        if length == 0 {
            break;
        }
        line.extend_from_slice(&available[..length]);
        input.consume(length);
    }
    Ok(line)
}
