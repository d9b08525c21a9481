//! The settings of a server, before it listens.

use std::{fmt, io, sync::Arc};

use wsgi_application::Application;
use wsgi_environ::Errors;
use wsgi_gateway::Engine;

#[cfg(feature = "notify")]
use crate::notify::service_manager::ServiceManager;
#[cfg(feature = "restart")]
use crate::restart::{lack, predecessor::Predecessor};
use crate::{
    bases::Bases,
    config::Config,
    handle::Handle,
    listeners::{listener::Listener, proxies::Proxies, server_name::ServerName},
    metrics::handle::Recording,
    options::Options,
    protocol::Protocol,
    served_application::{Handling, Prepare, ServedApplication},
    server::Server,
    thread_end::ThreadEnd,
};

mod check;
mod deadlines;
mod ending;
mod environ;
mod handling;
mod limits;
mod listening;
mod load;
#[cfg(feature = "metrics")]
mod metrics;
mod proxies;
mod spooling;
mod threads;
mod timeouts;

/// Settings of a [`Server`]: addresses, threads, limits, deadlines, and what a subclass of the
/// servers in Python's `wsgiref` can override.
///
/// ```
/// use std::time::Duration;
/// use wsgi_application::{Status, application};
/// use wsgi_server::Server;
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// });
/// let server = Server::builder()
///     .bind("127.0.0.1:0")?
///     .threads(1)
///     .keep_alive(Duration::from_secs(5))
///     .build(app)?;
/// assert_ne!(server.local_addr().tcp().unwrap().port(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub struct Builder {
    options: Options,
    listeners: Vec<Listener>,
    protocol: Protocol,
    proxies: Option<Arc<dyn Proxies>>,
    #[cfg(feature = "fastcgi")]
    fastcgi_limits: Option<wsgi_fastcgi::Limits>,
    #[cfg(feature = "scgi")]
    scgi_limits: Option<wsgi_scgi::Limits>,
    #[cfg(feature = "uwsgi")]
    uwsgi_limits: Option<wsgi_uwsgi::Limits>,
    pub(crate) script_name: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
    software: String,
    errors: Errors,
    recording: Recording,
    pub(crate) engine: Engine,
    pub(crate) prepare: Option<Arc<Prepare>>,
    pub(crate) handle: Option<Arc<Handling>>,
    thread_end: ThreadEnd,
    /// The handle of the server.
    ending: Handle,
    #[cfg(feature = "notify")]
    service_manager: Option<ServiceManager>,
    #[cfg(feature = "restart")]
    predecessor: Option<Predecessor>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            options: Options::new(),
            listeners: Vec::new(),
            protocol: Protocol::default(),
            proxies: None,
            #[cfg(feature = "fastcgi")]
            fastcgi_limits: None,
            #[cfg(feature = "scgi")]
            scgi_limits: None,
            #[cfg(feature = "uwsgi")]
            uwsgi_limits: None,
            script_name: None,
            variables: Vec::new(),
            software: concat!("wsgi-server/", env!("CARGO_PKG_VERSION")).to_owned(),
            errors: Errors::stderr(),
            recording: Recording::default(),
            engine: Engine::new(),
            prepare: None,
            handle: None,
            thread_end: ThreadEnd::default(),
            ending: Handle::default(),
            #[cfg(feature = "notify")]
            service_manager: None,
            #[cfg(feature = "restart")]
            predecessor: None,
        }
    }

    /// Creates a server for `application`. Its sockets already listen; it answers when it serves.
    ///
    /// # Errors
    ///
    /// A setting makes no sense: the [server's name](Self::server_software) contains control
    /// characters, the [script name](Self::script_name) or the name of a
    /// [variable](Self::base_environ) is none, or a timeout or a limit is 0 with which no request
    /// could be answered.
    ///
    /// The server cannot listen on the default address, the system does not tell the address of a
    /// listener, or a listener expects the PROXY protocol but trusts nobody. With the feature
    /// `tls`: a listener has TLS with a protocol other than HTTP, or a TLS configuration of one's
    /// own does not fit this server. With the feature `restart`: a listener had TLS or the PROXY
    /// protocol in the predecessor, and does not have it here.
    pub fn build(self, application: impl Application + 'static) -> io::Result<Server> {
        self.build_shared(Arc::new(application))
    }

    /// Creates the server, compiled once for all kinds of applications.
    fn build_shared(mut self, application: Arc<dyn Application>) -> io::Result<Server> {
        self.check()?;
        if self.listeners.is_empty() {
            self = self.bind_to("127.0.0.1", 8000)?;
        }
        self.options.max_threads = self.options.max_threads.max(self.options.min_threads());
        for listener in &mut self.listeners {
            listener.protocol.get_or_insert(self.protocol);
        }
        self.settle_proxies()?;
        #[cfg(feature = "restart")]
        self.listeners.iter().try_for_each(lack::check)?;
        #[cfg(feature = "tls")]
        check_tls(&self.listeners)?;
        self.settle_limits();
        let addresses = self.listeners.iter().map(Listener::local_addr);
        let addresses = addresses.collect::<io::Result<Vec<_>>>()?;
        let names = ServerName::all(&self.listeners, &addresses);
        let bases = names.iter().map(|name| Bases::new(&self.base(name)));
        let bases = bases.collect();
        let config = Config {
            options: Arc::new(self.options),
            engine: self.engine,
            bases,
            script_name: self.script_name,
            errors: self.errors,
            software: self.software,
            thread_end: self.thread_end,
            application: ServedApplication::new(application, self.prepare, self.handle),
        };
        let server = Server::new(
            config,
            self.listeners,
            addresses,
            self.ending,
            self.recording,
        );
        #[cfg(feature = "notify")]
        server.set_service_manager(self.service_manager);
        #[cfg(feature = "restart")]
        server.set_predecessor(self.predecessor);
        Ok(server)
    }
}

/// Refuses listeners whose TLS would not work.
#[cfg(feature = "tls")]
fn check_tls(listeners: &[Listener]) -> io::Result<()> {
    for listener in listeners {
        let Some(tls) = &listener.tls else {
            continue;
        };
        let protocol = listener.protocol.unwrap_or_default();
        if protocol.is_gateway() {
            let address = listener.local_addr()?;
            let problem = format!("{address} cannot have TLS, because it speaks {protocol}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        tls.check()?;
    }
    Ok(())
}

impl Server {
    /// Creates a builder, which sets addresses, threads, limits and everything else.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Builder");
        f.field("options", &self.options);
        #[cfg(feature = "fastcgi")]
        f.field("fastcgi_limits", &self.fastcgi_limits);
        #[cfg(feature = "scgi")]
        f.field("scgi_limits", &self.scgi_limits);
        #[cfg(feature = "uwsgi")]
        f.field("uwsgi_limits", &self.uwsgi_limits);
        f.finish_non_exhaustive()
    }
}
