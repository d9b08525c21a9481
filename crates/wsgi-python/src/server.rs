//! A server as an object of Python.

use std::{
    io::{self, Read},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    thread::{self, JoinHandle},
};

use parking_lot::Mutex;
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError, PyTypeError},
    prelude::*,
    types::PyDict,
};
use wsgi_environ::Errors;
use wsgi_server::Handle;

use crate::{
    application::PythonApplication,
    environ::{Concurrency, Template},
    settings::Settings,
};

/// A server that listens. It serves once it is started, on threads of its own.
#[pyclass(frozen, weakref, module = "wsgi_rs")]
pub(crate) struct Server {
    places: String,
    handle: Handle,
    stage: Mutex<Stage>,
}

enum Stage {
    Listening(Box<wsgi_server::Server>),
    Serving(Serving),
    Ended,
}

struct Serving {
    thread: JoinHandle<io::Result<()>>,
    /// It can be read from when the server has ended.
    end: UnixStream,
}

#[pymethods]
impl Server {
    /// A server for an application. Its sockets listen already.
    #[new]
    #[pyo3(signature = (app, bind, **settings))]
    fn new(
        py: Python<'_>,
        app: Py<PyAny>,
        bind: Vec<String>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        if !app.bind(py).is_callable() {
            return Err(PyTypeError::new_err("the application is not callable"));
        }
        let mut builder = wsgi_server::Server::builder();
        for address in bind {
            builder = builder.bind(&address)?;
        }
        let (settings, builder) = Settings::apply(settings, builder)?;
        let concurrency = Concurrency {
            multithread: settings.calls > 1,
            multiprocess: settings.multiprocess,
        };
        let template = Template::new(py, concurrency, Errors::stderr())?;
        // The text of an exception is its traceback.
        let builder = builder.max_backtrace_lines(Some(0));
        let server = builder.build(PythonApplication::new(app, template))?;
        Ok(Self {
            places: server.places(),
            handle: server.handle(),
            stage: Mutex::new(Stage::Listening(Box::new(server))),
        })
    }

    /// The URLs of the server, separated by commas.
    #[getter]
    fn places(&self) -> &str {
        &self.places
    }

    /// Begins to serve.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            let mut stage = self.stage.lock();
            let Stage::Listening(server) = std::mem::replace(&mut *stage, Stage::Ended) else {
                return Err(PyRuntimeError::new_err("the server was started before"));
            };
            let (end, ended) = UnixStream::pair()?;
            let serve = move || {
                let _ended = ended; // is closed with the thread, also if it panics
                server.serve_forever()
            };
            let thread = thread::Builder::new()
                .name("wsgi-watch".into())
                .spawn(serve)?;
            *stage = Stage::Serving(Serving { thread, end });
            Ok(())
        })
    }

    /// A descriptor that can be read from when the server has ended.
    fn fileno(&self) -> PyResult<RawFd> {
        match &*self.stage.lock() {
            Stage::Serving(serving) => Ok(serving.end.as_raw_fd()),
            _ => Err(PyRuntimeError::new_err("the server does not serve")),
        }
    }

    /// Ends the server gracefully. Returns at once.
    fn shutdown(&self) {
        self.handle.shutdown();
    }

    /// Ends the server at once.
    fn abort(&self) {
        self.handle.abort();
    }

    /// The number of calls of the application that go on.
    fn calls(&self) -> usize {
        self.handle.calls()
    }

    /// Waits for the end of the server, which was started.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            let stage = std::mem::replace(&mut *self.stage.lock(), Stage::Ended);
            let Stage::Serving(Serving { thread, mut end }) = stage else {
                return Err(PyRuntimeError::new_err("the server does not serve"));
            };
            let _ = end.read(&mut [0]);
            match thread.join() {
                Ok(served) => served.map_err(PyOSError::new_err),
                Err(_) => Err(PyRuntimeError::new_err("the server panicked")),
            }
        })
    }
}
