//! The settings of a server, as Python's keyword arguments.

use std::{path::PathBuf, time::Duration};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString},
};
use wsgi_environ::Errors;
use wsgi_middleware::{ForwardedBy, Network};
use wsgi_server::{Builder, Limits};

use crate::{
    environ::{Concurrency, Template},
    setting_values::{choice, count, number, seconds, texts},
    thread_state,
};

/// The number of calls of the application at once, unless it is set.
const CALLS: usize = 32;

/// The time after which a thread that has nothing to do ends. Applications keep expensive things in
/// their threads, such as connections to databases.
const IDLE: Duration = Duration::from_secs(600);

/// The settings that are not those of the server's builder alone.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The number of calls of the application at once.
    calls: usize,
    /// Whether a call can go on beyond its time, beside the one that takes its place.
    gets_stuck: bool,
    /// Whether other processes serve the same application.
    multiprocess: bool,
    limits: Limits,
    /// Folders at their prefixes.
    pub(crate) statics: Vec<(String, PathBuf)>,
    pub(crate) validate: bool,
    /// Whether the site tells load balancers how it is.
    pub(crate) health: bool,
    /// The time between the begin of the end and the shutdown.
    pub(crate) drain_delay: Duration,
    /// The path of the access log, or `-` for standard error.
    pub(crate) access_log: Option<String>,
    pub(crate) access_log_format: String,
    /// The socket of a process that collects the numbers of several.
    pub(crate) numbers: Option<PathBuf>,
    pub(crate) proxies: Option<Proxies>,
    /// The files of certificates, and those of their keys.
    pub(crate) certificates: Vec<String>,
    pub(crate) keys: Vec<String>,
}

/// The proxies that are trusted.
#[derive(Debug)]
pub(crate) struct Proxies {
    pub(crate) networks: Vec<Network>,
    pub(crate) trusts_unix: bool,
    pub(crate) forwarded_by: ForwardedBy,
    pub(crate) trusts_host: bool,
    pub(crate) trusts_prefix: bool,
}

impl Default for Proxies {
    fn default() -> Self {
        Self {
            networks: Vec::new(),
            trusts_unix: false,
            forwarded_by: ForwardedBy::default(),
            trusts_host: true,
            trusts_prefix: true,
        }
    }
}

impl Settings {
    /// Reads the settings, and applies those of the builder. `None` stands for the default.
    ///
    /// # Errors
    ///
    /// A name is unknown, or a value is not valid.
    pub(crate) fn apply(
        settings: Option<&Bound<'_, PyDict>>,
        mut builder: Builder,
    ) -> PyResult<(Self, Builder)> {
        let mut own = Self {
            calls: CALLS,
            gets_stuck: false,
            multiprocess: false,
            limits: Limits::new(),
            statics: Vec::new(),
            validate: false,
            health: false,
            drain_delay: Duration::ZERO,
            access_log: None,
            access_log_format: "combined".to_owned(),
            numbers: None,
            proxies: None,
            certificates: Vec::new(),
            keys: Vec::new(),
        };
        for (name, value) in settings.into_iter().flatten() {
            if value.is_none() {
                continue;
            }
            let name = name.cast::<PyString>()?.to_str()?;
            builder = own.set(name, &value, builder).map_err(|error| {
                let py = value.py();
                let problem = format!("the setting `{name}`: {}", error.value(py));
                match error.is_instance_of::<PyTypeError>(py) {
                    true => PyTypeError::new_err(problem),
                    false => PyValueError::new_err(problem),
                }
            })?;
        }
        if own.certificates.len() != own.keys.len() {
            let problem = "each certificate (`tls_cert`) needs a private key (`tls_key`)";
            return Err(PyValueError::new_err(problem));
        }
        let builder = builder
            .limits(own.limits)
            .threads(1)
            .max_threads(own.calls.saturating_add(1)) // the loop needs one
            .idle_thread_timeout(IDLE)
            // Frameworks keep the context of a request in its thread until the body ends.
            .bodies_keep_thread(true)
            .calls_share_lock(true)
            .on_thread_end(thread_state::delete)
            // The text of an exception is its traceback.
            .max_backtrace_lines(Some(0));
        Ok((own, builder))
    }

