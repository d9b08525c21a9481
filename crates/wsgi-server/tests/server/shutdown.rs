//! The shutdown of a server, and its abort.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status, application};
use wsgi_server::Handle;

use crate::support::{
    Client, PATIENCE, Running, echo, eventually, gate::Gate, get, joined, local, put,
};

#[test]
fn shutdown_lets_requests_finish_and_closes_idle_connections() {
    let (entered, inside) = mpsc::channel();
    let entered = std::sync::Mutex::new(entered);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/slow" {
            entered.lock().unwrap().send(())?;
            thread::sleep(Duration::from_millis(100));
        }
        echo(environ, start_response)
    };
    let mut running = Running::new(app);
    let mut idle = running.connect();
    assert_eq!(idle.ask(get("/")).status, 200);
    let mut fresh = running.connect();
    let mut busy = running.connect();
    busy.send(get("/slow"));
    inside.recv_timeout(PATIENCE).unwrap();
    let mut half = running.connect();
    half.send("GET /half HTTP/1.1\r\n");
    // It is accepted and read before the end begins.
    assert_eq!(idle.ask(get("/")).status, 200);
    running.handle.shutdown();
    idle.assert_closed();
    fresh.assert_closed();
    let response = busy.response();
    assert_eq!(response.text(), "GET /slow\n");
    assert!(response.complete);
    busy.assert_closed();
    half.send("Host: a\r\n\r\n");
    let response = half.response();
    assert_eq!(response.text(), "GET /half\n");
    assert_eq!(response.header("Connection"), Some("close"));
    half.assert_closed();
    drop((idle, fresh, busy, half));
    running.join();
    assert!(TcpStream::connect(running.address).is_err());
}

#[test]
fn the_last_response_says_so_even_if_the_end_began_during_the_call() {
    for end in [Handle::shutdown, |handle: &Handle| handle.retire(PATIENCE)] {
        let gate = Gate::default();
        let running = Running::new(gate.app());
        let mut clients = [(); 4].map(|()| running.connect());
        let [single, together, later, upload] = &mut clients;
        single.send(get("/wait"));
        together.send(get("/wait") + &get("/next"));
        later.send(get("/wait"));
        upload.send(put("/wait", &"x".repeat(100_000)));
        eventually("all of them wait", || gate.waiting() == 4);
        later.send(get("/next"));
        end(&running.handle);
        gate.open();
        for client in [together, later] {
            let response = client.response();
            assert_eq!(response.text(), "GET /wait\n");
            assert_eq!(response.header("Connection"), None, "one follows");
        }
        for (client, line) in clients
            .iter_mut()
            .zip(["GET /wait", "GET /next", "GET /next", "PUT"])
        {
            let response = client.response();
            assert!(response.text().starts_with(line), "{line}");
            assert_eq!(response.header("Connection"), Some("close"), "{line}");
            client.assert_closed();
        }
    }
}

/// The unread bytes belong to the request, or are only an empty line.
#[test]
fn neither_an_unread_body_nor_an_empty_line_hides_that_a_response_is_the_last() {
    let gate = Gate::default();
    let inner = gate.clone();
    let app = application(move |environ, start_response| {
        inner.pass();
        let length = match environ.path_info() == "/whole" {
            true => u64::MAX,
            false => 50_000,
        };
        io::copy(&mut environ.input().take(length), &mut io::sink())?;
        start_response.start(Status::OK, ())?;
        Ok("done".into())
    });
    let running = Running::new(app);
    let body = "x".repeat(100_000);
    let upload = put("/", &body);
    let chunked = format!(
        "PUT / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let rows = [
        ("an upload", &upload[..]),
        ("a part of an upload", &upload[..upload.len() - 20_000]),
        ("an upload in chunks", &chunked),
        ("an empty line", &(get("/") + "\r\n")),
        (
            "an upload and an empty line",
            &(put("/whole", &body) + "\r\n"),
        ),
    ];
    let mut clients = rows.map(|(name, request)| {
        let mut client = running.connect();
        client.send(request);
        (name, client)
    });
    eventually("all of them wait", || gate.waiting() == clients.len());
    running.handle.shutdown();
    gate.open();
    for (name, client) in &mut clients {
        let response = client.response();
        assert_eq!(response.text(), "done", "{name}");
        assert_eq!(response.header("Connection"), Some("close"), "{name}");
    }
}

