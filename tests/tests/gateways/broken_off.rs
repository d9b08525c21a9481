//! A response that breaks off before its declared length, to a client that has sent its next
//! request. Behind a front server that went on, that client would take the next response for the
//! rest of this one.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use wsgi::{Body, Environ, StartResponse, Status};
use wsgi_tests::{
    Protocol, Scheme, Socket, TlsStream,
    fronts::{FrontServer, apache2, lighttpd, nginx},
};

use crate::serving::Serving;

/// By FastCGI and SCGI, Apache goes on whatever the server does.
#[test]
fn apache_ends_the_connection_of_the_client() {
    for protocol in [Protocol::Http, Protocol::Uwsgi] {
        let serving = serving(protocol, Socket::Tcp);
        let front = apache2::start(protocol, &serving.address, Scheme::Http);
        check(protocol, &front, connect(front.ports.http));
    }
}

#[test]
fn nginx_ends_the_connection_of_the_client() {
    for protocol in [
        Protocol::Http,
        Protocol::FastCgi,
        Protocol::Scgi,
        Protocol::Uwsgi,
    ] {
        let serving = serving(protocol, Socket::Tcp);
        let front = nginx::start(protocol, &serving.address, Scheme::Http);
        check(protocol, &front, connect(front.ports.http));
    }
}

/// By HTTP, lighttpd goes on.
#[test]
fn lighttpd_ends_the_connection_of_the_client() {
    for protocol in [Protocol::FastCgi, Protocol::Scgi, Protocol::Uwsgi] {
        let serving = serving(protocol, Socket::Tcp);
        let front = lighttpd::start(protocol, &serving.address);
        let (stream, client) = (connect(front.ports.https), front.authority.client());
        let stream = TlsStream::connect(stream, "suite.example", client).unwrap();
        check(protocol, &front, stream);
    }
}

fn serving(protocol: Protocol, socket: Socket) -> Serving {
    Serving::of(app, protocol, socket, |builder| builder.script_name(""))
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).unwrap()
}

fn app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    if environ.path_info() != "/broken" {
        start_response.start(Status::OK, ())?;
        return Ok("the next response".into());
    }
    start_response.start(Status::OK, [("Content-Length", "5000")])?;
    let error = io::Error::other("out of tea");
    Ok(Body::chunks([Ok("the beginning"), Err(error)]))
}

#[track_caller]
fn check(protocol: Protocol, front: &FrontServer, mut client: impl Read + Write) {
    for path in ["/broken", "/next"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: suite.example\r\n\r\n");
        client.write_all(request.as_bytes()).unwrap();
    }
    let mut received = Vec::new();
    let _ = client.read_to_end(&mut received); // it may be cut
    let received = String::from_utf8_lossy(&received);
    let (head, rest) = received.split_once("\r\n\r\n").unwrap_or_default();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
    // A front server may declare the length of what it has received. That is a whole response.
    let body = &rest[..length.min(rest.len())];
    assert!(
        !body.contains("HTTP/1.1 "),
        "{protocol:?}: {received}\n{}",
        front.log()
    );
}
