//! A Python application as an application of the server.

use pyo3::{prelude::*, types::PyDict};
use wsgi_application::{Application, Body, Environ, Error, Result, StartResponse};

use crate::{
    attachment::attached, body::body, environ::Template, failure::failure,
    start_response::PyStartResponse, whereabouts::Whereabouts,
};

/// A WSGI callable of Python.
pub(crate) struct PythonApplication {
    callable: Py<PyAny>,
    template: Template,
}

impl PythonApplication {
    pub(crate) fn new(callable: Py<PyAny>, template: Template) -> Self {
        Self { callable, template }
    }

    fn respond(
        &self,
        py: Python<'_>,
        environ: &mut Environ,
        response: &mut StartResponse<'_>,
    ) -> PyResult<Body> {
        let whereabouts = Whereabouts::watch(environ);
        let _entered = whereabouts.as_ref().map(|place| place.enter(py));
        let dict = self.template.environ(py, environ)?;
        let start_response = Bound::new(py, PyStartResponse::new(environ.errors().clone()))?;
        let lent = start_response.get().lent();
        lent.during(response, || {
            let iterable = self.called(py, dict, &start_response)?;
            body(&iterable, environ, lent, whereabouts.as_ref())
        })
    }

    fn called<'py>(
        &self,
        py: Python<'py>,
        environ: Bound<'py, PyDict>,
        start_response: &Bound<'py, PyStartResponse>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.callable.bind(py).call1((environ, start_response))
    }
}

impl Application for PythonApplication {
    fn call(&self, environ: &mut Environ, response: &mut StartResponse<'_>) -> Result {
        attached(|py| {
            self.respond(py, environ, response)
                .map_err(|exception| failure(py, &exception))
        })
        .map_err(Error::from)?
    }
}
