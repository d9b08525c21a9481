//! The environ as Python's dictionary (PEP 3333, environ Variables).

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString},
};
use wsgi_environ::{Environ, Errors, Input};

use crate::{
    errors_stream::ErrorsStream,
    file_wrapper::FileWrapper,
    input::PyInput,
    names::{ALWAYS, Names, OWN, Variable},
};

/// The calls of an application that may overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concurrency {
    /// Whether several threads of this process may call it at once.
    pub(crate) multithread: bool,
    /// Whether several processes may.
    pub(crate) multiprocess: bool,
}

/// The number of variables from which Python gives a dictionary a table for 42. One for fewer would
/// have to grow while it is filled with the variables of most requests.
const MANY: usize = 22;

/// The variables that all requests share. Each request gets a copy.
pub(crate) struct Template {
    /// The number of this template, which no other has.
    number: u64,
    variables: Py<PyDict>,
}

/// The variable with the scheme, which an environ of the server has as a value of its own.
const SCHEME: &str = "wsgi.url_scheme";

/// The begin of the names of variables that PEP 3333 defines.
pub(crate) const RESERVED: &str = "wsgi.";

/// The number of the last template.
static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// The memory of a thread for the requests to come.
#[derive(Default)]
struct Kept {
    names: Names,
    /// For each template that this thread has used.
    latest: Vec<Latest>,
}

/// A template with those values of the last request that the next one is likely to have. Its copy
/// needs only the other ones set.
struct Latest {
    number: u64,
    variables: Py<PyDict>,
    /// The values in `variables` of the variables of [`OWN`].
    values: [Py<PyString>; OWN.len()],
}

impl Template {
    pub(crate) fn new(py: Python<'_>, concurrency: Concurrency) -> PyResult<Self> {
        let variables = PyDict::new(py);
        variables.set_item(intern!(py, "wsgi.version"), (1, 0))?;
        variables.set_item(intern!(py, "wsgi.multithread"), concurrency.multithread)?;
        variables.set_item(intern!(py, "wsgi.multiprocess"), concurrency.multiprocess)?;
        variables.set_item(intern!(py, "wsgi.run_once"), false)?;
        variables.set_item(intern!(py, "wsgi.input_terminated"), true)?;
        variables.set_item(
            intern!(py, "wsgi.errors"),
            Py::new(py, ErrorsStream::new(Errors::stderr()))?,
        )?;
        let file_wrapper = py.get_type::<FileWrapper>();
        variables.set_item(intern!(py, "wsgi.file_wrapper"), file_wrapper)?;
        // That of all requests without a body: nothing in it can be changed.
        let no_input = Py::new(py, PyInput::new(Input::empty()))?;
        variables.set_item(intern!(py, "wsgi.input"), no_input)?;
        for name in OWN {
            variables.set_item(PyString::intern(py, name), intern!(py, ""))?;
        }
        make_room(&variables)?;
        Ok(Self {
            number: LAST_NUMBER.fetch_add(1, Relaxed) + 1,
            variables: variables.unbind(),
        })
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            number: self.number,
            variables: self.variables.clone_ref(py),
        }
    }

    /// The dictionary of a request. It takes the input, unless that is empty.
    pub(crate) fn environ<'py>(
        &self,
        py: Python<'py>,
        environ: &mut Environ,
    ) -> PyResult<Bound<'py, PyDict>> {
        let dict = KEPT.with_borrow_mut(|kept| kept.environ(py, self, environ))?;
        // That of FastCGI leads to the front server.
        let errors = environ.errors();
        if !errors.is_stderr() {
            let errors = Bound::new(py, ErrorsStream::new(errors.clone()))?;
            dict.set_item(intern!(py, "wsgi.errors"), errors)?;
        }
        let has_no_input = environ.input().buffered().is_some_and(<[u8]>::is_empty);
        if !has_no_input {
            set_length(&dict, environ.input())?;
            let input = Bound::new(py, PyInput::new(environ.take_input()))?;
            dict.set_item(intern!(py, "wsgi.input"), input)?;
        }
        Ok(dict)
    }
}

impl Kept {
    fn environ<'py>(
        &mut self,
        py: Python<'py>,
        template: &Template,
        environ: &Environ,
    ) -> PyResult<Bound<'py, PyDict>> {
        let Self { names, latest } = self;
        let known = latest.iter().position(|it| it.number == template.number);
        let latest = match known {
            Some(index) => &mut latest[index],
            None => {
                latest.push(Latest::new(py, template)?);
                let last = latest.len() - 1;
                &mut latest[last]
            }
        };
        let dict = latest.variables.bind(py).copy()?;
        let mut seen = [false; OWN.len()];
        let mut set = |name: &str, value: &[u8]| {
            names.with_variable(py, name, value, |variable| {
                if let Some(own) = variable.own {
                    seen[own] = true;
                    if latest.has(py, own, &variable)? {
                        return Ok(());
                    }
                }
                if name == "REQUEST_URI" {
                    dict.set_item(intern!(py, "RAW_URI"), variable.value)?;
                }
                dict.set_item(variable.name, variable.value)
            })
        };
        let mut result = set(SCHEME, environ.url_scheme().as_bytes());
        environ.visit(|name, value| {
            // These are the server's own, whatever a front server or a setting says.
            if result.is_ok() && !name.starts_with(RESERVED) {
                result = set(name, value.as_bytes());
            }
        });
        result?;
        for (own, name) in OWN.iter().enumerate().filter(|&(own, _)| !seen[own]) {
            // The copy has the value of an earlier request.
            match own < ALWAYS {
                true => dict.set_item(name, intern!(py, ""))?,
                false => dict.del_item(name)?,
            }
        }
        Ok(dict)
    }
}

impl Latest {
    fn new(py: Python<'_>, template: &Template) -> PyResult<Self> {
        let empty = intern!(py, "");
        Ok(Self {
            number: template.number,
            variables: template.variables.bind(py).copy()?.unbind(),
            values: OWN.map(|_| empty.clone().unbind()),
        })
    }

    /// Whether the copy of this has the value of one of its variables. If it is steady, the next
    /// copy will.
    fn has(&mut self, py: Python<'_>, own: usize, variable: &Variable<'_, '_>) -> PyResult<bool> {
        let latest = &mut self.values[own];
        if latest.is(variable.value) {
            return Ok(true);
        }
        if variable.is_steady {
            let variables = self.variables.bind(py);
            variables.set_item(variable.name, variable.value)?;
            *latest = variable.value.clone().unbind();
        }
        Ok(false)
    }
}

/// Sets the length of a body that came in chunks, if all of it is there (RFC 3875 section 4.1.2).
fn set_length(dict: &Bound<'_, PyDict>, input: &Input) -> PyResult<()> {
    let Some(length) = input.remaining().filter(|length| *length > 0) else {
        return Ok(());
    };
    let name = intern!(dict.py(), "CONTENT_LENGTH");
    match dict.get_item(name)? {
        Some(declared) if declared.is_truthy()? => Ok(()),
        _ => dict.set_item(name, length.to_string()),
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
