//! A server as an object of Python.

use std::{
    io::{self, Read},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
    types::PyDict,
};
use wsgi_server::{Handle, TicketKeys, Tls};

use crate::{
    settings::Settings,
    site::{Applications, mounted, within},
    sockets::Sockets,
};

/// The time in which a server begins to serve, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// A server that listens. It serves once it is started, on threads of its own.
#[pyclass(frozen, weakref, module = "wsgi_rs")]
pub(crate) struct Server {
    places: String,
    handle: Handle,
    requests: Arc<AtomicU64>,
    ticket_keys: TicketKeys,
    stage: Mutex<Stage>,
}

enum Stage {
    Listening(Box<wsgi_server::Server>),
    Serving(Serving),
    /// It could not be started.
    Failed,
}

#[derive(Clone)]
struct Serving {
    /// It reads as ended when the server has ended.
    end: Arc<UnixStream>,
    /// The result of serving, once it is over. It stays away after a panic.
    result: Arc<Mutex<Option<io::Result<()>>>>,
}

impl Serving {
    /// Serves on a thread that watches over those of the server.
    fn start(server: wsgi_server::Server) -> io::Result<Self> {
        let (end, ended) = UnixStream::pair()?;
        let serving = Self {
            end: Arc::new(end),
            result: Arc::default(),
        };
        let result = serving.result.clone();
        let serve = move || {
            let served = server.serve_forever();
            drop(server);
            *result.lock() = Some(served);
            drop(ended);
        };
        thread::Builder::new()
            .name("wsgi-watch".into())
            .spawn(serve)?;
        Ok(serving)
    }

    /// Waits for the end. Meanwhile, handlers of signals run, which may raise.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        let wait = || (&*self.end).read(&mut [0]);
        while py
            .detach(wait)
            .is_err_and(|error| error.kind() == io::ErrorKind::Interrupted)
        {
            py.check_signals()?;
        }
        match &*self.result.lock() {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(PyOSError::new_err(error.to_string())),
            None => Err(PyRuntimeError::new_err("the server panicked")),
        }
    }
}

#[pymethods]
impl Server {
    /// A server for applications, each with its prefix, on sockets that listen already.
    #[new]
    #[pyo3(signature = (applications, sockets, **settings))]
    fn new(
        py: Python<'_>,
        applications: Applications,
        sockets: &Bound<'_, Sockets>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let builder = wsgi_server::Server::builder();
        let (settings, mut builder) = Settings::apply(settings, builder)?;
        let sockets = sockets.get();
        let tls = tls(&settings, sockets)?;
        let site = within(mounted(py, applications, &settings)?, &settings)?;
        for listener in sockets.take()? {
            builder = builder.listener(match &tls {
                Some(tls) => listener.tls(tls),
                None => listener,
            });
        }
        let requests = Arc::new(AtomicU64::new(0));
        let count = requests.clone();
        let server = builder
            .handle_with(move |site, environ, start_response| {
                count.fetch_add(1, Relaxed);
                site.call(environ, start_response)
            })
            .build(site)?;
        Ok(Self {
            places: server.places(),
            handle: server.handle(),
            requests,
            ticket_keys: sockets.ticket_keys(),
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
            match std::mem::replace(&mut *stage, Stage::Failed) {
                Stage::Listening(server) => {
                    *stage = Stage::Serving(Serving::start(*server)?);
                    Ok(())
                }
                other => {
                    *stage = other;
                    Err(PyRuntimeError::new_err("the server was started before"))
                }
            }
        })
    }

    /// A descriptor that can be read from when the server has ended.
    fn fileno(&self) -> PyResult<RawFd> {
        Ok(self.serving()?.end.as_raw_fd())
    }

    /// Ends the server gracefully. Returns at once.
    fn shutdown(&self) {
        self.handle.shutdown();
    }

    /// Ends the server because others serve in its place. Idle connections stay for this time in
    /// seconds at most. Returns at once.
    fn retire(&self, patience: f64) {
        let patience = Duration::try_from_secs_f64(patience);
        self.handle.retire(patience.unwrap_or(Duration::MAX));
    }

    /// Ends the server at once.
    fn abort(&self) {
        self.handle.abort();
    }

    /// The number of calls of the application that go on.
    fn calls(&self) -> usize {
        self.handle.calls()
    }

    /// The number of requests that the server has begun to answer.
    #[getter]
    fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// The sockets of the server, which was started, for another process. As long as they are
    /// there, they listen.
    fn sockets(&self, py: Python<'_>) -> PyResult<Sockets> {
        let end = Instant::now() + PATIENCE;
        let listeners = py.detach(|| {
            loop {
                let listeners = self.handle.listeners()?;
                if !listeners.is_empty() || Instant::now() >= end {
                    return Ok::<_, io::Error>(listeners);
                }
                thread::sleep(PAUSE);
            }
        })?;
        if listeners.is_empty() {
            return Err(PyOSError::new_err("the server does not serve"));
        }
        Sockets::of(listeners, self.ticket_keys.clone())
    }

    /// Waits for the end of the server, which was started. It may be called again.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        self.serving()?.join(py)
    }
}

impl Server {
    fn serving(&self) -> PyResult<Serving> {
        match &*self.stage.lock() {
            Stage::Serving(serving) => Ok(serving.clone()),
            _ => Err(PyRuntimeError::new_err("the server was not started")),
        }
    }
}

/// The setup of TLS, if there are certificates.
fn tls(settings: &Settings, sockets: &Sockets) -> PyResult<Option<Tls>> {
    if settings.certificates.is_empty() {
        return Ok(None);
    }
    let files = settings.certificates.iter().zip(&settings.keys);
    let builder = Tls::builder().ticket_keys(sockets.ticket_keys());
    let builder = files.fold(builder, |builder, (certificate, key)| {
        builder.certificate_files(certificate, key)
    });
    let tls = builder.build();
    tls.map(Some)
        .map_err(|error| PyOSError::new_err(described(error)))
}

/// The messages of an error and its causes.
fn described(error: impl Into<wsgi_application::Error>) -> String {
    error.into().messages().collect::<Vec<_>>().join(": ")
}

/// Checks applications and settings, and opens the files that they name, without a thread.
///
/// # Errors
///
/// Every error that a server would raise for these applications and settings.
#[pyfunction]
#[pyo3(signature = (applications, sockets, **settings))]
pub(crate) fn check(
    py: Python<'_>,
    applications: Applications,
    sockets: &Bound<'_, Sockets>,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let (settings, _) = Settings::apply(settings, wsgi_server::Server::builder())?;
    tls(&settings, sockets.get())?;
    mounted(py, applications, &settings).map(drop)
}
