//! Idle connections give way when new clients come and there is no room.

// Only on Linux do these tests exhaust the descriptors of a process.
#![cfg(target_os = "linux")]

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use support::{Client, Running, echo, eventually, get, unless_starved, within};
use wsgi_application::{Status, application};

/// Longer than a connection must be idle before it gives way.
const A_WHILE: Duration = Duration::from_millis(400);

/// Asserts that a request on a new connection is answered: a client waits for a much shorter time
/// than that after which a connection is closed anyway.
#[track_caller]
fn asks_soon(running: &Running) -> Client {
    let mut client = running.connect();
    assert_eq!(client.ask(get("/new")).text(), "GET /new\n");
    client
}

/// A connection that has had a request.
fn used(running: &Running) -> Client {
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).status, 200);
    client
}

/// The clients that the server has closed, by their numbers, and its log.
#[derive(Debug, PartialEq, Eq)]
struct Closed {
    for_two: Vec<usize>,
    for_three: Vec<usize>,
    log: String,
}

/// Has three clients come when there is no room. Of the four before them, the client 0 is the
/// longest idle, 1 and 2 never had a request, and 3 was answered last.
fn closed_for_new_clients(threads: usize) -> Closed {
    let options = |builder: wsgi_server::Builder| builder.threads(threads).max_connections(4);
    let running = Running::with(options, echo);
    let mut clients = vec![used(&running)];
    thread::sleep(A_WHILE);
    // They are accepted by the time that the next one is answered.
    clients.extend([running.connect(), running.connect()]);
    clients.push(used(&running));
    thread::sleep(A_WHILE);
    clients.extend([asks_soon(&running), asks_soon(&running)]);
    let for_two = closed(&mut clients, 2);
    clients.push(asks_soon(&running));
    let for_three = closed(&mut clients, 3);
    if !for_three.contains(&3) {
        assert_eq!(clients[3].ask(get("/old")).text(), "GET /old\n");
    }
    eventually("it is logged", || !running.log().is_empty());
    Closed {
        for_two,
        for_three,
        log: running.log(),
    }
}

/// The numbers of the clients that are closed, once there are this many.
fn closed(clients: &mut [Client], count: usize) -> Vec<usize> {
    let mut closed = Vec::new();
    eventually("idle connections are closed", || {
        let numbers = 0..clients.len();
        closed = numbers.filter(|at| clients[*at].is_closed()).collect();
        closed.len() >= count
    });
    closed
}

/// The clients that are closed if the order holds.
fn in_order() -> Closed {
    let line = "wsgi-server: the limit of 4 connections is reached: \
                closed an idle one for a new client\n";
    Closed {
        for_two: vec![1, 2],
        for_three: vec![0, 1, 2],
        log: line.into(), // one line per minute
    }
}

#[test]
fn at_the_limit_unused_connections_give_way_first_and_then_the_longest_idle() {
    assert_eq!(closed_for_new_clients(1), in_order());
}

/// Loops go by what they have told each other, so across loops the order holds nearly always.
#[test]
fn the_order_holds_across_loops() {
    let holds = || closed_for_new_clients(2) == in_order();
    unless_starved(|| assert!((0..3).any(|_| holds())));
}

#[test]
fn a_request_that_has_begun_keeps_its_connection() {
    let running = Running::with(|builder| builder.threads(1).max_connections(2), echo);
    let mut half = running.connect();
    half.send("GET /half HTTP/1.1\r\nHost: a\r\n");
    let mut other = used(&running);
    other.send("\r\n"); // which begins none
    thread::sleep(A_WHILE);
    let _new = asks_soon(&running);
    other.assert_closed();
    half.send("\r\n");
    assert_eq!(half.response().text(), "GET /half\n");
}

#[test]
fn a_connection_that_gives_way_is_closed_at_once_even_if_it_was_answered_last() {
    let running = Running::with(|builder| builder.threads(1).max_connections(1), echo);
    let mut last = used(&running);
    for _ in 0..3 {
        thread::sleep(A_WHILE);
        let mut silent = running.connect();
        last.assert_closed();
        assert_eq!(silent.ask(get("/")).status, 200);
        last = silent;
    }
}

