//! The page of numbers, on an address of its own.

use std::{io, sync::Arc};

use wsgi_metrics::Source;
use wsgi_middleware::MetricsPage;
use wsgi_server::{Listener, MetricsServer};

/// The name of a socket that is for the page.
pub(crate) const NAME: &str = "metrics";

/// Begins to serve the numbers of these sources. That needs nothing of Python.
pub(crate) fn start(
    listener: Listener,
    sources: impl IntoIterator<Item = Arc<dyn Source>>,
) -> io::Result<MetricsServer> {
    let sources = sources.into_iter();
    let page = sources.fold(MetricsPage::new(), MetricsPage::source);
    MetricsServer::start(listener, page)
}

/// Where the page is, on this socket.
pub(crate) fn place(listener: &Listener) -> io::Result<String> {
    let address = listener.local_addr()?;
    let path = MetricsServer::PATH;
    Ok(match address.tcp() {
        Some(address) => format!("http://{address}{path}"),
        None => format!("{address}, at {path}"),
    })
}

/// Whether a socket is for the page.
pub(crate) fn is_for_metrics(listener: &Listener) -> bool {
    listener.name() == Some(NAME)
}
