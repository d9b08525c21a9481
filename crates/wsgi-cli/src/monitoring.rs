//! The numbers of the program, for a monitoring that asks for them.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use wsgi::{
    Mounts, Server,
    metrics::Source,
    middleware::MetricsPage,
    server::{Handle, Listener},
};

/// The path of the page.
const PATH: &str = "/metrics";

/// A second server, for the page of numbers alone. The site's visitors do not reach it.
pub(crate) struct Monitoring {
    handle: Handle,
    places: String,
    thread: JoinHandle<io::Result<()>>,
}

impl Monitoring {
    /// Serves the numbers of these sources. At its end, requests have this time.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or the like.
    pub(crate) fn start(
        listener: Listener,
        sources: impl IntoIterator<Item = Arc<dyn Source>>,
        shutdown_timeout: Duration,
    ) -> io::Result<Self> {
        let page = sources
            .into_iter()
            .fold(MetricsPage::new(), MetricsPage::source);
        let builder = Server::builder()
            .listener(listener)
            .shutdown_timeout(shutdown_timeout)
            .threads(1)
            .max_threads(4);
        let server = builder.build(Mounts::new().mount(PATH, page))?;
        let (handle, places) = (server.handle(), server.places());
        let thread = thread::Builder::new().name("wsgi-metrics".to_owned());
        Ok(Self {
            handle,
            places,
            thread: thread.spawn(move || server.serve_forever())?,
        })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The address of the page.
    pub(crate) fn place(&self) -> String {
        match self.places.starts_with("http") {
            true => format!("{}{PATH}", self.places),
            false => format!("{}, at {PATH}", self.places),
        }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.handle.shutdown();
        let _ = self.thread.join(); // its own failure is not that of the site
    }
}
