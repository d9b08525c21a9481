//! The pages for those who look after the program, on an address of their own.

use std::sync::Arc;

use wsgi::{
    metrics::Source,
    middleware::{MetricsPage, MonitoringPages, RunningHandle},
};

/// The paths of the numbers and of the list of requests.
pub(crate) const METRICS: &str = "/metrics";
pub(crate) const REQUESTS: &str = "/requests";

/// The page with the numbers of these sources, and the list of the requests that are running, if
/// there is one. The site's visitors do not reach them.
pub(crate) fn pages(
    sources: impl IntoIterator<Item = Arc<dyn Source>>,
    running: Option<&RunningHandle>,
) -> MonitoringPages {
    let sources = sources.into_iter();
    let numbers = sources.fold(MetricsPage::new(), MetricsPage::source);
    let pages = MonitoringPages::new().page(METRICS, numbers);
    match running {
        Some(running) => pages.page(REQUESTS, running.page()),
        None => pages,
    }
}
