//! What a server can be told.

use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use wsgi_application::{Application, Environ, Error, Result, StartResponse};
use wsgi_environ::{Base, Errors};
use wsgi_gateway::Engine;
use wsgi_headers::is_field_value;
use wsgi_http1::Limits;

use crate::{
    config::Config,
    listeners::{listener::Listener, server_name::server_name, socket_access::SocketAccess},
    options::Options,
    protocol::Protocol,
    requests::head::SCHEME,
    server::Server,
    site::{Handling, Prepare, Site},
};

mod spooling;

/// The longest of all times: one that stands for no end at all is cut to it.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Addresses, threads, deadlines and limits of a [`Server`], and what
/// `wsgiref`'s servers let a subclass override.
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
    #[cfg(feature = "fastcgi")]
    fastcgi_limits: Option<wsgi_fastcgi::Limits>,
    #[cfg(feature = "scgi")]
    scgi_limits: Option<wsgi_scgi::Limits>,
    pub(crate) script_name: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
    software: String,
    errors: Errors,
    pub(crate) engine: Engine,
    pub(crate) prepare: Option<Arc<Prepare>>,
    pub(crate) handle: Option<Arc<Handling>>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            options: Options::new(),
            listeners: Vec::new(),
            protocol: Protocol::default(),
            #[cfg(feature = "fastcgi")]
            fastcgi_limits: None,
            #[cfg(feature = "scgi")]
            scgi_limits: None,
            script_name: None,
            variables: Vec::new(),
            software: concat!("wsgi-server/", env!("CARGO_PKG_VERSION")).to_owned(),
            errors: Errors::stderr(),
            engine: Engine::new(),
            prepare: None,
            handle: None,
        }
    }

    /// Listens on an address as well, such as `127.0.0.1:8000`, `[::]:80` or
    /// `unix:/run/app.sock`; a Unix socket is for its owner alone. The default,
    /// where nothing is bound, is `127.0.0.1:8000`.
    ///
    /// # Errors
    ///
    /// The address cannot be resolved or listened on.
    pub fn bind(self, address: &str) -> io::Result<Self> {
        Ok(self.listener(Listener::bind(address)?))
    }

    /// Listens on a host and port as well. An empty host is every interface,
    /// of IPv6 and of IPv4.
    ///
    /// # Errors
    ///
    /// The host cannot be resolved, or the address cannot be listened on.
    pub fn bind_to(self, host: &str, port: u16) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_to(host, port)?))
    }

    /// Listens at the path of a Unix socket as well, whose file gets the
    /// permissions `mode`: `0o660` lets a front server in that is in the file's
    /// group, `0o666` everybody who comes as far as its folder.
    /// [`Listener::bind_unix`] says what becomes of a file that is there.
    ///
    /// # Errors
    ///
    /// Another server listens there, or the path cannot be bound.
    pub fn bind_unix(self, path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix(path, mode)?))
    }

    /// Listens at the path of a Unix socket as well, whose file has this owner,
    /// group and permissions. See [`bind_unix`](Self::bind_unix).
    ///
    /// # Errors
    ///
    /// Those of [`Listener::bind_unix_for`].
    pub fn bind_unix_for(self, path: impl AsRef<Path>, access: SocketAccess) -> io::Result<Self> {
        Ok(self.listener(Listener::bind_unix_for(path, access)?))
    }

    /// Serves a socket that listens already as well: the standard library's, or
    /// one that this process was [started with](Listener::inherited).
    pub fn listener(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// What is spoken on the sockets that were not
    /// [told otherwise](Listener::protocol): HTTP by default.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// The number of event loops, at least 1; by default one a core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads.max(1);
        self
    }

    /// How many threads there may be in all, beside the one that calls
    /// `serve_forever`: this many requests, less one a loop, can block at once,
    /// and further ones wait. By default 256; at least two a loop. Threads are
    /// started when they are needed and end when they are not.
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.options.max_threads = threads;
        self
    }

    /// How many connections there may be, by default 65,536. For a further client one
    /// at rest is closed: one that never sent a request, the oldest of them first,
    /// else that which has rested longest. Where none is at rest, further clients
    /// wait to be accepted. The same holds where the system has no descriptor left.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_connections = connections.max(1);
        self
    }

    /// The limits of a request's target, head, fields and body; what is over
    /// them is answered 414, 431 or 413. That of the body holds for every protocol.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// The limits of a request in FastCGI, that of the body included; what is
    /// over them is answered 431 or 413. What they say of connections is replaced
    /// by [`max_connections`](Self::max_connections).
    #[cfg(feature = "fastcgi")]
    pub fn fastcgi_limits(mut self, limits: wsgi_fastcgi::Limits) -> Self {
        self.fastcgi_limits = Some(limits);
        self
    }

    /// The limits of a request in SCGI, that of the body included; what is over
    /// them is answered 431 or 413.
    #[cfg(feature = "scgi")]
    pub fn scgi_limits(mut self, limits: wsgi_scgi::Limits) -> Self {
        self.scgi_limits = Some(limits);
        self
    }

    /// Where a front server has put the application, such as `/app`, or empty for
    /// all of it: that becomes `SCRIPT_NAME`, and `PATH_INFO` is what follows it
    /// in the path of `REQUEST_URI`, decoded, whatever the front server says.
    ///
    /// Front servers say different things there, depending on how they were set
    /// up, and often nothing of use: nginx' usual `fastcgi_params` name the whole
    /// path `SCRIPT_NAME`. Without this they are believed. A request for another
    /// path, or without a `REQUEST_URI`, is left as it is; one whose path cannot
    /// be decoded is answered 400. See [`Environ::derive_path`].
    pub fn script_name(mut self, script_name: impl Into<String>) -> Self {
        self.script_name = Some(script_name.into());
        self
    }

    /// How long a new connection may wait before its first request, by default
    /// 60 seconds: then it is closed. With 0 that has to be there when it is accepted.
    pub fn first_request_timeout(mut self, timeout: Duration) -> Self {
        self.options.first_request_timeout = timeout.min(LONGEST);
        self
    }

    /// How long a connection may rest between requests, by default 75 seconds:
    /// then it is closed. With 0 none is kept: each ends with its first response,
    /// which says so. A front server or load balancer that keeps connections to this
    /// one should give them up earlier than this.
    pub fn keep_alive(mut self, timeout: Duration) -> Self {
        self.options.keep_alive = timeout.min(LONGEST);
        self
    }

    /// How long a request's head may take from its first byte to its last, by
    /// default 15 seconds: then it is answered 408.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.options.head_timeout = timeout.min(LONGEST);
        self
    }

    /// How long a request's body may keep us waiting, by default 30 seconds,
    /// and longer as it keeps up [`min_rate`](Self::min_rate): then it is
    /// answered 408, or the application's read fails.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.options.body_timeout = timeout.min(LONGEST);
        self
    }

    /// How long a client may keep us waiting while it takes a response, by
    /// default 30 seconds, and longer as it keeps up
    /// [`min_rate`](Self::min_rate): then the connection is cut.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.options.write_timeout = timeout.min(LONGEST);
        self
    }

    /// The bytes a second that earn a client more time for a body or a
    /// response, by default 500. With 0 every byte gives it the whole time
    /// anew, which suits clients that send or read a little now and then.
    pub fn min_rate(mut self, bytes_per_second: u64) -> Self {
        self.options.min_rate = bytes_per_second;
        self
    }

    /// How long requests may go on when the server is told to end, by default
    /// 30 seconds: then they are cut.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.options.shutdown_timeout = timeout.min(LONGEST);
        self
    }

    /// A variable of every environ: wsgiref's `base_environ`. Variables of the
    /// request and the connection come before it.
    pub fn base_environ(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// What is done to every environ before the application sees it:
    /// wsgiref's `get_environ`.
    pub fn prepare_environ(
        mut self,
        prepare: impl Fn(&mut Environ) + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    /// Where errors are written, by default to standard error: wsgiref's
    /// `get_stderr`. Those of a request in FastCGI go to the front server instead.
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }

    /// How a request is handled: wsgiref's `handle`. It is given the
    /// application, and calls it or does not; it stays when the application is
    /// exchanged.
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

    /// The application that answers in place of one that failed before its
    /// head was sent: wsgiref's `error_output`. See [`wsgi_gateway::Failure`].
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.engine = self.engine.error_output(application);
        self
    }

    /// At most how many lines of a backtrace are logged: wsgiref's
    /// `traceback_limit`. `None`, the default, for all of them.
    pub fn max_backtrace_lines(mut self, lines: Option<usize>) -> Self {
        self.engine = self.engine.max_backtrace_lines(lines);
        self
    }

    /// What is told of an application's errors, in place of an entry in the
    /// errors stream: wsgiref's `log_exception`. See
    /// [`Engine::log_exception`](wsgi_gateway::Engine::log_exception).
    pub fn log_exception(mut self, log: impl Fn(&Environ, &Error) + Send + Sync + 'static) -> Self {
        self.engine = self.engine.log_exception(log);
        self
    }

    /// How the server names itself, in `SERVER_SOFTWARE` and the `Server`
    /// field; by default with its version. Empty for not at all.
    pub fn server_software(mut self, software: impl Into<String>) -> Self {
        self.software = software.into();
        self
    }

    /// A server for `application`. It listens from here on, and answers once
    /// it serves.
    ///
    /// # Errors
    ///
    /// The default address cannot be listened on, or a listener has no address.
    pub fn build(mut self, application: impl Application + 'static) -> io::Result<Server> {
        if !is_field_value(self.software.as_bytes()) {
            let message = "the server's name holds control characters";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.listeners.is_empty() {
            self = self.bind("127.0.0.1:8000")?;
        }
        self.options.max_threads = self.options.max_threads.max(2 * self.options.threads);
        for listener in &mut self.listeners {
            listener.protocol.get_or_insert(self.protocol);
        }
        #[cfg(feature = "fastcgi")]
        {
            let body = self.options.limits.body_limit();
            let limits = self.fastcgi_limits;
            let limits = limits.unwrap_or_else(|| wsgi_fastcgi::Limits::new().max_body_bytes(body));
            let connections = u32::try_from(self.options.max_connections).unwrap_or(u32::MAX);
            self.options.fastcgi = limits.max_connections(connections);
        }
        #[cfg(feature = "scgi")]
        {
            let body = self.options.limits.body_limit();
            let limits = self.scgi_limits;
            self.options.scgi =
                limits.unwrap_or_else(|| wsgi_scgi::Limits::new().max_body_bytes(body));
        }
        let addresses = self.listeners.iter().map(Listener::local_addr);
        let addresses = addresses.collect::<io::Result<Vec<_>>>()?;
        let (name, port) = server_name(&self.listeners, &addresses);
        let mut base = Base::new()
            .errors(self.errors.clone())
            .multithread(true)
            .variable("GATEWAY_INTERFACE", "CGI/1.1")
            .variable("SERVER_NAME", name)
            .variable("SERVER_PORT", port.to_string())
            .variable("SERVER_SOFTWARE", &self.software);
        for (name, value) in &self.variables {
            base = base.variable(name, value);
        }
        let config = Config {
            options: Arc::new(self.options),
            engine: self.engine,
            base: Arc::new(base.clone().url_scheme(SCHEME)),
            gateway_base: Arc::new(base),
            script_name: self.script_name,
            errors: self.errors,
            software: self.software,
            site: Site::new(Arc::new(application), self.prepare, self.handle),
        };
        Ok(Server::new(config, self.listeners, addresses))
    }
}

impl Server {
    /// Sets addresses, limits and the rest.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
