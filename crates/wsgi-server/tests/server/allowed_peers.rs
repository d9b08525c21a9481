//! The peers that may connect to a socket.

use wsgi_application::{Environ, Result, StartResponse};
use wsgi_server::{Listener, Protocol, ProxyProtocol, Server};

use crate::support::{Client, Running, echo, eventually, fastcgi, folder::Folder, get};

fn nobody(_: &mut Environ, _: &mut StartResponse<'_>) -> Result {
    panic!("the application is called for a peer that may not connect");
}

/// A listener for the front server of another network.
fn closed_to_us() -> Listener {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    listener.allow("192.0.2.0/24".parse().unwrap())
}

#[test]
fn a_peer_in_an_allowed_network_is_served() {
    let listener = closed_to_us().allow("127.0.0.0/8".parse().unwrap());
    let listener = listener.protocol(Protocol::FastCgi);
    let running = Running::build(Server::builder().listener(listener).threads(2), echo);
    let mut client = running.connect();
    let answer = fastcgi::ask(&mut client, fastcgi::get("/a"));
    assert_eq!(answer.text(), "GET /a\n");
    assert_eq!(running.log(), "");
}

#[test]
fn the_connection_of_another_peer_is_closed_whatever_it_sends() {
    for protocol in [
        Protocol::FastCgi,
        Protocol::Scgi,
        Protocol::Uwsgi,
        Protocol::Http,
    ] {
        let listener = closed_to_us().protocol(protocol);
        let running = Running::build(Server::builder().listener(listener).threads(2), nobody);
        let mut client = running.connect();
        let peer = client.stream.local_addr().unwrap();
        client.try_send(get("/"));
        client.assert_closed();
        let line = format!(
            "wsgi-server: the connection from {peer} was refused: the peer is not allowed\n"
        );
        eventually("the line is there", || !running.log().is_empty());
        assert_eq!(running.log(), line);
        for _ in 0..20 {
            running.connect().assert_closed();
        }
        assert_eq!(running.log(), line, "others do not fill the log");
    }
}

#[test]
fn refused_peers_do_not_hide_connections_without_the_header_of_a_proxy() {
    let proxies = ProxyProtocol::new().trust("192.0.2.7".parse().unwrap());
    let behind_proxy = Listener::bind("127.0.0.1:0").unwrap();
    let behind_proxy = behind_proxy.proxy_protocol(proxies);
    let address = behind_proxy.local_addr().unwrap();
    let builder = Server::builder().listener(closed_to_us());
    let running = Running::build(builder.listener(behind_proxy).threads(1), nobody);
    for _ in 0..3 {
        running.connect().assert_closed();
    }
    eventually("a refused peer is told of", || {
        running.log().contains("the peer is not allowed")
    });
    Client::connect(address).assert_closed();
    eventually("so is the other connection", || {
        running
            .log()
            .contains("PROXY protocol: the connection from")
    });
    assert!(!running.log().contains("before it"), "{}", running.log());
}

#[test]
fn refused_peers_take_no_place_of_others() {
    let open = Listener::bind("127.0.0.1:0").unwrap();
    let address = open.local_addr().unwrap();
    let builder = Server::builder().listener(closed_to_us()).listener(open);
    let running = Running::build(builder.threads(1).max_connections(1), echo);
    for _ in 0..5 {
        running.connect().assert_closed();
        let mut client = Client::connect(address.clone());
        assert_eq!(client.ask(get("/")).text(), "GET /\n");
    }
}

#[test]
fn whoever_may_use_the_file_of_a_unix_socket_may_connect() {
    let folder = Folder::new();
    let listener = Listener::bind_unix(folder.join("app.sock"), 0o600).unwrap();
    let listener = listener.allow("192.0.2.7".parse().unwrap());
    let running = Running::build(Server::builder().listener(listener).threads(1), echo);
    assert_eq!(running.connect().ask(get("/")).text(), "GET /\n");
}
