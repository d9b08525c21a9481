//! A server as an object of Python.

use std::{
    io::{self, Read},
    os::{
        fd::{AsRawFd, RawFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use pyo3::{
    exceptions::{PyOSError, PyRuntimeError},
    prelude::*,
    types::PyDict,
};
use wsgi_metrics::{Source, Teller};
use wsgi_middleware::{LogHandle, RunningHandle};
use wsgi_server::{Builder, Handle, Listener, Metrics, MonitoringServer, TicketKeys};

use crate::{
    monitoring::{self, check_list, is_for_metrics},
    mutex::Mutex,
    settings::Settings,
    site::{Applications, check_challenges, listed, mounted, with_health, within},
    sockets::{Sockets, check_some_secure, protected},
};

/// The time in which a server begins to serve, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// A server that listens. It serves once it is started, on threads of its own.
#[pyclass(frozen, weakref, module = "wsgi_rs")]
pub(crate) struct Server {
    places: String,
    handle: Handle,
    drain_delay: Duration,
    requests: Arc<AtomicU64>,
    ticket_keys: TicketKeys,
    /// Where the page of numbers is, if this process serves it.
    metrics_place: Option<String>,
    /// Where the list of requests is, if there is one.
    list_place: Option<String>,
    log: Option<LogHandle>,
    stage: Mutex<Stage>,
}

enum Stage {
    Listening(Box<Listening>),
    Serving(Serving),
    /// It could not be started.
    Failed,
}

/// A server, and the parts that begin to serve with it.
struct Listening {
    server: wsgi_server::Server,
    /// The socket of the page of numbers, if this process serves it.
    monitored: Option<Listener>,
    /// The socket of the process that collects the numbers of several.
    numbers: Option<PathBuf>,
    sources: Vec<Arc<dyn Source>>,
    /// The requests that are running, if they are listed.
    running: Option<RunningHandle>,
}

#[derive(Clone)]
struct Serving {
    /// The handle of the page of numbers, if this process serves it.
    monitoring: Option<Handle>,
    /// It reads as ended when the server has ended.
    end: Arc<UnixStream>,
    /// The result of serving, once it is over. It stays away after a panic.
    result: Arc<Mutex<Option<io::Result<()>>>>,
}

impl Serving {
    /// Serves on a thread that watches over those of the server.
    fn start(listening: Listening) -> io::Result<Self> {
        let (end, ended) = UnixStream::pair()?;
        let handle = listening.server.handle();
        let is_ready = handle.clone();
        let pages = monitoring::pages(listening.sources.clone(), listening.running.as_ref())
            .health(move || is_ready.is_ready());
        // A former process with these sockets answers readers until this one serves.
        let start = |listener| MonitoringServer::start_after(&handle, listener, pages);
        let monitoring = listening.monitored.map(start).transpose()?;
        let serving = Self {
            monitoring: monitoring.as_ref().map(MonitoringServer::handle),
            end: Arc::new(end),
            result: Arc::default(),
        };
        let result = serving.result.clone();
        let server = listening.server;
        // Without it, the server serves nevertheless, and only the page lacks its numbers.
        let collecting = listening.numbers.map(UnixStream::connect);
        let collecting = collecting.and_then(Result::ok);
        let tell = |stream| Teller::start(stream, listening.sources);
        let teller = collecting.map(tell).transpose()?;
        let serve = move || {
            let served = server.serve_forever();
            drop(server);
            drop(monitoring);
            if let Some(teller) = teller {
                teller.end();
            }
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
        let (settings, mut builder) = Settings::apply(py, settings, builder)?;
        let sockets = sockets.get();
        let tls = settings.tls.setup(sockets.ticket_keys())?;
        check_challenges(&settings)?;
        let handle = builder.handle();
        let site = mounted(py, applications, &settings)?;
        let (monitored, listeners): (Vec<_>, Vec<_>) =
            sockets.take()?.into_iter().partition(is_for_metrics);
        check_list(&settings, !monitored.is_empty())?;
        let (site, running) = listed(site, &settings);
        let (listeners, redirect) = match tls {
            Some(tls) => protected(listeners, &tls, settings.redirect_port)?,
            None => (listeners, None),
        };
        let (site, log) = within(site, &settings, redirect)?;
        let site = with_health(site, &settings, &handle);
        let numbers = settings.numbers.clone();
        let metrics = Metrics::new();
        let mut sources: Vec<Arc<dyn Source>> = vec![Arc::new(metrics.clone())];
        sources.extend(log.clone().map(|log| Arc::new(log) as Arc<dyn Source>));
        if numbers.is_some() || !monitored.is_empty() {
            builder = builder.metrics(&metrics);
        }
        let monitored = monitored.into_iter().next().filter(|_| numbers.is_none());
        let listed_at = monitored.as_ref().filter(|_| running.is_some());
        let list_place = listed_at.map(|one| monitoring::place(one, monitoring::REQUESTS));
        builder = listeners.into_iter().fold(builder, Builder::listener);
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
            handle,
            drain_delay: settings.drain_delay,
            requests,
            ticket_keys: sockets.ticket_keys(),
            metrics_place: monitored.as_ref().and(sockets.metrics()),
            list_place: list_place.transpose()?,
            log,
            stage: Mutex::new(Stage::Listening(Box::new(Listening {
                server,
                monitored,
                numbers,
                sources,
                running,
            }))),
        })
    }

    /// The URLs of the server, separated by commas.
    #[getter]
    fn places(&self) -> &str {
        &self.places
    }

    /// Where the page of numbers is, if this process shows one.
    #[getter]
    fn metrics(&self) -> Option<&str> {
        self.metrics_place.as_deref()
    }

    /// Where the list of the requests that are running is, if this process shows one.
    #[getter]
    fn running_requests(&self) -> Option<&str> {
        self.list_place.as_deref()
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

    /// Ends the server gracefully, after the delay for load balancers. Returns at once.
    fn drain(&self) {
        self.handle.drain(self.drain_delay);
    }

    /// Ends the server gracefully. Returns at once.
    fn shutdown(&self) {
        self.handle.shutdown();
    }

    /// Ends the server because others serve in its place. Idle connections stay for this time in
    /// seconds at most. Returns at once.
    fn retire(&self, patience: f64) {
        let patience = Duration::try_from_secs_f64(patience);
        let patience = patience.unwrap_or(Duration::MAX);
        let serving = self.serving().ok();
        let monitoring = serving.and_then(|serving| serving.monitoring);
        for handle in monitoring.iter().chain([&self.handle]) {
            handle.retire(patience);
        }
    }

    /// Ends the server at once.
    fn abort(&self) {
        self.handle.abort();
    }

    /// Opens the file of the access log again, if there is one. Returns at once.
    fn reopen_log(&self) {
        if let Some(log) = &self.log {
            log.reopen();
        }
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
        let monitoring = self.serving()?.monitoring;
        let listeners = py.detach(|| {
            loop {
                let mut listeners = self.handle.listeners()?;
                let mut is_serving = !listeners.is_empty();
                if let Some(monitoring) = &monitoring {
                    let of_page = monitoring.listeners()?;
                    is_serving &= !of_page.is_empty(); // both begin on threads of their own
                    listeners.extend(of_page);
                }
                if is_serving || Instant::now() >= end {
                    return Ok::<_, io::Error>(listeners);
                }
                thread::sleep(PAUSE);
            }
        })?;
        if listeners.iter().all(is_for_metrics) {
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

/// Checks applications and settings, and opens the files that they name, without a thread.
///
/// # Errors
///
/// Every error that a server would raise for these applications and settings, with a page of
/// numbers or, for the list of requests, with the sockets that this process has inherited. Without
/// addresses of their own, the applications are served by these sockets, too.
#[pyfunction]
#[pyo3(signature = (applications, sockets, has_page=true, has_address=true, **settings))]
pub(crate) fn check(
    py: Python<'_>,
    applications: Applications,
    sockets: &Bound<'_, Sockets>,
    has_page: bool,
    has_address: bool,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let (settings, _) = Settings::apply(py, settings, wsgi_server::Server::builder())?;
    let tls = settings.tls.setup(sockets.get().ticket_keys())?;
    check_challenges(&settings)?;
    mounted(py, applications, &settings)?;
    if has_page && has_address {
        return Ok(());
    }
    // The start takes them, so only a process that does not start may look at them.
    let passed = Listener::passed()?;
    check_list(&settings, has_page || passed.iter().any(is_for_metrics))?;
    if tls.is_some() && !has_address {
        check_some_secure(&passed)?;
    }
    Ok(())
}

/// Gives back the pages of program files that only the start has needed, if this process has one
/// thread. It is for a process of the command, which loads nothing more. On other systems than
/// Linux, the pages stay.
#[pyfunction]
pub(crate) fn release_startup_pages() {
    // Without it, the server needs more memory, and nothing else.
    #[cfg(target_os = "linux")]
    let _ = crate::startup_pages::release();
}
