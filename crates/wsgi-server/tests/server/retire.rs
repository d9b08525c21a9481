//! A server that leaves its sockets to another process.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    time::{Duration, Instant},
};

use wsgi_server::{Address, Server};

use crate::support::{self, Client, Running, echo, folder::Folder, gate::Gate, get};

/// A time that no test waits for.
const LONG: Duration = Duration::from_secs(3600);

/// A server on a socket that this test holds, too.
fn running() -> (Running, TcpListener) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let builder = Server::builder().threads(2);
    let builder = builder.listener(socket.try_clone().unwrap());
    let running = Running::build(builder, echo);
    support::eventually("the server is ready", || running.handle.is_ready());
    (running, socket)
}

#[test]
fn an_idle_connection_is_kept_for_one_more_request() {
    let (mut running, _socket) = running();
    let mut idle = running.connect();
    assert_eq!(idle.ask(get("/1")).header("Connection"), None);
    let mut unused = running.connect();
    unused.ask(get("/2"));
    running.handle.retire(LONG);
    assert!(running.handle.is_ready(), "the address is served");
    for client in [&mut idle, &mut unused] {
        let response = client.ask(get("/3"));
        assert_eq!(response.text(), "GET /3\n");
        assert_eq!(response.header("Connection"), Some("close"));
        client.assert_closed();
    }
    drop((idle, unused));
    running.join();
}

#[test]
fn pipelined_requests_are_all_answered() {
    let gate = Gate::default();
    let mut running = Running::new(gate.app());
    let mut client = running.connect();
    client.send(get("/wait") + &get("/2") + &get("/3"));
    support::eventually("a call waits", || gate.waiting() == 1);
    running.handle.retire(LONG);
    gate.open();
    for connection in [None, None, Some("close")] {
        let response = client.response();
        assert_eq!(response.status, 200);
        assert_eq!(response.header("Connection"), connection);
    }
    client.assert_closed();
    drop(client);
    running.join();
}

#[test]
fn silent_connections_are_closed_after_the_time() {
    let (mut running, _socket) = running();
    let mut idle = running.connect();
    idle.ask(get("/"));
    let begin = Instant::now();
    let patience = Duration::from_millis(300);
    running.handle.retire(patience);
    idle.assert_closed();
    assert!(begin.elapsed() >= patience, "{:?}", begin.elapsed());
    drop(idle);
    running.join();
}

#[test]
fn a_server_stays_ready_while_it_waits_for_its_last_requests_and_when_it_has_ended() {
    let gate = Gate::default();
    let mut running = Running::new(gate.app());
    let (mut idle, mut client) = (running.connect(), running.connect());
    idle.ask(get("/"));
    client.send(get("/wait"));
    support::eventually("a call waits", || gate.waiting() == 1);
    running.handle.retire(Duration::from_millis(10));
    idle.assert_closed(); // its patience is over
    assert!(running.handle.is_ready(), "it waits for a request");
    gate.open();
    assert_eq!(client.response().status, 200);
    drop((idle, client));
    running.join();
    assert!(running.handle.is_ready(), "it has ended");
    running.handle.shutdown();
    assert!(!running.handle.is_ready());
}

#[test]
fn clients_who_come_later_are_left_to_another_server() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let builder = Server::builder().threads(1);
    let builder = builder.listener(socket.try_clone().unwrap());
    let mut running = Running::build(builder, echo);
    let mut kept = [(); 3].map(|()| running.connect());
    for client in &mut kept {
        client.ask(get("/"));
    }
    running.handle.retire(LONG);
    // When the loop takes up the second of these requests, it has left the socket.
    for client in &mut kept[..2] {
        assert_eq!(client.ask(get("/")).header("Connection"), Some("close"));
    }
    let mut waiting = running.connect();
    waiting.send(get("/waiting"));
    waiting.assert_silent(Duration::from_millis(100));
    let other = Running::build(Server::builder().listener(socket), echo);
    assert_eq!(waiting.response().text(), "GET /waiting\n");
    assert_eq!(waiting.ask(get("/")).header("Connection"), None);
    assert_eq!(kept[2].ask(get("/")).header("Connection"), Some("close"));
    drop((waiting, kept));
    running.join();
    assert_eq!(other.connect().ask(get("/")).status, 200);
}

#[test]
fn a_shutdown_does_not_wait_for_the_retirement() {
    let (mut running, _socket) = running();
    let mut idle = running.connect();
    idle.ask(get("/"));
    running.handle.retire(LONG);
    running.handle.shutdown();
    assert!(!running.handle.is_ready());
    idle.assert_closed();
    drop(idle);
    running.join();
    running.handle.retire(LONG);
    assert!(!running.handle.is_ready());
}

#[test]
fn a_server_that_does_not_serve_yet_retires_as_soon_as_it_does() {
    let (mut running, _socket) = {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let builder = Server::builder().listener(socket.try_clone().unwrap());
        let handle = builder.handle();
        handle.retire(LONG);
        (Running::build(builder, echo), socket)
    };
    running.join();
    assert!(TcpStream::connect(running.address).is_ok(), "it listens");
}

#[test]
fn the_file_of_a_socket_bound_elsewhere_stays() {
    let folder = Folder::new();
    let path = folder.join("s");
    let socket = UnixListener::bind(&path).unwrap();
    let builder = Server::builder().listener(socket.try_clone().unwrap());
    let mut running = Running::build(builder, echo);
    let mut client = Client::connect(Address::Unix(path.clone()));
    assert_eq!(client.ask(get("/")).status, 200);
    running.handle.retire(LONG);
    assert_eq!(client.ask(get("/")).header("Connection"), Some("close"));
    drop(client);
    running.join();
    UnixStream::connect(&path).unwrap();
}
