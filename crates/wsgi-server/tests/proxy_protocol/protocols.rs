//! Protocols after the header.

use wsgi_server::{Listener, Protocol, Server};

use crate::{
    connect, from_here,
    support::{Running, echo, fastcgi, gateway_response::GatewayResponse, get, scgi},
    v1, v2, who,
};

fn serving(protocol: Protocol) -> Running {
    let listener = Listener::bind("127.0.0.1:0").unwrap().protocol(protocol);
    let builder = Server::builder().listener(listener.proxy_protocol(from_here()));
    Running::build(builder.threads(1), who())
}

#[test]
fn a_front_server_tells_the_address_of_its_client_itself() {
    let expected = "http\nREMOTE_ADDR=198.51.100.9\nREMOTE_PORT=1\n";
    let params = [
        ("REQUEST_METHOD", "GET"),
        ("REMOTE_ADDR", "198.51.100.9"),
        ("REMOTE_PORT", "1"),
    ];
    let running = serving(Protocol::FastCgi);
    for header in [v1(), v2(&[])] {
        let mut front = connect(&running, &header);
        let request = [fastcgi::head(1, true, &params), fastcgi::body(1, b"")].concat();
        for _ in 0..2 {
            let text = fastcgi::ask(&mut front, &request).text();
            assert!(text.starts_with(expected), "{text}");
        }
    }
    connect(&running, &fastcgi::get("/")).assert_closed();

    let running = serving(Protocol::Scgi);
    let request = scgi::head(0, &params);
    for header in [v1(), v2(&[])] {
        let mut front = connect(&running, &[header, request.clone()].concat());
        let response = GatewayResponse::parse(&front.take_all());
        assert!(response.text().starts_with(expected), "{}", response.text());
    }
    connect(&running, &request).assert_closed();
}

#[test]
fn the_rule_of_the_builder_is_for_listeners_without_their_own() {
    let elsewhere = wsgi_server::ProxyProtocol::new().trust("192.0.2.0/24".parse().unwrap());
    let closed = Listener::bind("127.0.0.1:0")
        .unwrap()
        .proxy_protocol(elsewhere);
    let builder = Server::builder()
        .bind("127.0.0.1:0")
        .unwrap()
        .listener(closed)
        .proxy_protocol(from_here());
    let running = Running::build(builder.threads(1), echo);
    assert_eq!(connect(&running, &v2(&[])).ask(get("/")).text(), "GET /\n");
    connect(&running, get("/").as_bytes()).assert_closed();
    let closed = running.server.local_addrs()[1].clone();
    crate::Client::connect(closed).assert_closed();
}

#[test]
fn each_listener_has_its_own_rule() {
    let proxied = Listener::bind("127.0.0.1:0")
        .unwrap()
        .proxy_protocol(from_here());
    let builder = Server::builder()
        .listener(proxied)
        .bind("127.0.0.1:0")
        .unwrap();
    let running = Running::build(builder.threads(1), echo);
    let [proxied, plain] = [0, 1].map(|at| running.server.local_addrs()[at].clone());
    let places = format!("{proxied} over HTTP after the PROXY protocol, http://{plain}");
    assert_eq!(running.server.places(), places);
    let mut client = crate::Client::connect(plain);
    assert_eq!(client.ask(get("/plain")).text(), "GET /plain\n");
    assert_eq!(
        connect(&running, &v2(&[])).ask(get("/proxied")).text(),
        "GET /proxied\n"
    );
}
