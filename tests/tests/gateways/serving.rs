//! A server in the test's process.

use std::{
    io,
    net::SocketAddr,
    thread::{self, JoinHandle},
};

use tempfile::TempDir;
use wsgi::environ::{Errors, ErrorsBuffer};
use wsgi::server::{self, Address, Builder, Handle, Listener, ProxyProtocol, Server, Tls};
use wsgi::{Application, middleware::TrustedProxies};
use wsgi_tests::{
    Protocol, Socket,
    fronts::{Authority, Place, folder},
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
            .trust_unix(true)
            .trust_host(true)
            .trust_prefix(true);
        Self::of(site, protocol, socket, options)
    }

    /// Starts a server that speaks TLS itself, at a TCP socket with further settings.
    pub(crate) fn with_tls(
        authority: &Authority,
        options: impl FnOnce(Listener) -> Listener,
    ) -> Self {
        let folder = folder();
        authority.write(folder.path()).unwrap();
        let file = |name: &str| folder.path().join(name);
        let tls = Tls::from_pem_files(file("fullchain.pem"), file("privkey.pem")).unwrap();
        let listener = Listener::bind("127.0.0.1:0").unwrap().tls(&tls);
        Self::at(options(listener), folder, site(), |builder| builder)
    }

    /// Starts a server that expects the PROXY protocol, at a TCP socket.
    pub(crate) fn with_proxies(site: impl Application + 'static) -> Self {
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let listener = listener.proxy_protocol(proxies());
        Self::at(listener, folder(), site, |builder| builder)
    }

    /// The address of a TCP socket.
    pub(crate) fn tcp(&self) -> SocketAddr {
        match self.address {
            Place::Tcp(address) => address,
            Place::Unix(_) => panic!("the server is not at a TCP socket"),
        }
    }

    pub(crate) fn of(
        site: impl Application + 'static,
        protocol: Protocol,
        socket: Socket,
        options: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let folder = folder();
        let listener = match socket {
            Socket::Tcp => Listener::bind("127.0.0.1:0"),
            // The front server runs as another user.
            Socket::Unix => Listener::bind_unix(folder.path().join("socket"), 0o666),
        };
        let listener = listener.unwrap().protocol(match protocol {
            Protocol::FastCgi => server::Protocol::FastCgi,
            Protocol::Scgi => server::Protocol::Scgi,
            Protocol::Uwsgi => server::Protocol::Uwsgi,
            _ => server::Protocol::Http,
        });
        Self::at(listener, folder, site, options)
    }

    fn at(
        listener: Listener,
        folder: TempDir,
        site: impl Application + 'static,
        options: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let builder = Server::builder().listener(listener);
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

/// The proxies on this machine.
pub(crate) fn proxies() -> ProxyProtocol {
    ProxyProtocol::new().trust("127.0.0.1".parse().unwrap())
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
