//! The environ as Python's dictionary (PEP 3333, environ Variables).

use pyo3::{intern, prelude::*, types::PyDict};
use wsgi_environ::{Environ, Errors, Input};

use crate::{
    errors_stream::ErrorsStream,
    file_wrapper::FileWrapper,
    input::PyInput,
    names::{interned, variable},
};

/// The calls of an application that may overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concurrency {
    /// Whether several threads of this process may call it at once.
    pub(crate) multithread: bool,
    /// Whether several processes may.
    pub(crate) multiprocess: bool,
}

/// The variables that every request has, each its own.
const OWN: [&str; 9] = [
    "wsgi.url_scheme",
    "wsgi.input",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
];

/// The number of variables from which Python gives a dictionary a table for 42. One for fewer would
/// have to grow while it is filled with the variables of most requests.
const MANY: usize = 22;

/// The variables that all requests share. Each request gets a copy.
pub(crate) struct Template {
    variables: Py<PyDict>,
}

impl Template {
    pub(crate) fn new(py: Python<'_>, concurrency: Concurrency, errors: Errors) -> PyResult<Self> {
        let variables = PyDict::new(py);
        variables.set_item(intern!(py, "wsgi.version"), (1, 0))?;
        variables.set_item(intern!(py, "wsgi.multithread"), concurrency.multithread)?;
        variables.set_item(intern!(py, "wsgi.multiprocess"), concurrency.multiprocess)?;
        variables.set_item(intern!(py, "wsgi.run_once"), false)?;
        variables.set_item(intern!(py, "wsgi.input_terminated"), true)?;
        variables.set_item(
            intern!(py, "wsgi.errors"),
            Py::new(py, ErrorsStream::new(errors))?,
        )?;
        let file_wrapper = py.get_type::<FileWrapper>();
        variables.set_item(intern!(py, "wsgi.file_wrapper"), file_wrapper)?;
        for name in OWN {
            variables.set_item(interned(py, name), "")?;
        }
        make_room(&variables)?;
        Ok(Self {
            variables: variables.unbind(),
        })
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            variables: self.variables.clone_ref(py),
        }
    }

    /// The dictionary of a request.
    pub(crate) fn environ<'py>(
        &self,
        py: Python<'py>,
        environ: &Environ,
        input: Input,
    ) -> PyResult<Bound<'py, PyDict>> {
        let dict = self.variables.bind(py).copy()?;
        let mut failure = Ok(());
        environ.visit(|name, value| {
            if failure.is_ok() {
                let (name, value) = variable(py, name, value.as_bytes());
                failure = dict.set_item(name, value);
            }
        });
        failure?;
        if let Some(target) = dict.get_item(intern!(py, "REQUEST_URI"))? {
            dict.set_item(intern!(py, "RAW_URI"), target)?;
        }
        let scheme = interned(py, environ.url_scheme());
        dict.set_item(intern!(py, "wsgi.url_scheme"), scheme)?;
        let input = Bound::new(py, PyInput::new(input))?;
        dict.set_item(intern!(py, "wsgi.input"), input)?;
        Ok(dict)
    }
}

/// Gives a dictionary a table for many variables. Its copies have one of the same size, as long as
/// at most a third of its entries was deleted.
fn make_room(dict: &Bound<'_, PyDict>) -> PyResult<()> {
    // Strings, as all keys: a dictionary looks these up faster than others.
    let further: Vec<_> = (dict.len()..MANY)
        .map(|number| number.to_string())
        .collect();
    further.iter().try_for_each(|key| dict.set_item(key, ""))?;
    further.iter().try_for_each(|key| dict.del_item(key))
}
