//! The server.

#[cfg(any(feature = "notify", feature = "restart"))]
use std::sync::OnceLock;
#[cfg(feature = "signals")]
use std::time::Duration;
use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wsgi_application::Application;
use wsgi_environ::Errors;

#[cfg(feature = "notify")]
use crate::notify::{announcer::Announcer, service_manager::ServiceManager};
#[cfg(feature = "restart")]
use crate::restart::predecessor::Predecessor;
use crate::{
    config::Config,
    handle::Handle,
    listeners::{address::Address, listener::Listener},
    loops::{core::Core, event_loop::EventLoop, shared::Shared},
    metrics::handle::Recording,
    protocol::Protocol,
    requests::head::{SCHEME, SECURE_SCHEME},
    workers::{
        monitor,
        threads::{start_loop, start_spare},
        worker::Worker,
    },
};

/// An event-driven, multi-threaded server for HTTP/1.1, FastCGI, SCGI and uwsgi.
///
/// One event loop per core reads requests and calls the application on its own thread. While an
/// application blocks, another thread runs the loop. Slow requests therefore do not delay others,
/// and fast ones are never handed from one thread to another.
pub struct Server {
    config: Arc<Config>,
    listeners: Mutex<Vec<Listener>>,
    addresses: Vec<Address>,
    /// The language at each of the addresses.
    languages: Vec<Language>,
    handle: Handle,
    recording: Recording,
    #[cfg(feature = "notify")]
    service_manager: OnceLock<ServiceManager>,
    #[cfg(feature = "restart")]
    predecessor: OnceLock<Predecessor>,
}

/// The protocols that are spoken at an address.
#[derive(Clone, Copy)]
struct Language {
    protocol: Protocol,
    has_tls: bool,
    /// Whether it begins with the PROXY protocol.
    has_proxies: bool,
}

impl Language {
    fn of(listener: &Listener) -> Self {
        Self {
            protocol: listener.protocol.unwrap_or_default(),
            has_tls: listener.is_secure(),
            has_proxies: listener.proxies.is_some(),
        }
    }

    /// A description of an address with this language.
    fn at(self, address: &Address) -> String {
        let Self {
            protocol,
            has_tls,
            has_proxies,
        } = self;
        match (address.tcp(), protocol, has_proxies) {
            (Some(address), Protocol::Http, false) => {
                let scheme = if has_tls { SECURE_SCHEME } else { SCHEME };
                format!("{scheme}://{address}")
            }
            _ => {
                let tls = if has_tls { " with TLS" } else { "" };
                let proxies = if has_proxies {
                    " after the PROXY protocol"
                } else {
                    ""
                };
                format!("{address} over {protocol}{tls}{proxies}")
            }
        }
    }
}

impl Server {
    pub(crate) fn new(
        config: Config,
        listeners: Vec<Listener>,
        addresses: Vec<Address>,
        handle: Handle,
        recording: Recording,
    ) -> Self {
        handle.keep(recording.clone());
        Self {
            config: Arc::new(config),
            languages: listeners.iter().map(Language::of).collect(),
            listeners: Mutex::new(listeners),
            addresses,
            handle,
            recording,
            #[cfg(feature = "notify")]
            service_manager: OnceLock::new(),
            #[cfg(feature = "restart")]
            predecessor: OnceLock::new(),
        }
    }

