//! The settings of a server, as Python's keyword arguments.

use std::{mem, path::PathBuf, thread, time::Duration};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString},
};
use wsgi_middleware::LogFormat;
use wsgi_server::{Builder, Protocol};

use crate::{
    environ::{Concurrency, RESERVED, Template},
    interpreter_lock,
    limits::RequestLimits,
    proxies::Proxies,
    setting_values::{choice, count, number, pairs, seconds, timeout, within},
    thread_state,
    tls::TlsSettings,
};

/// The number of calls of the application at once, unless it is set.
const CALLS: usize = 32;

/// The time after which a thread that has nothing to do ends, unless it is set. Applications keep
/// expensive things in their threads, such as connections to databases.
const IDLE: Duration = Duration::from_secs(600);

/// The bytes of stack of a thread. Python counts how deep code of C calls code of Python and the
/// other way round, not the bytes, and its limits suit the stacks of its own threads, which are
/// these. With less, the process would be killed where an exception is raised otherwise.
const STACK: usize = if cfg!(target_os = "macos") {
    16 << 20
} else {
    8 << 20
};

/// The most that a limit of the process gives it. No thread could begin with an absurd one.
const MOST_STACK: usize = 1 << 30;

/// The settings that are not those of the server's builder alone.
pub(crate) struct Settings {
    /// The number of calls of the application at once.
    calls: usize,
    /// Whether a call can go on beyond its time, beside the one that takes its place.
    gets_stuck: bool,
    /// Whether other processes serve the same application.
    multiprocess: bool,
    limits: RequestLimits,
    spool_dir: Option<PathBuf>,
    /// Folders at their prefixes.
    pub(crate) statics: Vec<(String, PathBuf)>,
    /// The time for which browsers keep their files without asking again.
    pub(crate) static_cache: Option<Duration>,
    pub(crate) validate: bool,
    /// Whether the site tells load balancers how it is.
    pub(crate) health: bool,
    /// Whether the requests that are running are listed.
    pub(crate) list_requests: bool,
    /// The time between the begin of the end and the shutdown.
    pub(crate) drain_delay: Duration,
    /// The path of the access log, or `-` for standard error.
    pub(crate) access_log: Option<String>,
    /// The format of its lines, if it is not the usual one.
    pub(crate) access_log_format: Option<LogFormat>,
    /// The socket of a process that collects the numbers of several.
    pub(crate) numbers: Option<PathBuf>,
    pub(crate) proxies: Proxies,
    pub(crate) tls: TlsSettings,
    /// The port of https to redirect to, if it is not that of a socket.
    pub(crate) redirect_port: Option<u16>,
    /// The folder with challenges for certificates.
    pub(crate) acme_webroot: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings, and applies those of the builder. `None` stands for the default.
    ///
    /// # Errors
    ///
    /// A name is unknown, or a value is not valid.
    pub(crate) fn apply(
        py: Python<'_>,
        settings: Option<&Bound<'_, PyDict>>,
        mut builder: Builder,
    ) -> PyResult<(Self, Builder)> {
        let mut own = Self {
            calls: CALLS,
            gets_stuck: false,
            multiprocess: false,
            limits: RequestLimits::default(),
            spool_dir: None,
            statics: Vec::new(),
            static_cache: None,
            validate: false,
            health: false,
            list_requests: false,
            drain_delay: Duration::ZERO,
            access_log: None,
            access_log_format: None,
            numbers: None,
            proxies: Proxies::default(),
            tls: TlsSettings::default(),
            redirect_port: None,
            acme_webroot: None,
        };
        builder = builder.idle_thread_timeout(IDLE);
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
        own.tls.check()?;
        if let Some(folder) = &own.spool_dir {
            builder = builder.spool_dir(folder)?;
        }
        if let Some(proxies) = own.proxies.protocol() {
            builder = builder.proxy_protocol(proxies);
        }
        let has_lock = interpreter_lock::look(py)?;
        let loops = own.loops(has_lock);
        let builder = mem::take(&mut own.limits)
            .apply(builder)
            .threads(loops)
            .thread_stack_size(stack_size(py)?)
            .max_threads(own.calls.saturating_add(loops)) // each loop needs one
            // Frameworks keep the context of a request in its thread until the body ends.
            .bodies_keep_thread(true)
            .calls_share_lock(has_lock)
            .on_thread_end(thread_state::delete)
            // The text of an exception is its traceback.
            .max_backtrace_lines(Some(0));
        Ok((own, builder))
    }

