//! The server by HTTP, without a front server.

use std::{net::TcpStream, os::unix::net::UnixStream};

use wsgi_tests::{
    Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange,
    fronts::{Authority, Place},
    run,
};

use crate::{behind::exchange_tls, serving::Serving};

#[test]
fn every_case_holds_over_tcp() {
    run(&Http::start(Socket::Tcp));
}

#[test]
fn every_case_holds_over_a_unix_socket() {
    run(&Http::start(Socket::Unix));
}

#[test]
fn every_case_holds_over_tls() {
    run(&Https::start());
}

struct Http {
    gateway: Gateway,
    serving: Serving,
}

impl Http {
    fn start(socket: Socket) -> Self {
        Http {
            gateway: Gateway::http(socket),
            serving: Serving::start(Protocol::Http, socket),
        }
    }
}

impl Run for Http {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        match &self.serving.address {
            Place::Tcp(address) => exchange(TcpStream::connect(address), request, notes),
            Place::Unix(path) => exchange(UnixStream::connect(path), request, notes),
        }
    }

    fn logs(&self) -> [String; 2] {
        [self.serving.log.to_string(), String::new()]
    }
}

/// The server's own HTTPS.
struct Https {
    authority: Authority,
    serving: Serving,
}

impl Https {
    fn start() -> Self {
        let authority = Authority::new();
        Https {
            serving: Serving::with_tls(&authority, |listener| listener),
            authority,
        }
    }
}

impl Run for Https {
    fn gateway(&self) -> Gateway {
        Gateway::http(Socket::Tcp).over_tls()
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let stream = TcpStream::connect(self.serving.address.to_string());
        exchange_tls(stream, &self.authority, request, notes)
    }

    fn logs(&self) -> [String; 2] {
        [self.serving.log.to_string(), String::new()]
    }
}