    fn set(&mut self, name: &str, value: &Bound<'_, PyAny>, builder: Builder) -> PyResult<Builder> {
        let builder = match name {
            "max_connections" => builder.max_connections(count(value)?),
            "max_connections_per_address" => builder.max_connections_per_address(count(value)?),
            "max_requests_per_connection" => {
                builder.max_requests_per_connection(count(value)? as u64)
            }
            "max_waiting" => builder.max_waiting(number(value)?),
            "max_stuck_threads" => builder.max_stuck_threads(number(value)?),
            "end_when_stuck" => builder.end_when_stuck(value.extract()?),
            "min_rate" => builder.min_rate(number(value)? as u64),
            "wait_timeout" => builder.wait_timeout(seconds(value)?),
            "first_request_timeout" => builder.first_request_timeout(seconds(value)?),
            "keep_alive" => builder.keep_alive(seconds(value)?),
            "handshake_timeout" => builder.handshake_timeout(seconds(value)?),
            "head_timeout" => builder.head_timeout(seconds(value)?),
            "body_timeout" => builder.body_timeout(seconds(value)?),
            "write_timeout" => builder.write_timeout(seconds(value)?),
            "request_timeout" => {
                self.gets_stuck = true;
                builder.request_timeout(seconds(value)?)
            }
            "response_timeout" => builder.response_timeout(seconds(value)?),
            "shutdown_timeout" => builder.shutdown_timeout(seconds(value)?),
            "server_software" => builder.server_software(value.extract::<String>()?),
            _ => {
                self.set_own(name, value)?;
                builder
            }
        };
        Ok(builder)
    }

    fn set_own(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let limits = self.limits;
        match name {
            "threads" => self.calls = count(value)?,
            "multiprocess" => self.multiprocess = value.extract()?,
            "max_target_bytes" => self.limits = limits.max_target_bytes(count(value)?),
            "max_head_bytes" => self.limits = limits.max_head_bytes(count(value)?),
            "max_fields" => self.limits = limits.max_fields(count(value)?),
            "max_body_bytes" => self.limits = limits.max_body_bytes(number(value)? as u64),
            "static" => self.statics = value.cast::<PyDict>()?.items().extract()?,
            "validate" => self.validate = value.extract()?,
            "health" => self.health = value.extract()?,
            "drain_delay" => self.drain_delay = seconds(value)?,
            "access_log" => self.access_log = Some(value.extract()?),
            "access_log_format" => {
                self.access_log_format = choice(value, &["common", "combined", "json"])?;
            }
            "numbers" => self.numbers = Some(value.extract()?),
            "tls_cert" => self.certificates = texts(value)?,
            "tls_key" => self.keys = texts(value)?,
            "trust_proxy" => self.trust(&texts(value)?)?,
            "forwarded_by" => {
                let name = choice(value, &["x-forwarded", "forwarded"])?;
                self.proxies.get_or_insert_default().forwarded_by = match &*name {
                    "forwarded" => ForwardedBy::Forwarded,
                    _ => ForwardedBy::XForwarded,
                };
            }
            "trust_forwarded_host" => {
                self.proxies.get_or_insert_default().trusts_host = value.extract()?;
            }
            "trust_forwarded_prefix" => {
                self.proxies.get_or_insert_default().trusts_prefix = value.extract()?;
            }
            _ => return Err(PyTypeError::new_err("there is no such setting")),
        }
        Ok(())
    }

    fn trust(&mut self, places: &[String]) -> PyResult<()> {
        let proxies = self.proxies.get_or_insert_default();
        for place in places {
            if place == "unix" {
                proxies.trusts_unix = true;
                continue;
            }
            let network = place.parse().map_err(|_| {
                let takes = "an IP address, a network such as 10.0.0.0/8, or unix";
                PyValueError::new_err(format!("it is {takes}, not {place:?}"))
            })?;
            proxies.networks.push(network);
        }
        Ok(())
    }

    /// The variables that all requests share.
    pub(crate) fn template(&self, py: Python<'_>) -> PyResult<Template> {
        let concurrency = Concurrency {
            multithread: self.calls > 1 || self.gets_stuck,
            multiprocess: self.multiprocess,
        };
        Template::new(py, concurrency, Errors::stderr())
    }
}
