//! A server that runs during a test.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::Arc,
    thread::{self, JoinHandle},
};

use wsgi_application::Application;
use wsgi_environ::{Errors, ErrorsBuffer};
use wsgi_server::{Builder, Handle, Server};

use super::{Client, client::Response};

const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

/// A server on its own port. It ends with the test.
pub(crate) struct Running {
    pub(crate) server: Arc<Server>,
    /// The address on TCP, if the server has one.
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    log: ErrorsBuffer,
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
    /// has other clients who wait, may close the first ones before: a busy machine may take as long
    /// to send a request.
    #[track_caller]
    pub(crate) fn answered(&self, request: &str) -> (Client, Response) {
        let mut answered = None;
        super::eventually("a client is answered", || {
            let mut client = self.connect();
            let sent = client.try_send(request);
            let response = sent.then(|| client.try_response()).flatten();
            answered = response.map(|response| (client, response));
            answered.is_some()
        });
        answered.expect("a client")
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
