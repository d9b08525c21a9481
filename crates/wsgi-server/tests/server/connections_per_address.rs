//! The limit of connections of one address.

#[cfg(target_os = "linux")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::{thread, time::Duration};

use wsgi_server::{Builder, Server};

use crate::support::{Client, Running, echo, eventually, fastcgi, folder::Folder, get};

fn limited(connections: usize) -> impl FnOnce(Builder) -> Builder {
    move |builder| builder.max_connections_per_address(connections)
}

/// A connection whose request is answered.
#[track_caller]
fn served(running: &Running) -> Client {
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).status, 200);
    client
}

/// Asserts that a client is turned away, before it has sent anything.
#[track_caller]
fn assert_turned_away(running: &Running) {
    let mut client = running.connect();
    let answer = client.response();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("Retry-After"), Some("5"));
    assert_eq!(answer.header("Connection"), Some("close"));
    assert_eq!(
        answer.text(),
        "503 Service Unavailable: your address has too many connections\n"
    );
    client.assert_closed();
}

/// Whether the server takes another connection. It hears of the end of one with some delay.
fn is_taken(running: &Running) -> bool {
    let mut client = running.connect();
    client.try_send(get("/"))
        && client
            .try_response()
            .is_some_and(|answer| answer.status == 200)
}

#[test]
fn a_client_beyond_the_limit_is_turned_away_until_a_connection_ends() {
    for threads in [1, 2] {
        let options = |builder: Builder| limited(2)(builder.threads(threads));
        let running = Running::with(options, echo);
        let (mut first, second) = (served(&running), served(&running));
        for _ in 0..3 {
            assert_turned_away(&running);
        }
        assert_eq!(first.ask(get("/a")).text(), "GET /a\n");
        drop(second);
        eventually("there is a place", || is_taken(&running));
        let line = "wsgi-server: the limit of 2 connections per address is reached: \
                    turned a client away\n";
        eventually("one line in ten seconds", || running.log() == line);
    }
}

#[test]
fn every_end_of_a_connection_gives_its_place_back() {
    type Time = fn(Builder, Duration) -> Builder;
    type End = fn(&Running);
    // Each has no more than the short time that it needs: a busy machine may need longer.
    let ends: [(&str, Time, End); 6] = [
        ("it closes", Builder::keep_alive, |running| {
            drop(served(running));
        }),
        ("it resets", Builder::keep_alive, |running| {
            served(running).reset();
        }),
        ("it is idle", Builder::keep_alive, |running| {
            served(running).assert_closed();
        }),
        ("it is silent", Builder::first_request_timeout, |running| {
            running.connect().assert_closed();
        }),
        ("it is late", Builder::head_timeout, |running| {
            let mut client = running.connect();
            assert_eq!(client.ask("GET").status, 408);
            client.assert_closed();
        }),
        ("it says so", Builder::keep_alive, |running| {
            let mut client = running.connect();
            let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
            assert_eq!(client.ask(last).status, 200);
            client.assert_closed();
        }),
    ];
    for (name, time, end) in ends {
        let soon = |builder| time(limited(1)(builder), Duration::from_secs(1));
        let running = Running::with(soon, echo);
        end(&running);
        eventually(name, || is_taken(&running));
    }
}

#[test]
fn the_limit_is_exact_however_many_come_at_once() {
    const LIMIT: usize = 10;
    let options = |builder: Builder| limited(LIMIT)(builder.threads(4));
    for _ in 0..5 {
        let running = Running::with(options, echo);
        let address = running.address;
        let clients: Vec<_> = (0..60)
            .map(|_| {
                thread::spawn(move || {
                    let mut client = Client::connect(address);
                    client.try_send(get("/"));
                    let status = client.try_response().map_or(0, |answer| answer.status);
                    (client, status)
                })
            })
            .collect();
        let clients: Vec<_> = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect();
        let served = clients.iter().filter(|(_, status)| *status == 200).count();
        assert_eq!(served, LIMIT);
        drop(clients);
        // All places are free again.
        eventually("nobody is turned away", || {
            let mut clients: Vec<_> = (0..LIMIT).map(|_| running.connect()).collect();
            clients.iter_mut().all(|client| {
                client.try_send(get("/"))
                    && client
                        .try_response()
                        .is_some_and(|answer| answer.status == 200)
            })
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn each_address_has_its_own_limit() {
    let running = Running::with(limited(1), echo);
    let _first = served(&running);
    assert_turned_away(&running);
    let mut other = from(Ipv4Addr::new(127, 0, 0, 2), running.address);
    assert_eq!(other.ask(get("/")).status, 200);
}

/// A client with an address of its own. Only on Linux does the machine have all of 127.0.0.0/8.
#[cfg(target_os = "linux")]
fn from(address: Ipv4Addr, server: SocketAddr) -> Client {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::new(IpAddr::V4(address), 0)).unwrap();
    connect(&socket, &server).unwrap();
    Client::of(socket.into())
}

#[test]
fn front_servers_and_unix_sockets_are_not_counted() {
    let running = fastcgi::serving_with(limited(1), echo);
    let mut fronts: Vec<_> = (0..3).map(|_| running.connect()).collect();
    for front in &mut fronts {
        assert_eq!(fastcgi::ask(front, fastcgi::get("/a")).text(), "GET /a\n");
    }
    let folder = Folder::new();
    let path = folder.join("socket");
    let builder = Server::builder().bind_unix(path, 0o600).unwrap();
    let running = Running::build(limited(1)(builder), echo);
    let _clients = [served(&running), served(&running), served(&running)];
}

#[test]
fn a_limit_of_zero_counts_as_one() {
    let running = Running::with(limited(0), echo);
    let _only = served(&running);
    assert_turned_away(&running);
}