#[test]
fn a_request_that_has_arrived_behind_an_unread_body_is_answered() {
    let gate = Gate::default();
    let inner = gate.clone();
    let app = application(move |environ, start_response| {
        inner.pass();
        io::copy(&mut environ.input().take(50_000), &mut io::sink())?;
        start_response.start(Status::OK, ())?;
        Ok(environ.path_info().as_bytes().to_vec().into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    client.send(put("/upload", &"x".repeat(100_000)) + &get("/next"));
    eventually("it waits", || gate.waiting() == 1);
    running.handle.shutdown();
    gate.open();
    let response = client.response();
    assert_eq!(
        (response.text(), response.header("Connection")),
        ("/upload", None)
    );
    let response = client.response();
    assert_eq!(response.text(), "/next");
    assert_eq!(response.header("Connection"), Some("close"));
}

#[test]
fn shutdown_serves_clients_that_wait_to_be_accepted() {
    for _ in 0..5 {
        let server = local(echo);
        let mut clients: Vec<_> = (0..50)
            .map(|number| {
                let mut client = Client::connect(server.local_addr());
                client.send(get(&format!("/{number}")));
                client
            })
            .collect();
        server.handle().shutdown();
        let serving = thread::spawn(move || server.serve_forever().unwrap());
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.response().text(), format!("GET /{number}\n"));
            client.assert_closed();
        }
        drop(clients);
        joined("serve_forever returns", serving);
    }
}

#[test]
fn shutdown_under_load_leaves_no_response_incomplete() {
    for _ in 0..5 {
        let mut running = Running::new(echo);
        let clients: Vec<_> = (0..8).map(|_| running.connect()).collect();
        let clients = clients.into_iter().map(|mut client| {
            thread::spawn(move || {
                // A connection may end between two requests, even if one is on its way.
                while client.try_send(get("/")) {
                    let Some(response) = client.try_response() else {
                        return;
                    };
                    assert_eq!(response.text(), "GET /\n");
                    if response.header("Connection") == Some("close") {
                        client.assert_closed();
                        return;
                    }
                }
            })
        });
        let clients: Vec<_> = clients.collect();
        thread::sleep(Duration::from_millis(20));
        running.handle.shutdown();
        running.join();
        for client in clients {
            client.join().unwrap();
        }
    }
}

/// An application whose calls tell that they have begun, and go on when the sender is dropped.
fn held() -> (
    impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + 'static,
    mpsc::Receiver<()>,
    mpsc::Sender<()>,
) {
    let (entered, inside) = mpsc::channel();
    let entered = std::sync::Mutex::new(entered);
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        entered.lock().unwrap().send(())?;
        let _ = left.lock().unwrap().recv();
        echo(environ, start_response)
    };
    (app, inside, leave)
}

#[test]
fn shutdown_cuts_requests_that_do_not_end_in_time() {
    let (app, inside, leave) = held();
    let options =
        |builder: wsgi_server::Builder| builder.shutdown_timeout(Duration::from_millis(100));
    let mut running = Running::with(options, app);
    let mut client = running.connect();
    client.send(get("/"));
    inside.recv_timeout(PATIENCE).unwrap();
    let began = Instant::now();
    running.handle.shutdown();
    running.join();
    assert!(began.elapsed() >= Duration::from_millis(100));
    client.assert_closed();
    drop(leave);
}

#[test]
fn abort_cuts_at_once() {
    let (app, inside, leave) = held();
    let mut running = Running::new(app);
    let mut client = running.connect();
    client.send(get("/"));
    inside.recv_timeout(PATIENCE).unwrap();
    let mut idle = running.connect();
    running.handle.abort();
    running.join();
    client.assert_closed();
    idle.assert_closed();
    // A thread that comes back to an ended loop changes nothing.
    drop(leave);
}

#[test]
fn a_response_without_length_that_an_abort_cuts_does_not_look_whole() {
    const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let in_call = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let mut writer = start_response.writer().unwrap();
        writer.write_all(b"a part")?;
        writer.flush()?;
        let _ = left.lock().unwrap().recv();
        Ok("the rest".into())
    };
    let parked = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks((0..64).map(|_| vec![b'a'; 1 << 20])))
    };
    let runnings = [Running::new(in_call), Running::new(parked)];
    for mut running in runnings {
        let mut client = Client::with_small_buffer(running.address);
        client.send(REQUEST);
        assert!(!client.take_some().is_empty());
        running.handle.abort();
        running.join();
        let error = client.stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    drop(leave);
}

#[test]
fn a_call_that_returns_to_a_loop_which_has_ended_is_not_counted_any_more() {
    let (entered, inside) = mpsc::channel();
    let entered = std::sync::Mutex::new(entered);
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let (stay, stayed) = mpsc::channel::<()>();
    let stayed = std::sync::Mutex::new(stayed);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        entered.lock().unwrap().send(())?;
        let gate = if environ.path_info() == "/first" {
            &left
        } else {
            &stayed
        };
        let _ = gate.lock().unwrap().recv();
        echo(environ, start_response)
    };
    let mut running = Running::with(|builder| builder.threads(1), app);
    let mut clients = ["/first", "/second"].map(|path| {
        let mut client = running.connect();
        client.send(get(path));
        inside.recv_timeout(PATIENCE).unwrap();
        client
    });
    running.handle.abort();
    running.join();
    for client in &mut clients {
        client.assert_closed();
    }
    assert_eq!(running.handle.calls(), 2);
    drop(leave);
    eventually("only the other call is left", || {
        running.handle.calls() == 1
    });
    drop(stay);
    eventually("no call is left", || running.handle.calls() == 0);
}

#[test]
fn an_ended_server_stays_ended_when_calls_return_late() {
    // They return at the moment when their loop ends.
    for _ in 0..30 {
        let inside = Arc::new(AtomicUsize::new(0));
        let app = {
            let inside = inside.clone();
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                inside.fetch_add(1, SeqCst);
                while environ.is_client_connected() {
                    thread::yield_now();
                }
                echo(environ, start_response)
            }
        };
        let mut running = Running::with(|builder| builder.threads(1), app);
        let mut clients: Vec<_> = (0..3).map(|_| running.connect()).collect();
        for client in &mut clients {
            client.send(get("/"));
        }
        eventually("they are called", || inside.load(SeqCst) == 3);
        running.handle.abort();
        running.join();
    }
}
