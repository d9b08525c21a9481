//! The end of a server, and its promises to the clients.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Errors;
use wsgi_server::{Builder, Listener, Protocol, Server};

use crate::support::{
    self, Client, PATIENCE, Running, echo, eventually, gate::Gate, get, joined, unless_starved,
};

/// An application that takes this long, and then answers as `echo` does.
fn taking(time: Duration) -> impl Application + 'static {
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() != "/quick" {
            thread::sleep(time);
        }
        echo(environ, start_response)
    }
}

const MOMENT: Duration = Duration::from_millis(25);

#[test]
fn requests_that_wait_for_a_thread_are_answered() {
    let options = |builder: Builder| builder.threads(1).max_threads(2);
    let mut running = Running::with(options, taking(2 * MOMENT));
    let mut clients: Vec<_> = (0..4).map(|_| running.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(get("/quick")).status, 200);
    }
    for client in &mut clients {
        client.send(get("/slow"));
    }
    thread::sleep(MOMENT);
    running.handle.shutdown();
    for client in &mut clients {
        assert_eq!(client.response().text(), "GET /slow\n");
        client.assert_closed();
    }
    drop(clients);
    running.join();
}

#[test]
fn pipelined_requests_that_have_arrived_are_answered_and_later_ones_are_not() {
    let gate = Gate::default();
    let mut running = Running::new(gate.app());
    let mut client = running.connect();
    let paths = ["/wait", "/1", "/2", "/3"];
    client.send(paths.map(get).concat());
    eventually("the first one is called", || gate.waiting() == 1);
    running.handle.shutdown();
    gate.open();
    for path in paths {
        let response = client.response();
        assert_eq!(response.text(), format!("GET {path}\n"));
        let expected = (path == "/3").then_some("close");
        // The last response tells a client that goes on sending.
        assert_eq!(response.header("Connection"), expected, "{path}");
        if path == "/2" {
            client.try_send(get("/late"));
        }
    }
    client.assert_closed();
    drop(client);
    running.join();
}

#[test]
fn clients_that_wait_to_be_accepted_are_served_even_if_every_call_blocks() {
    for most in [4, 1000] {
        let options = |builder: Builder| builder.max_connections(most).max_threads(8);
        let mut running = Running::with(options, taking(Duration::from_millis(2)));
        let connect = |number: usize| {
            let mut client = running.connect();
            client.send(get(&format!("/{number}")));
            client
        };
        let clients: Vec<_> = (0..200).map(connect).collect();
        running.handle.shutdown();
        for (number, mut client) in clients.into_iter().enumerate() {
            let response = client.try_response();
            let response = response
                .unwrap_or_else(|| panic!("no response to client {number} at the limit {most}"));
            assert_eq!(response.text(), format!("GET /{number}\n"));
            client.assert_closed();
        }
        running.join();
    }
}

#[test]
fn new_clients_do_not_keep_a_server_from_ending() {
    let options = |builder: Builder| builder.max_connections(1);
    let mut running = Running::with(options, taking(Duration::from_millis(5)));
    let address = running.address;
    let come = move || {
        while let Ok(mut stream) = TcpStream::connect(address) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let _ = stream.write_all(get("/").as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        }
    };
    let coming: Vec<_> = (0..8).map(|_| thread::spawn(come)).collect();
    thread::sleep(2 * MOMENT);
    running.handle.shutdown();
    running.join();
    for thread in coming {
        thread.join().unwrap();
    }
}

/// One thread answers while another one has the loop, notices the end, and then leaves the loop
/// too. A request that came meanwhile must still be read.
#[test]
fn a_request_that_came_during_a_call_is_answered_whichever_thread_notices_the_end() {
    let round = || {
        let gate = Arc::new((Mutex::new(Vec::<String>::new()), Condvar::new()));
        let wait = {
            let gate = gate.clone();
            move |path: &str| {
                let inside = gate.0.lock().unwrap();
                let is_there = |inside: &mut Vec<String>| !inside.iter().any(|at| at == path);
                let waited = gate.1.wait_timeout_while(inside, PATIENCE, is_there);
                assert!(!waited.unwrap().1.timed_out(), "never: {path}");
            }
        };
        let app = {
            let wait = wait.clone();
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                let path = environ.path_info().to_string_lossy().into_owned();
                gate.0.lock().unwrap().push(path.clone());
                gate.1.notify_all();
                match &*path {
                    "/first" => wait("/second"),
                    "/second" => wait("/next"),
                    _ => {}
                }
                echo(environ, start_response)
            }
        };
        let mut running = Running::with(|builder| builder.threads(1), app);
        let (mut first, mut second) = (running.connect(), running.connect());
        first.send(get("/first"));
        wait("/first");
        // Another thread has the loop.
        assert_eq!(running.connect().ask(get("/")).status, 200);
        first.send(get("/next"));
        running.handle.shutdown();
        thread::sleep(MOMENT);
        second.send(get("/second"));
        assert_eq!(first.response().text(), "GET /first\n");
        assert_eq!(first.response().text(), "GET /next\n");
        assert_eq!(second.response().text(), "GET /second\n");
        drop((first, second));
        running.join();
    };
    // Either thread may notice it, so all rounds have to hold.
    unless_starved(|| (0..10).for_each(|_| round()));
}

/// A whole request in each protocol.
fn requests() -> Vec<(Protocol, Vec<u8>)> {
    let mut requests = vec![(Protocol::Http, get("/late").into_bytes())];
    requests.push((Protocol::FastCgi, support::fastcgi::get("/late")));
    requests.push((Protocol::Scgi, support::scgi::get("/late")));
    requests.push((Protocol::Uwsgi, support::uwsgi::get("/late")));
    requests
}

