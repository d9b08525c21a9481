//! The settings of a server, before it listens.

use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use wsgi_application::{Application, Environ, Error, Result, StartResponse};
use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;
use wsgi_headers::is_field_value;
use wsgi_http1::Limits;

#[cfg(feature = "notify")]
use crate::notify::service_manager::ServiceManager;
#[cfg(feature = "restart")]
use crate::restart::predecessor::Predecessor;
use crate::{
    bases::Bases,
    config::Config,
    handle::Handle,
    listeners::{
        listener::Listener, proxy_protocol::ProxyProtocol, server_name::ServerName,
        socket_access::SocketAccess,
    },
    metrics::handle::Recording,
    options::{LONGEST, Options},
    protocol::Protocol,
    served_application::{Handling, Prepare, ServedApplication},
    server::Server,
    thread_end::ThreadEnd,
};

mod deadlines;
mod ending;
mod load;
#[cfg(feature = "metrics")]
mod metrics;
mod proxies;
mod spooling;
mod threads;

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
    proxies: Option<Arc<ProxyProtocol>>,
    fastcgi_limits: Option<wsgi_fastcgi::Limits>,
    scgi_limits: Option<wsgi_scgi::Limits>,
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
            fastcgi_limits: None,
            scgi_limits: None,
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

    /// Adds an address to listen on, such as `127.0.0.1:8000`, `[::]:80` or
    /// `unix:/run/app.sock`. Only its owner can connect to such a Unix socket. If nothing is
    /// added, the server listens on `127.0.0.1:8000`.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved, or the server cannot listen on it.
    pub fn bind(self, address: &str) -> io::Result<Self> {
        Ok(self.listener(Listener::bind(address)?))
    }

    /// Adds a host and port to listen on. An empty host stands for every interface, by IPv6 and by
    /// IPv4.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, or the server cannot listen on the address.
    pub fn bind_to(self, host: &str, port: u16) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_to(host, port)?))
    }

    /// Adds the path of a Unix socket to listen at. The socket's file gets the permissions `mode`:
    /// with `0o660`, a front server in the group of the file can connect; with `0o666`, everybody
    /// who can reach its folder. [`Listener::bind_unix`] says when it replaces an existing file.
    ///
    /// # Errors
    ///
    /// Another server listens there, or the path cannot be bound.
    pub fn bind_unix(self, path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix(path, mode)?))
    }

    /// Adds the path of a Unix socket to listen at. The socket's file gets this owner, group and
    /// permissions. See [`bind_unix`](Self::bind_unix).
    ///
    /// # Errors
    ///
    /// Those of [`Listener::bind_unix_for`].
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Protocol, Server, SocketAccess};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// // A server for a browser on this machine, and for the front server.
    /// let server = Server::builder()
    ///     .bind_to("localhost", 0)?
    ///     .bind_unix(folder.join("all.sock"), 0o666)?
    ///     .bind_unix_for(folder.join("own.sock"), SocketAccess::new(0o600))?
    ///     .protocol(Protocol::Http)
    ///     .build(application(|_environ, start_response| {
    ///         start_response.start(Status::OK, ())?;
    ///         Ok("Hello world!\n".into())
    ///     }))?;
    /// let paths: Vec<_> = server.local_addrs().iter().filter_map(|address| address.path()).collect();
    /// assert_eq!(paths, [folder.join("all.sock"), folder.join("own.sock")]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bind_unix_for(self, path: impl AsRef<Path>, access: SocketAccess) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix_for(path, access)?))
    }

    /// Adds a socket that already listens: one of the standard library, or one that this process
    /// was [started with](Listener::inherited).
    pub fn listener(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Sets the protocol of all sockets that do not [have their own](Listener::protocol); by
    /// default HTTP.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets the number of event loops, at least 1; by default one per core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads.max(1);
        self
    }

    /// Limits the number of threads, those of the event loops included; by default 256. There are
    /// at least two per event loop, also if this number is smaller. This many requests, less one
    /// per loop, can block at once, and further ones wait. Threads are started when they are
    /// needed, and end when they are not. The thread that calls `serve_forever` does not count,
    /// since it only watches over the others, and neither do those that are
    /// [stuck](Self::max_stuck_threads).
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.options.max_threads = threads;
        self
    }

    /// Limits the number of connections; by default 65,536. For each further client, an idle
    /// connection is closed: the oldest that never sent a request, or else the one that has been
    /// idle longest. If none is idle, further clients wait to be accepted. The same happens when
    /// the system has no descriptor left. The connection of a [stuck](Self::max_stuck_threads)
    /// thread does not count if its thread does not.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_connections = connections.max(1);
        self
    }

    /// Sets the limits of a request's target, head, fields and body. A request beyond them is
    /// answered 414, 431 or 413. The limit of the body holds for every protocol whose own limits
    /// are not set.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Limits, Server};
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// // A small machine, whose clients send small things.
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .max_connections(1_000)
    ///     .max_threads(8)
    ///     .limits(Limits::new().max_target_bytes(100).max_body_bytes(10_000))
    ///     .fastcgi_limits(wsgi_fastcgi::Limits::new().max_body_bytes(10_000))
    ///     .scgi_limits(wsgi_scgi::Limits::new().max_body_bytes(10_000))
    ///     .build(app)?;
    ///
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(format!("GET /{} HTTP/1.0\r\n\r\n", "x".repeat(100)).as_bytes())?;
    /// server.handle_request()?;
    /// assert!(io::read_to_string(client)?.starts_with("HTTP/1.1 414 "));
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Sets the limits of a FastCGI request, including that of the body. A request beyond them is
    /// answered 431 or 413. Their number of connections is replaced by
    /// [`max_connections`](Self::max_connections). They also say whether the application is an
    /// [Authorizer](wsgi_fastcgi::Limits::accept_authorizers): then `FCGI_ROLE` is `AUTHORIZER` in
    /// such a request.
    pub fn fastcgi_limits(mut self, limits: wsgi_fastcgi::Limits) -> Self {
        self.fastcgi_limits = Some(limits);
        self
    }

    /// Sets the limits of an SCGI request, including that of the body. A request beyond them is
    /// answered 431 or 413.
    pub fn scgi_limits(mut self, limits: wsgi_scgi::Limits) -> Self {
        self.scgi_limits = Some(limits);
        self
    }

    /// Sets the path at which a front server has mounted the application, such as `/app`, or the
    /// empty string for the root. It becomes `SCRIPT_NAME`. `PATH_INFO` is the rest of the path in
    /// `REQUEST_URI`, decoded. Both replace what the front server sends.
    ///
    /// What front servers send depends on their configuration and is often of no use: nginx's
    /// usual `fastcgi_params` put the whole path into `SCRIPT_NAME`. Without this setting the
    /// server uses it as it is. A request for another path, or without a `REQUEST_URI`, is not
    /// changed. If its path cannot be decoded, it is answered 400. See [`Environ::derive_path`].
    pub fn script_name(mut self, script_name: impl Into<String>) -> Self {
        self.script_name = Some(script_name.into());
        self
    }

    /// Limits how long a new connection may wait before its first request; by default 60 seconds.
    /// After that it is closed. With 0, the request must be there when the connection is accepted.
    /// At most 365 days.
    pub fn first_request_timeout(mut self, timeout: Duration) -> Self {
        self.options.first_request_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long a connection may be idle between requests; by default 75 seconds. After
    /// that it is closed. With 0, each connection ends with its first response, which says so. A
    /// front server or load balancer that keeps connections to this server should close them
    /// earlier. At most 365 days.
    pub fn keep_alive(mut self, timeout: Duration) -> Self {
        self.options.keep_alive = timeout.min(LONGEST);
        self
    }

    /// Limits how long a TLS handshake may take from the connection on; by default 15 seconds.
    /// After that the connection is closed. At most 365 days.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.options.handshake_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long a request's head may take from its first byte to its last; by default 15
    /// seconds. After that it is answered 408. The header of the
    /// [PROXY protocol](crate::ProxyProtocol) may take as long, from the moment when the connection
    /// was accepted. After that the connection is closed. At most 365 days.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream, thread, time::Duration};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// // A server of fast machines in one room.
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .first_request_timeout(Duration::from_secs(5))
    ///     .handshake_timeout(Duration::from_secs(2))
    ///     .head_timeout(Duration::from_millis(20))
    ///     .body_timeout(Duration::from_secs(2))
    ///     .write_timeout(Duration::from_secs(2))
    ///     .min_rate(100_000)
    ///     .build(app)?;
    /// let (address, handle) = (server.local_addr().clone(), server.handle());
    /// let serving = thread::spawn(move || server.serve_forever());
    ///
    /// let mut slow = TcpStream::connect(&address)?;
    /// slow.write_all(b"GET / HT")?;
    /// assert!(io::read_to_string(slow)?.starts_with("HTTP/1.1 408 "));
    /// handle.shutdown();
    /// serving.join().unwrap()?;
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.options.head_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long the server waits for a request's body; by default 30 seconds, and longer
    /// if it keeps up [`min_rate`](Self::min_rate). After that it is answered 408, or the
    /// application's read fails. At most 365 days.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout.min(LONGEST);
        self
    }

    /// Limits how long the server waits for a client to take a response; by default 30 seconds,
    /// and longer if it keeps up [`min_rate`](Self::min_rate). After that the connection is cut. At
    /// most 365 days.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.options.write_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the bytes per second that earn a client more time for a body or a response; by default
    /// 500. With 0, every byte gives it the whole time again. That suits clients that send or read
    /// a little now and then.
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.options.min_rate = bytes_per_second;
        self
    }

    /// Adds a variable to every environ, like wsgiref's `base_environ`. Variables of the request
    /// and the connection take precedence.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Application, Error, Status, application};
    /// use wsgi_environ::Errors;
    /// use wsgi_server::Server;
    ///
    /// let app = application(|environ, _start_response| {
    ///     let value = |name| environ.get(name).unwrap().to_string();
    ///     Err(Error::from(format!("{} {}", value("SITE"), value("TIME"))))
    /// });
    /// let sorry = application(|environ, start_response| {
    ///     start_response.start(Status::SERVICE_UNAVAILABLE, [("Content-Type", "text/plain")])?;
    ///     Ok(format!("Sorry, {}.", environ.get("USER").unwrap()).into())
    /// });
    /// let (errors, log) = Errors::buffer();
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .base_environ("SITE", "blog")
    ///     .prepare_environ(|environ| environ.set("TIME", "four"))
    ///     .handle_with(|application, environ, start_response| {
    ///         environ.set("USER", "Ada");
    ///         application.call(environ, start_response)
    ///     })
    ///     .error_output(sorry)
    ///     .log_exception(|environ, error| environ.errors().print(format_args!("failed: {error}")))
    ///     .max_backtrace_lines(Some(0))
    ///     .errors(errors)
    ///     .script_name("/app")
    ///     .server_software("hello/1.0")
    ///     .build(app)?;
    ///
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(b"GET /app/ HTTP/1.0\r\n\r\n")?;
    /// server.handle_request()?;
    /// let response = io::read_to_string(client)?;
    /// assert!(response.contains("Server: hello/1.0\r\n") && response.ends_with("Sorry, Ada."));
    /// assert_eq!(log.to_string(), "failed: blog four\n");
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn base_environ(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Sets a function that changes every environ before the application sees it, like wsgiref's
    /// `get_environ`.
    pub fn prepare_environ(
        mut self,
        prepare: impl Fn(&mut Environ) + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    /// Sets the errors stream, like wsgiref's `get_stderr`; by default standard error. The errors
    /// of a FastCGI request go to the front server instead.
    ///
    /// With `Errors::log` (feature `log` of `wsgi-environ`), the entries of the server and of
    /// requests are records of the `log` crate.
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// Sets a function that handles each request, like wsgiref's `handle`. It gets the
    /// application, and may call it or not. It stays when the application is replaced.
    ///
    /// ```
    /// use wsgi_application::{Application, Status};
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().handle_with(|application, environ, start_response| {
    ///     environ.set("GREETING", "hello");
    ///     application.call(environ, start_response)
    /// });
    /// # let _ = builder;
    /// ```
    pub fn handle_with<F>(mut self, handle: F) -> Self
    where
        F: Fn(&dyn Application, &mut Environ, &mut StartResponse<'_>) -> Result
            + Send
            + Sync
            + 'static,
    {
        self.handle = Some(Arc::new(handle));
        self
    }

    /// Sets the application that answers when another one has failed before its head was sent,
    /// like wsgiref's `error_output`. See [`wsgi_gateway::Failure`].
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.engine = self.engine.error_output(application);
        self
    }

    /// Limits the number of lines of a backtrace in the log, like wsgiref's `traceback_limit`.
    /// `None`, the default, logs all of them.
    pub fn max_backtrace_lines(mut self, lines: Option<usize>) -> Self {
        self.engine = self.engine.max_backtrace_lines(lines);
        self
    }

    /// Sets a function that gets an application's errors, like wsgiref's `log_exception`. It
    /// replaces the entry in the errors stream. See
    /// [`Engine::log_exception`](wsgi_gateway::Engine::log_exception).
    pub fn log_exception(mut self, log: impl Fn(&Environ, &Error) + Send + Sync + 'static) -> Self {
        self.engine = self.engine.log_exception(log);
        self
    }

    /// Sets the server's name in `SERVER_SOFTWARE` and the `Server` field; by default the name and
    /// version of this crate. With an empty name, the field is left out.
    pub fn server_software(mut self, software: impl Into<String>) -> Self {
        self.software = software.into();
        self
    }

    /// Creates a server for `application`. Its sockets already listen; it answers when it serves.
    ///
    /// # Errors
    ///
    /// The [server's name](Self::server_software) contains control characters, the server cannot
    /// listen on the default address, the system does not tell the address of a listener, or a
    /// listener expects the [PROXY protocol](crate::ProxyProtocol) but trusts nobody. With the
    /// feature `tls`: a listener has TLS with a protocol other than HTTP, or a TLS
    /// configuration of one's own does not fit this server.
    pub fn build(mut self, application: impl Application + 'static) -> io::Result<Server> {
        if !is_field_value(self.software.as_bytes()) {
            let message = "the server's name contains control characters";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.listeners.is_empty() {
            self = self.bind("127.0.0.1:8000")?;
        }
        self.options.max_threads = self.options.max_threads.max(self.options.min_threads());
        for listener in &mut self.listeners {
            listener.protocol.get_or_insert(self.protocol);
        }
        self.settle_proxies()?;
        #[cfg(feature = "tls")]
        check_tls(&self.listeners)?;
        let body = self.options.limits.body_limit();
        let fastcgi = || wsgi_fastcgi::Limits::new().max_body_bytes(body);
        let connections = u32::try_from(self.options.max_connections).unwrap_or(u32::MAX);
        let limits = self.fastcgi_limits.unwrap_or_else(fastcgi);
        self.options.fastcgi = limits.max_connections(connections);
        let scgi = || wsgi_scgi::Limits::new().max_body_bytes(body);
        self.options.scgi = self.scgi_limits.unwrap_or_else(scgi);
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
            application: ServedApplication::new(Arc::new(application), self.prepare, self.handle),
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

    /// The variables and settings that all environs of a listener's requests have.
    fn base(&self, server: &ServerName) -> Base {
        let base = Base::new()
            .errors(self.errors.clone())
            .multithread(true)
            .variable("GATEWAY_INTERFACE", "CGI/1.1")
            .variable("SERVER_NAME", &server.name)
            .variable("SERVER_PORT", server.port.to_string())
            .variable("SERVER_SOFTWARE", &self.software);
        let variables = self.variables.iter();
        variables.fold(base, |base, (name, value)| base.variable(name, value))
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
        f.debug_struct("Builder")
            .field("options", &self.options)
            .field("fastcgi_limits", &self.fastcgi_limits)
            .field("scgi_limits", &self.scgi_limits)
            .finish_non_exhaustive()
    }
}
