//! The middleware of the options around a site.

use std::io;

use wsgi::{
    Application,
    middleware::{
        AccessLog, AcmeChallenges, Health, HttpsRedirect, LogWriter, RequestId, RunningHandle,
        RunningRequests,
    },
    server::Handle,
};

use crate::command::SiteOptions;

/// The site whose running requests are listed, if the options ask for that, and their list. It is
/// within all other middleware, so that it sees the addresses of clients and the ids of requests.
///
/// # Errors
///
/// There is no page for the list.
pub(super) fn listed(
    options: &SiteOptions,
    has_page: bool,
    site: Box<dyn Application>,
) -> io::Result<(Box<dyn Application>, Option<RunningHandle>)> {
    check_list(options, has_page)?;
    if !options.list_requests {
        return Ok((site, None));
    }
    let site = RunningRequests::new(site);
    let running = site.handle();
    Ok((Box::new(site), Some(running)))
}

/// Checks that there is a page for the list of requests, if the options ask for one.
///
/// # Errors
///
/// There is none.
pub(crate) fn check_list(options: &SiteOptions, has_page: bool) -> io::Result<()> {
    if !options.list_requests || has_page {
        return Ok(());
    }
    let problem = "--list-requests needs --metrics: add that, or leave out --list-requests";
    Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
}

/// The site that also says how it is, if the options ask for that. It is asked often and by http,
/// so this is around the log and the redirect to https.
pub(super) fn with_health(
    options: &SiteOptions,
    handle: &Handle,
    site: Box<dyn Application>,
) -> Box<dyn Application> {
    if !options.health {
        return site;
    }
    let handle = handle.clone();
    Box::new(Health::new(site).ready_if(move || handle.is_ready()))
}

/// The site within the middleware of the options. The log sees every request, with the client's
/// address.
pub(super) fn around(
    options: &SiteOptions,
    redirect: Option<u16>,
    mut site: Box<dyn Application>,
    log: Option<LogWriter>,
) -> Box<dyn Application> {
    if let Some(port) = redirect {
        site = Box::new(HttpsRedirect::new(site).port(port));
    }
    if let Some(folder) = &options.acme_webroot {
        site = Box::new(AcmeChallenges::new(site).webroot(folder));
    }
    if !options.proxies.trusted.is_empty() {
        site = Box::new(options.proxies.around(site));
    }
    site = Box::new(RequestId::new(site));
    match log {
        Some(log) => Box::new(AccessLog::new(site, log)),
        None => site,
    }
}
