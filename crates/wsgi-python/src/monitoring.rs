//! The page of numbers, on an address of its own.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use wsgi_metrics::Source;
use wsgi_middleware::{MetricsPage, Mounts};
use wsgi_server::{Handle, Listener, Server};

/// The name of a socket that is for the page.
pub(crate) const NAME: &str = "metrics";

/// The time that a reader of the page has at its end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The path of the page.
const PATH: &str = "/metrics";

/// A server for the page of numbers alone. It needs nothing of Python.
pub(crate) struct Monitoring {
    server: Server,
    handle: Handle,
}

/// A server for the page that serves.
pub(crate) struct Serving {
    handle: Handle,
    thread: JoinHandle<io::Result<()>>,
}

impl Monitoring {
    pub(crate) fn new(listener: Listener, sources: Vec<Arc<dyn Source>>) -> io::Result<Self> {
        let page = sources
            .into_iter()
            .fold(MetricsPage::new(), MetricsPage::source);
        let builder = Server::builder()
            .listener(listener)
            .shutdown_timeout(PATIENCE)
            .threads(1)
            .max_threads(4);
        let server = builder.build(Mounts::new().mount(PATH, page))?;
        let handle = server.handle();
        Ok(Self { server, handle })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Begins to serve.
    pub(crate) fn start(self) -> io::Result<Serving> {
        let Self { server, handle } = self;
        let thread = thread::Builder::new().name("wsgi-metrics".to_owned());
        let thread = thread.spawn(move || server.serve_forever())?;
        Ok(Serving { handle, thread })
    }
}

impl Serving {
    /// Ends it.
    pub(crate) fn end(self) {
        self.handle.shutdown();
        let _ = self.thread.join(); // its own failure is not that of the site
    }
}

/// Where the page is, on this socket.
pub(crate) fn place(listener: &Listener) -> io::Result<String> {
    let address = listener.local_addr()?;
    Ok(match address.tcp() {
        Some(address) => format!("http://{address}{PATH}"),
        None => format!("{address}, at {PATH}"),
    })
}

/// Whether a socket is for the page.
pub(crate) fn is_for_metrics(listener: &Listener) -> bool {
    listener.name() == Some(NAME)
}
