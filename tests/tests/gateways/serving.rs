//! A server that runs while a test does.

use std::{
    io,
    thread::{self, JoinHandle},
};

use wsgi::environ::{Errors, ErrorsBuffer};
use wsgi::server::{Builder, Handle, Server};
use wsgi_tests::site;

/// A server of the suite's applications, which ends with the test.
pub(crate) struct Serving {
    pub(crate) log: ErrorsBuffer,
    handle: Handle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Serving {
    pub(crate) fn new(builder: Builder) -> (Self, std::net::SocketAddr) {
        let (errors, log) = Errors::buffer();
        let server: Server = builder.threads(2).errors(errors).build(site()).unwrap();
        let (address, handle) = (server.local_addr(), server.handle());
        let thread = thread::spawn(move || server.serve_forever());
        let serving = Serving {
            log,
            handle,
            thread: Some(thread),
        };
        (serving, address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            thread.join().unwrap().unwrap();
        }
    }
}
