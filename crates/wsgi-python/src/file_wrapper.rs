//! `wsgi.file_wrapper` (PEP 3333, Optional Platform-Specific File Handling).

use std::{fs::File, io, os::unix::fs::MetadataExt};

use pyo3::{PyTraverseError, PyVisit, intern, prelude::*};

use crate::descriptor;

/// A file-like object as a body. A file of the system leaves without a copy through the process,
/// from its position on. Others are read in blocks.
#[pyclass(frozen, module = "wsgi_rs")]
pub(crate) struct FileWrapper {
    filelike: Py<PyAny>,
    block_size: usize,
}

#[pymethods]
impl FileWrapper {
    /// Wraps an object with a method `read`.
    #[new]
    #[pyo3(signature = (filelike, block_size=8192))]
    fn new(filelike: Py<PyAny>, block_size: usize) -> Self {
        let block_size = block_size.max(1);
        Self {
            filelike,
            block_size,
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let filelike = self.filelike.bind(py);
        let block = filelike.call_method1(intern!(py, "read"), (self.block_size,))?;
        Ok(block.is_truthy()?.then_some(block))
    }

    /// Shows the wrapped object to Python's collector of cycles, in case that it keeps this one.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.filelike)
    }

    /// Closes the wrapped object, if it can be closed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let close = self.filelike.bind(py).getattr_opt(intern!(py, "close"))?;
        close.map_or(Ok(()), |close| close.call0().map(drop))
    }
}

impl FileWrapper {
    /// The file of the system behind it, as a file of the server from its position on. `None` if it
    /// has none, or one that is not regular, seems empty or has an unknown length, or if its `read`
    /// may give other bytes than the system. That of a `GzipFile` does, which has a `fileno` too.
    ///
    /// The descriptor is a duplicate, so that it stays valid whatever Python does with its own.
    /// Both share the position, which moves to the end of the file as with `read`.
    pub(crate) fn file(&self, py: Python<'_>) -> Option<wsgi_file_wrapper::FileWrapper> {
        let filelike = plain_file(self.filelike.bind(py)).ok()??;
        if !is_readable(&filelike).ok()? {
            return None;
        }
        let number = filelike.call_method0(intern!(py, "fileno")).ok()?;
        let position = filelike.call_method0(intern!(py, "tell")).ok()?;
        let (number, position) = (number.extract().ok()?, position.extract().ok()?);
        py.detach(|| from(number, position)).ok()?
    }
}

/// The object itself if it is a file of Python's own, or else its attribute `file`, which temporary
/// files and those of Django have. The object's `read` must be that of the file: another one may
/// give other bytes.
fn plain_file<'py>(filelike: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = filelike.py();
    let read = filelike.getattr(intern!(py, "read"))?;
    if is_plain(filelike)? {
        let own = filelike.get_type().getattr(intern!(py, "read"))?;
        // Without the type, Python crashes in those versions that need it for such a method.
        let bound = (filelike, filelike.get_type());
        let own = own.call_method1(intern!(py, "__get__"), bound)?;
        return Ok(read.eq(own)?.then(|| filelike.clone()));
    }
    let Some(inner) = filelike.getattr_opt(intern!(py, "file"))? else {
        return Ok(None);
    };
    let Some(inner) = is_plain(&inner)?.then_some(inner) else {
        return Ok(None);
    };
    let wrapped = match is_temporary(filelike)? {
        true => read.getattr_opt(intern!(py, "__wrapped__"))?,
        false => None,
    };
    let read = wrapped.unwrap_or(read);
    Ok(read
        .eq(inner.getattr(intern!(py, "read"))?)?
        .then_some(inner))
}

/// Whether an object is a temporary file of the library, whose methods are wrapped.
fn is_temporary(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let tempfile = object.py().import(intern!(object.py(), "tempfile"))?;
    let kind = tempfile.getattr_opt(intern!(object.py(), "_TemporaryFileWrapper"))?;
    Ok(kind.is_some_and(|kind| object.get_type().is(&kind)))
}

/// Whether an object is a file of the system, or a buffer around one, and of no derived type.
fn is_plain(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    let io = py.import(intern!(py, "io"))?;
    let is_file = |object: &Bound<'_, PyAny>| -> PyResult<bool> {
        Ok(object.get_type().is(&io.getattr(intern!(py, "FileIO"))?))
    };
    for buffered in [intern!(py, "BufferedReader"), intern!(py, "BufferedRandom")] {
        if object.get_type().is(&io.getattr(buffered)?) {
            return is_file(&object.getattr(intern!(py, "raw"))?);
        }
    }
    is_file(object)
}

/// Whether a plain file can be read. The system then has all that was written to it: a buffer may
/// have kept it, and have moved in it, so that `read` gives it.
fn is_readable(file: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = file.py();
    let buffered = py
        .import(intern!(py, "io"))?
        .getattr(intern!(py, "BufferedRandom"))?;
    if file.get_type().is(&buffered) {
        file.call_method0(intern!(py, "flush"))?;
    }
    file.call_method0(intern!(py, "readable"))?.is_truthy()
}

fn from(number: i32, position: u64) -> io::Result<Option<wsgi_file_wrapper::FileWrapper>> {
    let file = File::from(descriptor::duplicate(number)?);
    let metadata = file.metadata()?;
    let file = wsgi_file_wrapper::FileWrapper::from_file(file);
    // The system makes the bytes of some files as they are read, such as those of `/proc` and
    // `/sys`. They have no blocks on a disk, and seem empty, or have an unknown length.
    let is_made = || metadata.blocks() == 0 && file.remaining().is_none();
    if !metadata.is_file() || metadata.len() == 0 || is_made() {
        return Ok(None);
    }
    let length = metadata.len().saturating_sub(position);
    file.with_range(position, length).map(Some)
}
