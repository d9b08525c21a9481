//! The end of connections that both sides have finished with.

use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Environ, Result, StartResponse, Status};

use crate::support::{Client, Running, echo, get, within};

/// The bytes of a body that are dropped after the end of the server's side.
const DROPPED_BYTES: usize = 16 << 20;

#[test]
fn shutdown_does_not_wait_for_idle_clients() {
    // A client that has to be waited for has two seconds. It can be one of many.
    for threads in [1, 2] {
        within(Duration::from_millis(1500), || {
            let mut running = Running::with(|builder| builder.threads(threads), echo);
            let mut clients: Vec<_> = (0..12).map(|_| running.connect()).collect();
            for (number, client) in clients.iter_mut().enumerate() {
                let empty_line = ["", "\r\n"][number % 2];
                assert_eq!(client.ask(get("/") + empty_line).status, 200);
            }
            running.handle.shutdown();
            running.join();
            clients.iter_mut().for_each(Client::assert_closed);
        });
    }
}

#[test]
fn the_bytes_that_are_dropped_after_a_refusal_are_limited() {
    const MOST: usize = 64 << 20; // including what the sockets buffer
    let running = Running::new(echo);
    let mut client = running.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    let block = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    while sent < MOST && client.try_send(&block) {
        sent += block.len();
    }
    assert!(sent < MOST, "{sent} bytes were taken");
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[cfg(target_os = "linux")] // other systems do not tell what a client has
#[test]
fn a_client_that_sends_more_than_is_dropped_still_gets_the_whole_response() {
    const LENGTH: usize = 1 << 20;
    let running = Running::new(|_: &mut Environ, start_response: &mut StartResponse<'_>| {
        start_response.start(Status::OK, ())?;
        Result::Ok(vec![b'x'; LENGTH].into())
    });
    // The client has two seconds, which may be too short on a busy machine.
    let is_whole = || {
        let mut client = running.connect();
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
        let sent = AtomicUsize::new(0);
        thread::scope(|scope| {
            let mut sender = client.twin();
            let sent = &sent;
            scope.spawn(move || {
                let block = vec![b'x'; 64 * 1024];
                while sender.try_send(&block) {
                    sent.fetch_add(block.len(), Ordering::Relaxed);
                }
                sent.store(usize::MAX, Ordering::Relaxed);
            });
            while sent.load(Ordering::Relaxed) < DROPPED_BYTES {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(50));
            let response = client.response();
            response.complete && response.body.len() == LENGTH
        })
    };
    assert!((0..10).any(|_| is_whole()));
}

#[test]
fn a_client_that_sends_more_than_is_dropped_and_resets_takes_no_place() {
    let running = Running::with(
        |builder| builder.max_connections(1),
        |_: &mut Environ, start_response: &mut StartResponse<'_>| {
            start_response.start(Status::OK, ())?;
            Result::Ok(vec![b'x'; 4 << 20].into())
        },
    );
    let mut client = running.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    let block = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    while sent <= DROPPED_BYTES && client.try_send(&block) {
        sent += block.len();
    }
    thread::sleep(Duration::from_millis(300)); // they are dropped meanwhile
    client.reset();
    let reset = Instant::now();
    running.connect().ask(get("/"));
    assert!(
        reset.elapsed() < Duration::from_secs(1),
        "{:?}",
        reset.elapsed()
    );
}

#[test]
fn a_client_that_stays_connected_after_its_last_response_takes_no_place() {
    // There is only one place. A client that kept it would hold up the next one for two seconds.
    let running = Running::with(|builder| builder.max_connections(1), echo);
    let mut stayed = Vec::new();
    within(Duration::from_secs(4), || {
        for _ in 0..12 {
            let mut client = running.connect();
            let response = client.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assert_eq!(response.text(), "GET /\n");
            stayed.push(client);
        }
    });
}

#[test]
fn a_client_sees_the_end_of_its_last_response_although_the_application_keeps_the_request() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        keep.lock().unwrap().push(mem::take(environ));
        start_response.start(Status::OK, ())?;
        Result::Ok("kept".into())
    };
    let running = Running::new(app);
    for line in ["GET / HTTP/1.1\r\nConnection: close", "GET / HTTP/1.0"] {
        let mut client = running.connect();
        let response = client.ask(format!("{line}\r\nHost: a\r\n\r\n"));
        assert_eq!(response.text(), "kept");
        client.assert_closed();
    }
    assert_eq!(kept.lock().unwrap().len(), 2);
}