    /// The first address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> Address {
        self.addresses[0].clone()
    }

    /// All addresses that the server listens on.
    #[must_use]
    pub fn local_addrs(&self) -> &[Address] {
        &self.addresses
    }

    /// A human-readable description of all addresses: `http://127.0.0.1:8000`,
    /// `https://127.0.0.1:8443`, or an address with its protocol, as in
    /// `unix:/run/app.sock over FastCGI` or `127.0.0.1:8000 over HTTP after the PROXY protocol`.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::make_server;
    ///
    /// let app = application(|_environ, _start_response| Ok(Body::empty()));
    /// let server = make_server("127.0.0.1", 0, app)?;
    /// let port = server.local_addr().tcp().unwrap().port();
    /// assert_eq!(server.places(), format!("http://127.0.0.1:{port}"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn places(&self) -> String {
        let places = self.addresses.iter().zip(&self.languages);
        let places = places.map(|(address, language)| language.at(address));
        places.collect::<Vec<_>>().join(", ")
    }

    /// The errors stream.
    pub(crate) fn errors(&self) -> &Errors {
        &self.config.errors
    }

    #[cfg(feature = "signals")]
    pub(crate) fn drain_delay(&self) -> Duration {
        self.config.options.drain_delay
    }

    /// A handle that ends the server from another thread.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The application that the server serves.
    #[must_use]
    pub fn app(&self) -> Arc<dyn Application> {
        self.config.application.given()
    }

    /// Serves another application from the next request on.
    pub fn set_app(&self, application: impl Application + 'static) {
        self.config.application.set(Arc::new(application));
        self.handle.wake(); // so that idle threads drop the former one
    }

    /// Serves until the [`Handle`] ends the server, which then no longer listens. The calling
    /// thread watches over the others. When this method returns, all other threads have ended,
    /// except those that are still inside the application. That can happen after an abort, or after
    /// the timeout of a shutdown; [`Handle::calls`] counts them.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or an event queue, the server has already ended, or a thread of
    /// the server panicked, in which case every connection was cut. If the server
    /// [was asked to](crate::Builder::end_when_stuck), it also ends when too many threads are stuck
    /// in the application: with a [`StuckThreads`](crate::StuckThreads).
    pub fn serve_forever(&self) -> io::Result<()> {
        let mut listeners = self.listeners();
        if listeners.is_empty() {
            return Err(has_ended());
        }
        let mut loops = Vec::new();
        for index in 0..self.config.options.threads {
            let recorder = self.recording.recorder(index);
            loops.push(EventLoop::new(Core::new(&listeners, recorder)?)?);
        }
        let shared = Arc::new(Shared::new(self.config.clone(), loops, start_spare));
        #[cfg(feature = "restart")]
        shared.keep_listeners(listeners.drain(..).collect());
        listeners.clear(); // from here on only the loops listen
        drop(listeners);
        self.handle.attach(&shared);
        let mut failure = None;
        shared.spares.join(shared.loops.len());
        for index in 0..shared.loops.len() {
            if let Err(error) = start_loop(&shared, index) {
                shared.loop_ended();
                self.handle.abort();
                failure = Some(error);
            }
        }
        #[cfg(feature = "restart")]
        if failure.is_none()
            && let Some(predecessor) = self.predecessor.get()
        {
            predecessor.attach(&shared);
            #[cfg(feature = "notify")]
            if let Some(service_manager) = self.service_manager.get() {
                // Before the former main process may end. If this fails, so do the messages that
                // follow, which the log hears of.
                let _ = service_manager.main_pid(std::process::id());
            }
            // If it has ended, nobody waits for this.
            let _ = predecessor.tell_ready();
        }
        #[cfg(feature = "notify")]
        let announcer = if failure.is_none() {
            let announcer = self.announce(&shared);
            announcer.unwrap_or_else(|error| {
                self.handle.abort();
                failure = Some(error);
                None
            })
        } else {
            None
        };
        monitor::watch(&shared);
        shared.spares.close();
        shared.reports.finish();
        #[cfg(feature = "notify")]
        drop(announcer);
        if shared.has_failed() {
            failure = Some(io::Error::other("a thread of the server panicked"));
        }
        let exhausted = || shared.exhausted().map(io::Error::from);
        failure.or_else(exhausted).map_or(Ok(()), Err)
    }

    /// Sets the service manager to tell of the server, unless there is one already.
    #[cfg(feature = "notify")]
    pub(crate) fn set_service_manager(&self, service_manager: Option<ServiceManager>) {
        if let Some(service_manager) = service_manager {
            let _ = self.service_manager.set(service_manager);
        }
    }

    /// Sets the process to tell once that the server serves.
    #[cfg(feature = "restart")]
    pub(crate) fn set_predecessor(&self, predecessor: Option<Predecessor>) {
        if let Some(predecessor) = predecessor {
            let _ = self.predecessor.set(predecessor);
        }
    }

    /// Begins to tell the service manager, if there is one.
    #[cfg(feature = "notify")]
    fn announce(&self, shared: &Arc<Shared>) -> io::Result<Option<Announcer>> {
        let Some(service_manager) = self.service_manager.get().cloned() else {
            return Ok(None);
        };
        let announcer = Announcer::start(service_manager, shared.clone(), self.places())?;
        self.handle.set_end_notice(announcer.end_notice());
        Ok(Some(announcer))
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts one connection, answers one request on it, and returns. No other thread takes part.
    /// The connection ends with the request. A client that sends no request in time counts as
    /// handled. If a [`Handle`] ends the server meanwhile, that client is still handled, within its
    /// deadlines; then the server no longer listens.
    ///
    /// # Errors
    ///
    /// The system refuses an event queue, or the server has ended or was told to end.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Environ, Result, StartResponse, Status};
    /// use wsgi_server::make_server;
    ///
    /// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("Hello world!\n".into())
    /// }
    ///
    /// fn closed(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok("Closed.\n".into())
    /// }
    ///
    /// let server = make_server("127.0.0.1", 0, hello)?;
    /// let ask = || {
    ///     let mut client = TcpStream::connect(server.local_addr())?;
    ///     client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    ///     server.handle_request()?;
    ///     io::read_to_string(client)
    /// };
    /// assert!(ask()?.ends_with("Hello world!\n"));
    /// server.set_app(closed);
    /// assert!(ask()?.ends_with("Closed.\n"));
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn handle_request(&self) -> io::Result<()> {
        let recorder = self.recording.recorder(0);
        let mut core = Core::new(&self.open_listeners()?, recorder)?;
        core.reception.limit(1);
        let loops = vec![EventLoop::new(core)?];
        let shared = Shared::new(self.config.clone(), loops, start_spare).alone();
        let shared = Arc::new(shared);
        self.handle.attach(&shared);
        Worker::new(&shared, 0).run_alone();
        if self.handle.is_ending() {
            self.listeners().clear();
        }
        Ok(())
    }

    /// The listeners, unless the server has ended.
    fn open_listeners(&self) -> io::Result<MutexGuard<'_, Vec<Listener>>> {
        let mut listeners = self.listeners();
        if self.handle.is_ending() {
            listeners.clear();
        }
        match listeners.is_empty() {
            true => Err(has_ended()),
            false => Ok(listeners),
        }
    }
}

fn has_ended() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the server has ended")
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
