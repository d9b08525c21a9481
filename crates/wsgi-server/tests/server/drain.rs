//! The end of a server after a delay.

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use wsgi_server::Handle;

use crate::support::{self, Running, echo, get, joined, local};

/// A delay that no test waits for.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn serving_goes_on_for_the_delay() {
    let running = Running::new(echo);
    support::eventually("the server is ready", || running.handle.is_ready());
    let mut old = running.connect();
    assert_eq!(old.ask(get("/")).status, 200);
    running.handle.drain(LONG);
    assert!(!running.handle.is_ready());
    let mut new = running.connect();
    for client in [&mut old, &mut new] {
        for _ in 0..2 {
            let response = client.ask(get("/"));
            assert_eq!(response.text(), "GET /\n");
            assert_eq!(response.header("Connection"), None, "it is kept");
        }
    }
}

#[test]
fn after_the_delay_the_server_shuts_down() {
    let mut running = Running::new(echo);
    let mut idle = running.connect();
    assert_eq!(idle.ask(get("/")).status, 200);
    let begin = Instant::now();
    let delay = Duration::from_millis(300);
    running.handle.drain(delay);
    idle.assert_closed();
    assert!(begin.elapsed() >= delay, "{:?}", begin.elapsed());
    drop(idle);
    running.join();
    assert!(TcpStream::connect(running.address).is_err());
    assert!(!running.handle.is_ready());
}

#[test]
fn the_first_end_of_several_counts() {
    for (first, second) in [(LONG, 20), (Duration::from_millis(20), 3_600_000)] {
        let mut running = Running::new(echo);
        running.handle.drain(first);
        running.handle.drain(Duration::from_millis(second));
        running.join();
    }
    let ends: [fn(&Handle); 2] = [Handle::shutdown, Handle::abort];
    for end in ends {
        let mut running = Running::new(echo);
        running.handle.drain(LONG);
        end(&running.handle);
        running.handle.drain(LONG);
        running.join();
    }
}

#[test]
fn extreme_delays_have_a_meaning() {
    let mut running = Running::new(echo);
    running.handle.drain(Duration::MAX);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    running.handle.drain(Duration::ZERO);
    running.join();
}

#[test]
fn a_server_that_does_not_serve_yet_keeps_the_end_of_the_delay() {
    let server = local(echo);
    let handle = server.handle();
    handle.drain(Duration::from_millis(100));
    assert!(!handle.is_ready());
    let begin = Instant::now();
    let serving = thread::spawn(move || server.serve_forever().unwrap());
    joined("serve_forever returns", serving);
    assert!(
        begin.elapsed() >= Duration::from_millis(50),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn a_single_request_does_not_wait_for_the_delay() {
    let server = local(echo);
    let handle = server.handle();
    let serving = {
        let server = server.clone();
        thread::spawn(move || server.handle_request().unwrap())
    };
    support::eventually("the server is ready", || handle.is_ready());
    handle.drain(LONG);
    joined("handle_request returns", serving);
    assert!(server.handle_request().is_err(), "the server has ended");
}
