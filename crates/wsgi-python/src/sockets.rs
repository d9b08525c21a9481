//! Listening sockets as an object of Python.

use std::{collections::HashMap, ffi::OsString, io, path::PathBuf, process::Command};

use pyo3::{
    exceptions::{PyOSError, PyRuntimeError, PyValueError},
    prelude::*,
};
use wsgi_server::{Listener, SocketAccess, TicketKeys, Tls};

use crate::{
    monitoring::{self, is_for_metrics},
    mutex::Mutex,
    place::Place,
    successor::Successor,
};

/// The name of a socket that is for http without TLS.
const HTTP: &str = "http";

/// The port of https, if no socket tells another one.
const HTTPS_PORT: u16 = 443;

/// Sockets that listen, for the server of this process, or for those of processes that it forks.
///
/// Each process has the sockets that it inherits, and its server takes them. Clients that connect
/// meanwhile wait. The processes share the keys of TLS tickets, so that a client can go on with a
/// session that another process began.
#[pyclass(frozen, module = "wsgi_rs")]
pub(crate) struct Sockets {
    listeners: Mutex<Option<Vec<Listener>>>,
    places: Vec<Place>,
    metrics: Option<String>,
    ticket_keys: TicketKeys,
}

#[pymethods]
impl Sockets {
    /// Listens on these addresses, such as `127.0.0.1:8000` or `unix:/run/app.sock`. An address
    /// without a host, such as `:8000`, stands for every interface. The address of the page
    /// of numbers needs a host. Thus the page is not public by accident. The address `redirect` is
    /// for clients by http, who are redirected to https.
    #[new]
    #[pyo3(signature = (
        addresses, metrics=None, redirect=None, mode=None, owner=None, group=None
    ))]
    fn new(
        addresses: Vec<String>,
        metrics: Option<String>,
        redirect: Option<String>,
        mode: Option<u32>,
        owner: Option<u32>,
        group: Option<u32>,
    ) -> PyResult<Self> {
        let listeners = bind_all(addresses, access(mode, owner, group))?;
        Self::new_keys(with_further(listeners, metrics, redirect)?)
    }

    /// The sockets that were passed to this process: FastCGI on standard input, for the web servers
    /// of `FCGI_WEB_SERVER_ADDRS` if that is set, or those of a service manager such as systemd
    /// (sd_listen_fds(3)). Addresses take the place of those for sites, and `default` that of none
    /// at all. Call it once.
    #[staticmethod]
    #[pyo3(signature = (
        addresses, default, metrics=None, redirect=None, mode=None, owner=None, group=None
    ))]
    fn inherited(
        mut addresses: Vec<String>,
        default: &str,
        metrics: Option<String>,
        redirect: Option<String>,
        mode: Option<u32>,
        owner: Option<u32>,
        group: Option<u32>,
    ) -> PyResult<Self> {
        let is_fastcgi = addresses.is_empty() && Listener::stdin()?.is_some();
        let mut listeners = Listener::passed()?;
        if addresses.is_empty() && listeners.iter().all(is_for_metrics) {
            addresses.push(default.to_owned());
        }
        if !addresses.is_empty() {
            listeners.retain(is_for_metrics);
        }
        listeners.extend(bind_all(addresses, access(mode, owner, group))?);
        let mut sockets = Self::new_keys(with_further(listeners, metrics, redirect)?)?;
        if let (true, Some(first)) = (is_fastcgi, sockets.places.first_mut()) {
            first.speaks_fastcgi();
        }
        Ok(sockets)
    }

    /// Starts a program with these arguments, this environment and this folder, and passes the
    /// sockets on to it.
    fn start(
        &self,
        py: Python<'_>,
        program: PathBuf,
        arguments: Vec<OsString>,
        environment: HashMap<OsString, OsString>,
        folder: PathBuf,
    ) -> PyResult<Successor> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(environment)
            .current_dir(folder);
        py.detach(|| {
            let listeners = self.listeners.lock();
            let listeners = listeners.as_ref().ok_or_else(taken)?;
            Ok(Successor::start(command, listeners, &self.ticket_keys)?)
        })
    }

    /// Closes the sockets of this process, except that of the page of numbers. Clients are refused
    /// once no other process has them.
    fn close(&self, py: Python<'_>) {
        self.close_all_but(py, is_for_metrics);
    }

    /// Closes that of the page as well.
    fn close_metrics(&self, py: Python<'_>) {
        self.close_all_but(py, |_| false);
    }

    /// Where sites are, with the ports that the system chose. They speak this protocol, TLS if it
    /// is `secure`, and the PROXY protocol before if it is `proxied`.
    fn places(&self, protocol: &str, secure: bool, proxied: bool) -> Vec<String> {
        let places = self.places.iter();
        places
            .map(|place| place.described(protocol, secure, proxied))
            .collect()
    }

    /// Where the page of numbers is, if there is a socket for it.
    #[getter]
    pub(crate) fn metrics(&self) -> Option<String> {
        self.metrics.clone()
    }
}

