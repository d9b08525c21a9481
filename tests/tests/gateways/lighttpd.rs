//! lighttpd as the front server, with TLS in front.

use std::path::Path;

use wsgi_tests::{Front, Gateway, Protocol, Socket, fronts::lighttpd, run};

use crate::{behind::Behind, serving::Serving};

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_case_holds_by_fastcgi_over_tcp() {
    run(&start(Protocol::FastCgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_scgi_over_tcp() {
    run(&start(Protocol::Scgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_uwsgi_over_tcp() {
    run(&start(Protocol::Uwsgi, Socket::Tcp));
}

#[test]
fn every_case_holds_for_a_program_that_lighttpd_starts() {
    run(&Behind {
        gateway: Gateway::behind(Front::Lighttpd, Protocol::FastCgi, Socket::Unix).over_tls(),
        front: lighttpd::start_program(Path::new(env!("CARGO_BIN_EXE_started"))),
        serving: None,
    });
}

fn start(protocol: Protocol, socket: Socket) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| builder.spool_bodies(true));
    Behind {
        gateway: Gateway::behind(Front::Lighttpd, protocol, socket).over_tls(),
        front: lighttpd::start(protocol, &serving.address),
        serving: Some(serving),
    }
}
