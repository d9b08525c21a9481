//! Idle connections give way when new clients come and there is no room.

// Only on Linux do these tests exhaust the descriptors of a process.
#![cfg(target_os = "linux")]

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::Mutex,
    thread,
    time::Duration,
};

use support::{Client, Running, echo, eventually, get, within};
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

#[test]
fn at_the_limit_unused_connections_give_way_first_and_then_the_longest_idle() {
    for threads in [1, 2] {
        let options = |builder: wsgi_server::Builder| builder.threads(threads).max_connections(4);
        let running = Running::with(options, echo);
        let mut oldest = used(&running);
        thread::sleep(A_WHILE);
        let mut older = used(&running);
        let mut silent = [running.connect(), running.connect()];
        thread::sleep(A_WHILE);
        let _first = asks_soon(&running);
        let _second = asks_soon(&running);
        silent.iter_mut().for_each(Client::assert_closed);
        let _third = asks_soon(&running);
        oldest.assert_closed();
        assert_eq!(
            older.ask(get("/old")).text(),
            "GET /old\n",
            "it was not its turn"
        );
        let line = "wsgi-server: the limit of 4 connections is reached: \
                    closed an idle one for a new client\n";
        eventually("one line per minute", || running.log() == line);
    }
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
    let clients: Vec<_> = (0..100).map(|_| running.connect()).collect();
    let asking = clients.into_iter().map(|mut client| {
        thread::spawn(move || {
            client.send(get("/new"));
            let response = client.response();
            assert_eq!(response.text(), "GET /new\n");
        })
    });
    asking
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|asks| asks.join().unwrap());
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
