//! The middleware of the options around a site.

use wsgi::{
    Application,
    middleware::{AccessLog, AcmeChallenges, Health, HttpsRedirect, LogWriter, RequestId},
    server::Handle,
};

use crate::command::SiteOptions;

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
