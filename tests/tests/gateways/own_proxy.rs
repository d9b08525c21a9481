//! The family's own proxy in front of its own server.

use std::net::TcpStream;

use wsgi::proxy::Proxy;
use wsgi_tests::{
    Front, Gateway, Notes, Protocol, Request, Response, Run, Scheme, Socket, exchange,
    fronts::{FrontServer, Place, nginx},
    run,
};

use crate::serving::Serving;

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&OwnProxy::start(Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&OwnProxy::start(Socket::Unix));
}

#[test]
fn every_case_holds_with_nginx_after_it() {
    let serving = Serving::behind_front(Protocol::Http, Socket::Tcp, |builder| {
        builder.spool_bodies(true)
    });
    let nginx = nginx::start(Protocol::Http, &serving.address, Scheme::Http);
    let proxy = Proxy::new(&format!("http://127.0.0.1:{}", nginx.ports.http)).unwrap();
    let proxy = proxy.preserve_host(true);
    run(&OwnProxy {
        gateway: Gateway::behind(Front::Nginx, Protocol::Http, Socket::Tcp),
        front: Serving::of(proxy, Protocol::Http, Socket::Tcp, |builder| builder),
        serving,
        _after: Some(nginx),
    });
}

/// The proxy in a server of its own, and the application's server behind it.
struct OwnProxy {
    gateway: Gateway,
    front: Serving,
    serving: Serving,
    /// A server between both.
    _after: Option<FrontServer>,
}

impl OwnProxy {
    fn start(socket: Socket) -> Self {
        let serving = Serving::behind_front(Protocol::Http, socket, |builder| builder);
        let proxy = match &serving.address {
            Place::Tcp(address) => Proxy::new(&format!("http://{address}")).unwrap(),
            Place::Unix(path) => Proxy::new("http://suite").unwrap().unix_socket(path),
        };
        Self {
            gateway: Gateway::behind(Front::Own, Protocol::Http, socket),
            front: Serving::of(proxy, Protocol::Http, Socket::Tcp, |builder| builder),
            serving,
            _after: None,
        }
    }
}

impl Run for OwnProxy {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        exchange(TcpStream::connect(self.front.tcp()), request, notes)
    }

    fn logs(&self) -> [String; 2] {
        [&self.serving, &self.front].map(|serving| serving.log.to_string())
    }
}