#[test]
fn a_connection_that_gives_way_is_closed_even_if_the_application_has_kept_it() {
    let kept = Mutex::new(Vec::new());
    let app = application(move |environ, start_response| {
        kept.lock().unwrap().extend(environ.connection());
        start_response.start(Status::OK, ())?;
        Ok("kept".into())
    });
    let running = Running::with(|builder| builder.threads(1).max_connections(1), app);
    let mut old = running.connect();
    assert_eq!(old.ask(get("/")).text(), "kept");
    thread::sleep(A_WHILE);
    let mut new = running.connect();
    assert_eq!(new.ask(get("/")).text(), "kept");
    old.assert_closed();
}

#[test]
fn if_all_are_busy_new_clients_wait_and_the_log_says_so() {
    let running = Running::with(|builder| builder.threads(1).max_connections(2), echo);
    let mut busy = [running.connect(), running.connect()];
    for client in &mut busy {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    }
    thread::sleep(A_WHILE);
    let mut new = running.connect();
    new.send(get("/new"));
    new.assert_silent(A_WHILE);
    let line = "wsgi-server: the limit of 2 connections is reached: new clients wait\n";
    eventually("it is logged", || running.log() == line);
    let [mut first, _second] = busy;
    first.send("Connection: close\r\n\r\n");
    assert_eq!(first.response().status, 200);
    assert_eq!(new.response().text(), "GET /new\n");
}

#[test]
fn many_new_clients_at_the_limit_are_all_answered() {
    let options = |builder: wsgi_server::Builder| builder.threads(2).max_connections(20);
    let running = Running::with(options, echo);
    let _silent: Vec<_> = (0..20).map(|_| running.connect()).collect();
    thread::sleep(A_WHILE);
    // One whose request has come does not give way. On a busy machine, that of a few may come late.
    let asking = || {
        let mut client = running.connect();
        client.try_send(get("/new")).then_some(client)
    };
    let clients: Vec<_> = (0..100).map(|_| asking()).collect();
    let closed = AtomicUsize::new(0);
    let answered = |client: Option<Client>| client?.try_response();
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| match answered(client) {
                Some(response) => assert_eq!(response.text(), "GET /new\n"),
                None => drop(closed.fetch_add(1, SeqCst)),
            });
        }
    });
    let closed = closed.into_inner();
    assert!(closed <= 5, "{closed} of 100 were closed");
}

/// The server is in a process with few descriptors. The clients are in this process.
#[test]
fn without_descriptors_idle_connections_give_way() {
    let this = std::env::current_exe().unwrap();
    let script = "ulimit -n 64 && exec \"$0\" --exact serves --ignored --nocapture";
    let mut process = Command::new("sh")
        .args(["-c", script])
        .arg(this)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = process.stdout.take().unwrap();
    let mut text = String::new();
    let port: u16 = loop {
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        text.push(char::from(byte[0]));
        let number = text
            .strip_suffix('.')
            .and_then(|text| text.rsplit_once("port "));
        if let Some((_, number)) = number {
            break number.parse().unwrap();
        }
    };
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let idle: Vec<_> = (0..60)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    thread::sleep(A_WHILE);
    // A pause of accepting, which is 100 ms, for one client of three would take 800 ms.
    let mut stayed = Vec::new();
    within(Duration::from_millis(400), || {
        for _ in 0..24 {
            let mut client = Client::connect(address);
            assert_eq!(client.ask(get("/new")).text(), "GET /new\n");
            stayed.push(client); // so that the next one needs another descriptor
        }
    });
    drop(idle);
    drop(process.stdin.take());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(support::process::ended(&mut process).success(), "{rest}");
    assert!(
        rest.contains("no file descriptor left (see `ulimit -n`)"),
        "{rest}"
    );
}

#[test]
#[ignore = "is started as a process by another test"]
fn serves() {
    let running = Running::with(|builder| builder.threads(1), echo);
    let mut stdout = std::io::stdout();
    write!(stdout, "port {}.", running.address.port()).unwrap();
    stdout.flush().unwrap();
    let _ = std::io::stdin().read(&mut [0]);
    writeln!(stdout, "{}", running.log()).unwrap();
}