impl Sockets {
    fn close_all_but(&self, py: Python<'_>, stays: fn(&Listener) -> bool) {
        py.detach(|| {
            if let Some(listeners) = &mut *self.listeners.lock() {
                listeners.retain(stays);
            }
        });
    }

    fn new_keys(listeners: Vec<Listener>) -> PyResult<Self> {
        let keys = TicketKeys::random().map_err(|error| PyOSError::new_err(error.to_string()))?;
        Self::of(listeners, keys)
    }

    pub(crate) fn of(listeners: Vec<Listener>, ticket_keys: TicketKeys) -> PyResult<Self> {
        let sites = listeners.iter().filter(|one| !is_for_metrics(one));
        let places = sites.map(|one| Place::of(one, is_plain(one)));
        let metrics = listeners.iter().find(|one| is_for_metrics(one));
        let place = |one| monitoring::place(one, monitoring::METRICS);
        Ok(Self {
            places: places.collect::<io::Result<_>>()?,
            metrics: metrics.map(place).transpose()?,
            listeners: Mutex::new(Some(listeners)),
            ticket_keys,
        })
    }

    /// Takes the sockets out.
    ///
    /// # Errors
    ///
    /// A server of this process has them.
    pub(crate) fn take(&self) -> PyResult<Vec<Listener>> {
        self.listeners.lock().take().ok_or_else(taken)
    }

    pub(crate) fn ticket_keys(&self) -> TicketKeys {
        self.ticket_keys.clone()
    }
}

fn taken() -> PyErr {
    PyRuntimeError::new_err("another server has these sockets")
}

/// Adds the sockets of the page of numbers and of the redirect to https. Those of a service manager
/// give way to them.
fn with_further(
    mut listeners: Vec<Listener>,
    metrics: Option<String>,
    redirect: Option<String>,
) -> PyResult<Vec<Listener>> {
    if let Some(address) = redirect {
        listeners.retain(|one| !is_plain(one));
        listeners.push(bind(&address, access(None, None, None))?.named(HTTP));
    }
    if let Some(address) = metrics {
        if address.starts_with(':') {
            let problem = "the page of numbers needs an address with a host, such as \
                           127.0.0.1:9100, or unix:PATH";
            return Err(PyValueError::new_err(problem));
        }
        listeners.retain(|one| !is_for_metrics(one));
        listeners.push(bind(&address, access(None, None, None))?.named(monitoring::NAME));
    }
    Ok(listeners)
}

/// Lets clients connect to these sockets by TLS alone, except to those for http. Returns the port
/// of https as well, if there are any of these: this one, or that of the first socket.
///
/// # Errors
///
/// All of them are for http.
pub(crate) fn protected(
    listeners: Vec<Listener>,
    tls: &Tls,
    mut port: Option<u16>,
) -> io::Result<(Vec<Listener>, Option<u16>)> {
    let (plain, secure): (Vec<_>, Vec<_>) = listeners.into_iter().partition(is_plain);
    if secure.is_empty() {
        return Err(all_plain());
    }
    for listener in &secure {
        let address = listener.local_addr()?;
        port = port.or(address.tcp().map(|address| address.port()));
    }
    let redirect = (!plain.is_empty()).then(|| port.unwrap_or(HTTPS_PORT));
    let secure = secure.into_iter().map(|listener| listener.tls(tls));
    Ok((secure.chain(plain).collect(), redirect))
}

/// Checks the sockets that were passed to this process, which are to speak TLS.
///
/// # Errors
///
/// All of them are for http, beside that of the page of numbers.
pub(crate) fn check_some_secure(passed: &[Listener]) -> io::Result<()> {
    let mut sites = passed.iter().filter(|one| !is_for_metrics(one)).peekable();
    match sites.peek().is_some() && sites.all(is_plain) {
        true => Err(all_plain()),
        false => Ok(()),
    }
}

fn all_plain() -> io::Error {
    let problem = "cannot serve https: every inherited socket has the name http";
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

/// Whether a socket is for http without TLS, beside others.
fn is_plain(listener: &Listener) -> bool {
    listener.name() == Some(HTTP)
}

fn access(mode: Option<u32>, owner: Option<u32>, group: Option<u32>) -> SocketAccess {
    let access = SocketAccess::new(mode.unwrap_or(SocketAccess::DEFAULT_MODE));
    let access = owner.map_or(access, |owner| access.owner(owner));
    group.map_or(access, |group| access.group(group))
}

fn bind_all(addresses: Vec<String>, access: SocketAccess) -> PyResult<Vec<Listener>> {
    let listeners = addresses.into_iter().map(|address| bind(&address, access));
    listeners.collect()
}

fn bind(address: &str, access: SocketAccess) -> PyResult<Listener> {
    if let Some(path) = address.strip_prefix("unix:") {
        return Ok(Listener::bind_unix_for(path, access)?);
    }
    let port = address.strip_prefix(':').and_then(|port| port.parse().ok());
    Ok(match port {
        Some(port) => Listener::bind_to("", port)?,
        None => Listener::bind(address)?,
    })
}
