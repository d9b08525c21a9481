//! Peers that are refused.

use std::io;

use wsgi_application::{Environ, Result, StartResponse};
use wsgi_server::{Listener, ProxyProtocol, Server};

use crate::{
    connect, from_here, serving, serving_with,
    support::{Running, echo, eventually, folder::Folder, get},
    v1, v2, who,
};

/// An application that must not be called.
fn nobody(_: &mut Environ, _: &mut StartResponse<'_>) -> Result {
    panic!("a request has reached the application");
}

/// Checks that a connection with these bytes is closed without an answer, and that one line says
/// why.
#[track_caller]
fn refused(bytes: &[u8], reason: &str) {
    let running = serving(nobody);
    let mut client = running.connect();
    client.try_send(bytes);
    let peer = client.stream.local_addr().unwrap();
    client.assert_closed();
    let line = format!("PROXY protocol: the connection from {peer} was refused: {reason}\n");
    eventually("the line is there", || !running.log().is_empty());
    assert_eq!(running.log(), line);
}

#[test]
fn a_connection_without_a_header_is_closed_without_an_answer() {
    refused(get("/").as_bytes(), "no PROXY protocol header");
    refused(
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        "no PROXY protocol header",
    );
    refused(&[b'x'; 100_000], "no PROXY protocol header");
}

#[test]
fn a_malformed_header_is_closed_without_an_answer() {
    let request = get("/");
    let line = |line: &str| [line.as_bytes(), request.as_bytes()].concat();
    refused(
        &line("PROXY TCP4 192.0.2.007 203.0.113.1 1 2\r\n"),
        "malformed address in a PROXY protocol line",
    );
    refused(
        &line("PROXY TCP4 192.0.2.7 203.0.113.1 01 2\r\n"),
        "malformed port in a PROXY protocol line",
    );
    let endless = format!("PROXY TCP6 {}", "1".repeat(100_000));
    refused(&line(&endless), "malformed PROXY protocol line");
    let mut changed = v2(&[]);
    changed[17] ^= 1;
    refused(&changed, "wrong checksum of a PROXY protocol header");
    let mut announced = v2(&[]);
    announced[14..16].copy_from_slice(&[0xff, 0xff]);
    refused(&announced, "PROXY protocol header too large");
}

#[test]
fn many_refused_connections_do_not_fill_the_log() {
    let running = serving(nobody);
    for _ in 0..100 {
        connect(&running, get("/").as_bytes()).assert_closed();
    }
    eventually("a line is there", || !running.log().is_empty());
    assert!(running.log().lines().count() < 20, "{}", running.log());
}

#[test]
fn a_second_header_is_not_a_request() {
    let running = serving(nobody);
    for header in [v1(), v2(&[])] {
        let mut client = connect(&running, &[&header[..], &header].concat());
        assert_eq!(client.response().status, 400);
        client.assert_closed();
    }
}

#[test]
fn a_header_where_none_is_expected_is_not_a_request() {
    let running = Running::new(nobody);
    for header in [v1(), v2(&[])] {
        let bytes = [&header, get("/").as_bytes()].concat();
        let mut client = connect(&running, &bytes);
        assert_eq!(client.response().status, 400);
        client.assert_closed();
    }
}

#[test]
fn a_peer_outside_the_trusted_networks_is_closed_at_once_whatever_it_sends() {
    let elsewhere = ProxyProtocol::new()
        .trust("192.0.2.0/24".parse().unwrap())
        .trust("::1".parse().unwrap())
        .trust_unix(true);
    for bytes in [&b""[..], &v1(), get("/").as_bytes()] {
        let running = serving_with(elsewhere.clone(), |builder| builder, nobody);
        let mut client = running.connect();
        let peer = client.stream.local_addr().unwrap();
        client.try_send(bytes);
        client.assert_closed();
        let line = format!(
            "PROXY protocol: the connection from {peer} was refused: the peer is not a trusted proxy\n"
        );
        eventually("the line is there", || !running.log().is_empty());
        assert_eq!(running.log(), line);
    }
}

#[test]
fn peers_of_a_unix_socket_are_trusted_if_that_is_said() {
    let folder = Folder::new();
    let path = folder.join("proxy.sock");
    let listener = || Listener::bind_unix(&path, 0o600).unwrap();
    let trusting = from_here().trust_unix(true);
    let builder = Server::builder().listener(listener().proxy_protocol(trusting));
    let running = Running::build(builder.threads(1), who());
    assert_eq!(crate::answer(&running, &v2(&[])), crate::NAMED);
    connect(&running, get("/").as_bytes()).assert_closed();
    let line = "PROXY protocol: the connection from a Unix socket was refused: no PROXY protocol \
        header\n";
    eventually("the line is there", || running.log() == line);
}

#[test]
fn a_listener_that_trusts_nobody_who_can_connect_is_refused() {
    let folder = Folder::new();
    let unix = |name| Listener::bind_unix(folder.join(name), 0o600).unwrap();
    let tcp = || Listener::bind("127.0.0.1:0").unwrap();
    for listener in [
        tcp().proxy_protocol(ProxyProtocol::new()),
        tcp().proxy_protocol(ProxyProtocol::new().trust_unix(true)),
        unix("one").proxy_protocol(from_here()),
        unix("two").proxy_protocol(from_here().trust_unix(true).trust_unix(false)),
    ] {
        let address = listener.local_addr().unwrap();
        let error = Server::builder()
            .listener(listener)
            .build(echo)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let problem = format!("{address} expects the PROXY protocol, but trusts no proxy there");
        assert_eq!(error.to_string(), problem);
    }
}
