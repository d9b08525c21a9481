//! A server that runs during a test.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use wsgi_application::Application;
use wsgi_environ::{Errors, ErrorsBuffer};
use wsgi_server::{Builder, Handle, Server};

use super::{Client, client::Response, process::raise_limit};

const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

/// A server on its own port. It ends with the test.
pub(crate) struct Running {
    pub(crate) server: Arc<Server>,
    /// The address on TCP, if the server has one.
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    log: ErrorsBuffer,
    /// The number of clients that were closed and came again.
    closed: AtomicUsize,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// A server with default settings, but with two loops on every machine.
    pub(crate) fn new(application: impl Application + 'static) -> Self {
        Self::with(|builder| builder, application)
    }

    /// A server with these options.
    pub(crate) fn with(
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Self {
        let builder = Server::builder().bind("127.0.0.1:0").unwrap();
        Self::build(options(builder.threads(2)), application)
    }

    /// A server from a builder that lacks only the errors stream.
    pub(crate) fn build(builder: Builder, application: impl Application + 'static) -> Self {
        raise_limit();
        let (errors, log) = Errors::buffer();
        let server = Arc::new(builder.errors(errors).build(application).unwrap());
        let thread = thread::spawn({
            let server = server.clone();
            move || server.serve_forever()
        });
        Self {
            address: server.local_addr().tcp().unwrap_or(NOWHERE),
            handle: server.handle(),
            server,
            log,
            closed: AtomicUsize::new(0),
            thread: Some(thread),
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.server.local_addr())
    }

    /// A client that was answered.
    #[track_caller]
    pub(crate) fn served(&self) -> Client {
        let (client, response) = self.answered(&super::get("/"));
        assert_eq!(response.status, 200);
        client
    }

    /// A client with the response to its request. A server that waits for requests only briefly, or
    /// has other clients who wait, may close one whose request comes late: a busy machine may take
    /// as long to send it. Ten may come again.
    #[track_caller]
    pub(crate) fn answered(&self, request: &str) -> (Client, Response) {
        loop {
            let mut client = self.connect();
            let sent = client.try_send(request);
            if let Some(response) = sent.then(|| client.try_response()).flatten() {
                return (client, response);
            }
            let closed = self.closed.fetch_add(1, SeqCst) + 1;
            assert!(closed <= 10, "{closed} clients were closed");
        }
    }

    /// The errors stream so far.
    pub(crate) fn log(&self) -> String {
        self.log.to_string()
    }

    /// Waits until `serve_forever` returns.
    #[track_caller]
    pub(crate) fn join(&mut self) {
        let thread = self.thread.take().expect("the first join");
        super::eventually("serve_forever returns", || thread.is_finished());
        thread.join().unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
        if self.thread.is_some() && !thread::panicking() {
            self.join();
        }
    }
}
