//! HAProxy as the front server, with TLS in front.

use wsgi::server::ProxyProtocol;
use wsgi_tests::{
    Front, Gateway, Protocol, Socket,
    fronts::{Authority, Place, haproxy},
    run,
};

use crate::{behind::Behind, serving::Serving};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    run(&start(Protocol::FastCgi, Socket::Unix));
}

#[test]
fn every_case_holds_with_the_proxy_protocol() {
    let authority = Authority::new();
    let proxies = ProxyProtocol::new().trust("127.0.0.1".parse().unwrap());
    let serving = Serving::with_tls(&authority, |listener| listener.proxy_protocol(proxies));
    let Place::Tcp(address) = serving.address else {
        panic!("the server is not at a TCP socket");
    };
    let mut front = haproxy::start_without_tls(address);
    // Clients see the certificate of the program.
    front.authority = authority;
    run(&Behind {
        gateway: Gateway::http(Socket::Tcp).over_tls(),
        front,
        serving: Some(serving),
    });
}

fn start(protocol: Protocol, socket: Socket) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| builder.spool_bodies(true));
    Behind {
        gateway: Gateway::behind(Front::Haproxy, protocol, socket).over_tls(),
        front: haproxy::start(protocol, &serving.address),
        serving: Some(serving),
    }
}
