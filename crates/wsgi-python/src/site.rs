//! The site of a server: Python's applications and folders at their prefixes, within the middleware
//! of the settings.

use std::{io, path::Path, time::Duration};

use pyo3::{
    exceptions::{PyOSError, PyTypeError, PyValueError},
    prelude::*,
};
use wsgi_application::Application;
use wsgi_files::{Coding, Files};
use wsgi_middleware::{
    AccessLog, AcmeChallenges, Health, HttpsRedirect, LogFormat, LogHandle, LogWriter, Mounts,
    RequestId, RunningHandle, RunningRequests,
};
use wsgi_server::Handle;
use wsgi_validate::validator;

use crate::{application::PythonApplication, settings::Settings};

type Site = Box<dyn Application>;

/// Applications of Python at their prefixes.
pub(crate) type Applications = Vec<(String, Py<PyAny>)>;

/// The applications and folders at their prefixes. Requests for files, and those for which no
/// application is mounted, need nothing of Python.
///
/// # Errors
///
/// An application is not callable, a folder cannot be opened, or no path begins with a prefix.
pub(crate) fn mounted(
    py: Python<'_>,
    applications: Applications,
    settings: &Settings,
) -> PyResult<Site> {
    let template = settings.template(py)?;
    let mut sites: Vec<(String, Site)> = Vec::new();
    for (prefix, callable) in applications {
        if !callable.bind(py).is_callable() {
            let problem = format!("the application at {prefix:?} is not callable");
            return Err(PyTypeError::new_err(problem));
        }
        let application = PythonApplication::new(callable, template.clone_ref(py));
        let application: Site = match settings.validate {
            true => Box::new(validator(application)),
            false => Box::new(application),
        };
        sites.push((prefix, application));
    }
    for (prefix, folder) in &settings.statics {
        sites.push((
            prefix.clone(),
            Box::new(files(folder, settings.static_cache)?),
        ));
    }
    let is_root = |prefix: &str| prefix.trim_matches('/').is_empty();
    let site = match &mut sites[..] {
        [(prefix, _)] if is_root(prefix) => sites.remove(0).1,
        _ => {
            let mut sites = sites.into_iter();
            let mounts = sites.try_fold(Mounts::new(), |mounts, (prefix, site)| {
                mounts.try_mount(prefix, site)
            });
            Box::new(mounts.map_err(|invalid| PyValueError::new_err(invalid.to_string()))?)
        }
    };
    Ok(site)
}

/// Checks that the folder of challenges is there, if the settings name one. It is only read during
/// requests, so nobody would notice before.
///
/// # Errors
///
/// It is not there, or is not a folder.
pub(crate) fn check_challenges(settings: &Settings) -> PyResult<()> {
    let Some(folder) = &settings.acme_webroot else {
        return Ok(());
    };
    let checked = folder.metadata().and_then(|folder| match folder.is_dir() {
        true => Ok(()),
        false => Err(io::Error::from(io::ErrorKind::NotADirectory)),
    });
    checked.map_err(|error| {
        let problem = format!("cannot read challenges in {}: {error}", folder.display());
        PyOSError::new_err(format!(
            "{problem}; create the folder, or correct `acme_webroot`"
        ))
    })
}

fn files(folder: &Path, cache: Option<Duration>) -> PyResult<Files> {
    let files = Files::folder(folder)?;
    let files = files.precompressed([Coding::Brotli, Coding::Zstandard, Coding::Gzip]);
    Ok(match cache {
        None => files,
        Some(time) => files.max_age(time).immutable_fingerprints(!time.is_zero()),
    })
}

/// The site whose running requests are listed, if the settings ask for that, and their list. It is
/// within all other middleware, so that it sees the addresses of clients and the ids of requests.
pub(crate) fn listed(site: Site, settings: &Settings) -> (Site, Option<RunningHandle>) {
    if !settings.list_requests {
        return (site, None);
    }
    let site = RunningRequests::new(site);
    let running = site.handle();
    (Box::new(site), Some(running))
}

/// The site that also says how it is, if the settings ask for that. Load balancers ask often, so
/// this is around the log.
pub(crate) fn with_health(site: Site, settings: &Settings, handle: &Handle) -> Site {
    if !settings.health {
        return site;
    }
    let handle = handle.clone();
    Box::new(Health::new(site).ready_if(move || handle.is_ready()))
}

/// A site within its middleware, which redirects requests by http to this port of https. The log
/// sees every request, with the client's address. It starts a thread.
///
/// # Errors
///
/// The access log cannot be opened.
pub(crate) fn within(
    mut site: Site,
    settings: &Settings,
    redirect: Option<u16>,
) -> io::Result<(Site, Option<LogHandle>)> {
    if let Some(port) = redirect {
        site = Box::new(HttpsRedirect::new(site).port(port));
    }
    if let Some(folder) = &settings.acme_webroot {
        site = Box::new(AcmeChallenges::new(site).webroot(folder));
    }
    site = settings.proxies.around(site);
    let Some(log) = &settings.access_log else {
        return Ok((site, None));
    };
    let format = settings.access_log_format.clone();
    let builder = LogWriter::builder().format(format.unwrap_or_else(LogFormat::combined));
    let writer = match &**log {
        "-" => builder.stderr()?,
        path => builder.file(path)?,
    };
    let handle = writer.handle();
    Ok((
        Box::new(AccessLog::new(RequestId::new(site), writer)),
        Some(handle),
    ))
}
