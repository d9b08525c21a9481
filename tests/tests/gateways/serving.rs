//! A server in the test's process.

use std::{
    fmt, io,
    net::SocketAddr,
    path::PathBuf,
    thread::{self, JoinHandle},
};

use tempfile::TempDir;
use wsgi::environ::{Errors, ErrorsBuffer};
use wsgi::server::{self, Address, Builder, Handle, Server};
use wsgi_tests::{Protocol, Socket, site};

use crate::front::folder;

/// A server of the suite's applications, shut down on drop.
pub(crate) struct Serving {
    pub(crate) address: Place,
    pub(crate) log: ErrorsBuffer,
    handle: Handle,
    thread: Option<JoinHandle<io::Result<()>>>,
    _folder: TempDir,
}

/// The address of a server.
pub(crate) enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// In the notation of nginx.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp(address) => address.fmt(f),
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Serving {
    pub(crate) fn start(protocol: Protocol, socket: Socket) -> Self {
        Self::start_with(protocol, socket, |builder| builder)
    }

    /// Starts a server with more settings.
    pub(crate) fn start_with(
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
        let server = builder.build(site()).unwrap();
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
