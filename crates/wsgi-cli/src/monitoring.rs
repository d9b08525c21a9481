//! The numbers of the program, for a monitoring that asks for them.

use std::{io, sync::Arc};

use wsgi::{
    metrics::Source,
    middleware::MetricsPage,
    server::{Listener, MetricsServer},
};

/// Starts to serve the numbers of these sources. The site's visitors do not reach them.
///
/// # Errors
///
/// The system refuses a thread or the like.
pub(crate) fn start(
    listener: Listener,
    sources: impl IntoIterator<Item = Arc<dyn Source>>,
) -> io::Result<MetricsServer> {
    let sources = sources.into_iter();
    MetricsServer::start(
        listener,
        sources.fold(MetricsPage::new(), MetricsPage::source),
    )
}
