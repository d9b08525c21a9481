//! A server in the test's process.

use std::{
    io,
    thread::{self, JoinHandle},
};

use tempfile::TempDir;
use wsgi::environ::{Errors, ErrorsBuffer};
use wsgi::server::{self, Address, Builder, Handle, Server};
use wsgi::{Application, middleware::TrustedProxies};
use wsgi_tests::{
    Protocol, Socket,
    fronts::{Place, folder},
    site,
};

/// A server of the suite's applications, shut down on drop.
pub(crate) struct Serving {
    pub(crate) address: Place,
    pub(crate) log: ErrorsBuffer,
    handle: Handle,
    thread: Option<JoinHandle<io::Result<()>>>,
    _folder: TempDir,
}

impl Serving {
    pub(crate) fn start(protocol: Protocol, socket: Socket) -> Self {
        Self::of(site(), protocol, socket, |builder| builder)
    }

    /// Starts a server that trusts the front server, with more settings.
    pub(crate) fn behind_front(
        protocol: Protocol,
        socket: Socket,
        options: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let site = TrustedProxies::new(site())
            .trust("127.0.0.1".parse().unwrap())
            .trust_unix(true);
        Self::of(site, protocol, socket, options)
    }

    fn of(
        site: impl Application + 'static,
        protocol: Protocol,
        socket: Socket,
        options: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let folder = folder();
        let builder = match socket {
            Socket::Tcp => Server::builder().bind("127.0.0.1:0"),
            // The front server runs as another user.
            Socket::Unix => Server::builder().bind_unix(folder.path().join("socket"), 0o666),
        };
        let builder = match protocol {
            Protocol::FastCgi => builder.unwrap().protocol(server::Protocol::FastCgi),
            Protocol::Scgi => builder.unwrap().protocol(server::Protocol::Scgi),
            _ => builder.unwrap(),
        };
        let (errors, log) = Errors::buffer();
        let builder = options(builder.threads(2).errors(errors));
        let server = builder.build(site).unwrap();
        let address = match server.local_addr() {
            Address::Tcp(address) => Place::Tcp(address),
            _ => Place::Unix(folder.path().join("socket")),
        };
        let handle = server.handle();
        let thread = thread::spawn(move || server.serve_forever());
        Serving {
            address,
            log,
            handle,
            thread: Some(thread),
            _folder: folder,
        }
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
