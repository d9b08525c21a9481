//! The server by HTTP, without a front server.

use std::{net::TcpStream, os::unix::net::UnixStream};

use wsgi_tests::{
    Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, fronts::Place, run,
};

use crate::serving::Serving;

#[test]
fn every_case_holds_over_tcp() {
    run(&Http::start(Socket::Tcp));
}

#[test]
fn every_case_holds_over_a_unix_socket() {
    run(&Http::start(Socket::Unix));
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