    /// The number of event loops. With Python's lock, a second one would only wait for it.
    fn loops(&self, has_lock: bool) -> usize {
        if has_lock {
            return 1;
        }
        let processors = thread::available_parallelism().map_or(1, usize::from);
        processors.min(self.calls)
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
            "first_request_timeout" => builder.first_request_timeout(timeout(value)?),
            "keep_alive" => builder.keep_alive(seconds(value)?),
            "handshake_timeout" => builder.handshake_timeout(timeout(value)?),
            "head_timeout" => builder.head_timeout(timeout(value)?),
            "body_timeout" => builder.body_timeout(timeout(value)?),
            "write_timeout" => builder.write_timeout(timeout(value)?),
            "request_timeout" => {
                self.gets_stuck = true;
                builder.request_timeout(timeout(value)?)
            }
            "response_timeout" => builder.response_timeout(timeout(value)?),
            "shutdown_timeout" => builder.shutdown_timeout(seconds(value)?),
            "idle_thread_timeout" => builder.idle_thread_timeout(seconds(value)?),
            "spool_bodies" => builder.spool_bodies(value.extract()?),
            "spool_limit" => builder.spool_limit(number(value)? as u64),
            "protocol" => builder.protocol(protocol(value)?),
            "script_name" => builder.script_name(value.extract::<String>()?),
            "base_environ" => variables(value)?
                .into_iter()
                .fold(builder, |builder, (name, value)| {
                    builder.base_environ(name, value)
                }),
            "server_software" => builder.server_software(value.extract::<String>()?),
            _ => {
                self.set_own(name, value)?;
                builder
            }
        };
        Ok(builder)
    }

    fn set_own(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match name {
            "threads" => self.calls = count(value)?,
            "multiprocess" => self.multiprocess = value.extract()?,
            "spool_dir" => self.spool_dir = Some(value.extract()?),
            "static" => self.statics = pairs(value)?,
            "static_cache" => self.static_cache = Some(seconds(value)?),
            "validate" => self.validate = value.extract()?,
            "health" => self.health = value.extract()?,
            "list_requests" => self.list_requests = value.extract()?,
            "drain_delay" => self.drain_delay = seconds(value)?,
            "access_log" => self.access_log = Some(value.extract()?),
            "access_log_format" => self.access_log_format = Some(log_format(value)?),
            "numbers" => self.numbers = Some(value.extract()?),
            "redirect_port" => {
                let port = within(value, 1, usize::from(u16::MAX))?;
                self.redirect_port = Some(port as u16);
            }
            "acme_webroot" => self.acme_webroot = Some(value.extract()?),
            _ => {
                let is_known = self.limits.set(name, value)?
                    || self.proxies.set(name, value)?
                    || self.tls.set(name, value)?;
                if !is_known {
                    return Err(PyTypeError::new_err("there is no such setting"));
                }
            }
        }
        Ok(())
    }

    /// The variables that all requests share.
    pub(crate) fn template(&self, py: Python<'_>) -> PyResult<Template> {
        let concurrency = Concurrency {
            multithread: self.calls > 1 || self.gets_stuck,
            multiprocess: self.multiprocess,
        };
        Template::new(py, concurrency)
    }
}

/// The bytes of stack of a thread: more if threads of Python have more, by what the program has set
/// or, on Linux, by the limit of the process (`ulimit -s`), which is raised together with the depth
/// of recursion.
fn stack_size(py: Python<'_>) -> PyResult<usize> {
    let own: usize = py
        .import("threading")?
        .call_method0("stack_size")?
        .extract()?;
    let limit = match cfg!(target_os = "linux") {
        true => {
            let resource = py.import("resource")?;
            let limits =
                resource.call_method1("getrlimit", (resource.getattr("RLIMIT_STACK")?,))?;
            let (soft, _): (i64, i64) = limits.extract()?;
            usize::try_from(soft).map_or(0, |limit| limit.min(MOST_STACK)) // no limit is -1
        }
        false => 0,
    };
    Ok(own.max(limit).max(STACK))
}

/// A format by its name, or in the notation of Apache.
fn log_format(value: &Bound<'_, PyAny>) -> PyResult<LogFormat> {
    let text: String = value.extract()?;
    if text.contains('%') {
        return LogFormat::apache(&text).map_err(|error| PyValueError::new_err(error.to_string()));
    }
    Ok(match &*choice(value, &["common", "combined", "json"])? {
        "common" => LogFormat::common(),
        "json" => LogFormat::json(),
        _ => LogFormat::combined(),
    })
}

/// Variables for the environ of each request. Those of the server itself are not among them.
fn variables(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let variables = pairs::<String>(value)?;
    match variables
        .iter()
        .find(|(name, _)| name.starts_with(RESERVED))
    {
        Some((name, _)) => Err(PyValueError::new_err(format!(
            "{name} is a variable of the server itself"
        ))),
        None => Ok(variables),
    }
}

fn protocol(value: &Bound<'_, PyAny>) -> PyResult<Protocol> {
    let name = choice(value, &["http", "fastcgi", "scgi", "uwsgi"])?;
    Ok(match &*name {
        "fastcgi" => Protocol::FastCgi,
        "scgi" => Protocol::Scgi,
        "uwsgi" => Protocol::Uwsgi,
        _ => Protocol::Http,
    })
}
