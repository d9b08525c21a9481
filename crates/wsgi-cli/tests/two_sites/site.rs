//! A site in this process.

use std::{
    net::SocketAddr,
    thread::{self, JoinHandle},
};

use wsgi::{Adaptor, Application, Response, Server, server::Handle};

/// A server on a free port, ended on drop.
pub(crate) struct Site {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    address: SocketAddr,
}

impl Site {
    pub(crate) fn of(application: impl Application + 'static) -> Self {
        let builder = Server::builder().bind("127.0.0.1:0").expect("a port");
        let server = builder.threads(1).build(application).expect("a server");
        let address = server.local_addr().to_string().parse().expect("a port");
        let handle = server.handle();
        let thread = thread::spawn(move || server.serve_forever().expect("serving"));
        Self {
            handle,
            thread: Some(thread),
            address,
        }
    }

    /// A site with one page.
    pub(crate) fn page(html: &str) -> Self {
        let html = html.to_owned();
        Self::of(Adaptor::new().get("/", move |_| Response::html(html.clone())))
    }

    /// Its origin. Another name of the host is another site for the browser.
    pub(crate) fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