#[test]
fn a_client_that_has_just_connected_has_a_moment_for_its_first_request() {
    let round = |protocol: Protocol, request: &[u8]| {
        let mut running = Running::with(|builder| builder.protocol(protocol), echo);
        let mut silent = running.connect();
        let mut client = running.connect();
        thread::sleep(2 * MOMENT);
        let ended = Instant::now();
        running.handle.shutdown();
        thread::sleep(MOMENT);
        client.send(request);
        let answer = client.take_all();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("GET /late\n"), "{protocol}: {answer:?}");
        silent.assert_closed();
        let took = ended.elapsed();
        assert!(took > Duration::from_millis(500), "{protocol}: {took:?}");
        drop((client, silent));
        running.join();
    };
    for (protocol, request) in requests() {
        unless_starved(|| round(protocol, &request));
    }
}

/// A server on a socket that is passed to it, as a service manager does.
fn heir(listener: &TcpListener, gate: &Gate, text: &'static str) -> Running {
    let gate = gate.clone();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/wait" {
            gate.pass();
        }
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    };
    let descriptor = OwnedFd::from(listener.try_clone().unwrap());
    let listener = Listener::try_from(descriptor).unwrap();
    let builder = Server::builder().listener(listener).threads(2);
    Running::build(builder.max_connections(2), app)
}

#[test]
fn clients_that_wait_at_a_passed_socket_are_left_to_the_next_process() {
    // The idle connection gives way if it has been idle for long before the end.
    unless_starved(|| {
        let (listener, gate) = (TcpListener::bind("127.0.0.1:0").unwrap(), Gate::default());
        let mut first = heir(&listener, &gate, "first");
        let mut busy = first.connect();
        busy.send(get("/wait"));
        let mut kept = first.connect();
        assert_eq!(kept.ask(get("/")).text(), "first");
        let wait = || {
            let mut client = first.connect();
            client.send(get("/"));
            client
        };
        let mut before = wait();
        first.handle.shutdown();
        kept.assert_closed();
        drop(kept);
        let mut after = wait();
        before.assert_silent(MOMENT);
        after.assert_silent(MOMENT);
        gate.open();
        assert_eq!(busy.response().text(), "first");
        drop(busy);
        first.join();
        let second = heir(&listener, &gate, "second");
        assert_eq!(before.response().text(), "second");
        drop(before);
        assert_eq!(after.response().text(), "second");
        drop((after, second));
    });
}

#[test]
fn a_handle_ends_every_run_of_a_server() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = builder.errors(Errors::discard()).build(echo).unwrap();
    let server = Arc::new(server);
    let run = |run: fn(&Server) -> io::Result<()>| {
        let server = server.clone();
        thread::spawn(move || run(&server).map_err(|error| error.kind()))
    };
    let mut runs = vec![run(Server::handle_request), run(Server::handle_request)];
    thread::sleep(MOMENT);
    runs.push(run(Server::serve_forever));
    thread::sleep(MOMENT);
    server.handle().shutdown();
    for run in runs {
        eventually("each run returns", || run.is_finished());
        // On a busy machine, one may not have begun before the end.
        let result = run.join().unwrap();
        assert!(
            matches!(result, Ok(()) | Err(io::ErrorKind::NotConnected)),
            "{result:?}"
        );
    }
}

#[test]
fn handling_one_request_does_not_wait_for_its_client_to_leave() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = Arc::new(builder.errors(Errors::discard()).build(echo).unwrap());
    for _ in 0..3 {
        let mut client = Client::connect(server.local_addr());
        let handling = thread::spawn({
            let server = server.clone();
            move || server.handle_request().unwrap()
        });
        assert_eq!(client.ask(get("/")).status, 200);
        joined("it does not wait", handling);
        client.assert_closed();
    }
}

#[test]
fn a_handle_counts_calls_that_outlive_the_server() {
    let (hold, held) = mpsc::channel();
    let (let_go, wait) = mpsc::channel::<()>();
    let gate = Mutex::new((hold, wait));
    let life = Arc::new(());
    let alive = Arc::downgrade(&life);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let _ = &life;
        if environ.path_info() == "/held" {
            let gate = gate.lock().unwrap();
            gate.0.send(())?;
            let _ = gate.1.recv();
        }
        echo(environ, start_response)
    };
    let mut running = Running::new(app);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    eventually("no call is left", || running.handle.calls() == 0);
    running.connect().send(get("/held"));
    held.recv_timeout(PATIENCE).unwrap();
    assert_eq!(running.handle.calls(), 1);
    running.handle.abort();
    running.join();
    assert_eq!(running.handle.calls(), 1, "it outlives the server");
    drop(let_go);
    eventually("it returns", || running.handle.calls() == 0);
    drop(running);
    eventually("the application is dropped", || alive.strong_count() == 0);
}

#[test]
fn no_thread_keeps_the_application_after_a_server_has_ended() {
    for _ in 0..20 {
        let life = Arc::new(());
        let alive = Arc::downgrade(&life);
        let inner = taking(Duration::from_millis(1));
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let _ = &life;
            inner.call(environ, start_response)
        };
        let mut running = Running::new(app);
        let mut clients: Vec<_> = (0..6).map(|_| running.connect()).collect();
        for client in &mut clients {
            client.send(get("/"));
        }
        running.handle.shutdown();
        for mut client in clients {
            assert_eq!(client.response().status, 200);
        }
        running.join();
        drop(running);
        assert_eq!(alive.strong_count(), 0);
    }
}
