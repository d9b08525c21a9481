//! HAProxy as the front server, with TLS in front.

use wsgi_tests::{Front, Gateway, Protocol, Socket, fronts::haproxy, run};

use crate::{behind::Behind, serving::Serving};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    run(&start(Protocol::FastCgi, Socket::Unix));
}

fn start(protocol: Protocol, socket: Socket) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| builder.spool_bodies(true));
    Behind {
        gateway: Gateway::behind(Front::Haproxy, protocol, socket).over_tls(),
        front: haproxy::start(protocol, &serving.address),
        serving: Some(serving),
    }
}
