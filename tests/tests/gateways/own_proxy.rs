//! The family's own proxy in front of its own server.

use std::net::TcpStream;

use wsgi::proxy::Proxy;
use wsgi_tests::{Front, Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, run};

use crate::serving::Serving;
use wsgi_tests::fronts::Place;

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&OwnProxy::start(Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&OwnProxy::start(Socket::Unix));
}

/// The proxy in a server of its own, and the application's server behind it.
struct OwnProxy {
    gateway: Gateway,
    front: Serving,
    serving: Serving,
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
