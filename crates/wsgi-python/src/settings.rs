//! The settings of a server, as Python's keyword arguments.

use std::time::Duration;

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString},
};
use wsgi_server::Builder;

/// The number of calls of the application at once, unless it is set.
const CALLS: usize = 32;

/// The settings that are not those of the server's builder alone.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The number of calls of the application at once.
    pub(crate) calls: usize,
    /// Whether other processes serve the same application.
    pub(crate) multiprocess: bool,
}

impl Settings {
    /// Reads the settings, and applies those of the builder.
    ///
    /// # Errors
    ///
    /// There is no setting of that name, or it has another type.
    pub(crate) fn apply(
        settings: Option<&Bound<'_, PyDict>>,
        mut builder: Builder,
    ) -> PyResult<(Self, Builder)> {
        let mut own = Self {
            calls: CALLS,
            multiprocess: false,
        };
        for (name, value) in settings.into_iter().flatten() {
            if value.is_none() {
                continue;
            }
            let name = name.cast::<PyString>()?.to_str()?;
            builder = own.apply_one(name, &value, builder).map_err(|error| {
                let problem = format!("the setting `{name}`: {}", error.value(value.py()));
                match error.is_instance_of::<PyTypeError>(value.py()) {
                    true => PyTypeError::new_err(problem),
                    false => PyValueError::new_err(problem),
                }
            })?;
        }
        // One thread is for the loop.
        let builder = builder.threads(1).max_threads(own.calls + 1);
        Ok((own, builder))
    }

    fn apply_one(
        &mut self,
        name: &str,
        value: &Bound<'_, PyAny>,
        builder: Builder,
    ) -> PyResult<Builder> {
        Ok(match name {
            "threads" => {
                self.calls = count(value)?;
                builder
            }
            "multiprocess" => {
                self.multiprocess = value.extract()?;
                builder
            }
            "shutdown_timeout" => builder.shutdown_timeout(seconds(value)?),
            "request_timeout" => builder.request_timeout(seconds(value)?),
            _ => return Err(PyTypeError::new_err("there is no such setting")),
        })
    }
}

/// A number that is at least 1.
fn count(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    match value.extract()? {
        0 => Err(PyValueError::new_err("it is at least 1")),
        count => Ok(count),
    }
}

/// A time in seconds.
fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let problem = "it is a number of seconds, 0 or more";
    Duration::try_from_secs_f64(value.extract()?).map_err(|_| PyValueError::new_err(problem))
}
