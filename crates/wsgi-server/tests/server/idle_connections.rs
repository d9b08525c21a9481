//! The time of idle connections.

use std::{thread, time::Duration};

use rustix::net::SendFlags;

use crate::support::{PATIENCE, Running, echo, get, put, unless_starved};

#[test]
fn an_idle_connection_is_closed_when_its_time_is_up() {
    let options = |builder: wsgi_server::Builder| builder.keep_alive(Duration::from_millis(50));
    let running = Running::with(options, echo);
    let mut used = running.connect();
    assert_eq!(used.ask(get("/")).status, 200);
    used.assert_closed();
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn the_wait_for_a_first_request_has_its_own_limit() {
    let short = Duration::from_millis(50);
    let running = Running::with(|builder| builder.first_request_timeout(short), echo);
    let mut silent = running.connect();
    let mut used = running.served();
    silent.assert_closed();
    used.assert_silent(4 * short);
    assert_eq!(used.ask(get("/")).status, 200);
}

/// An event without a byte to read: urgent data, which a server does not take.
#[test]
fn no_event_puts_off_the_end_of_an_idle_connection() {
    let short = Duration::from_millis(200);
    let options =
        |builder: wsgi_server::Builder| builder.first_request_timeout(short).keep_alive(short);
    let running = Running::with(options, echo);
    for is_used in [false, true] {
        let client = match is_used {
            true => running.served(),
            false => running.connect(),
        };
        let mut sent = 0;
        while rustix::net::send(&client.stream, b"!", SendFlags::OOB | SendFlags::NOSIGNAL).is_ok()
        {
            thread::sleep(Duration::from_millis(20));
            sent += 1;
            assert!(sent < 1000, "the connection is held");
        }
    }
}

/// Some clients send an empty line after the body of a POST (RFC 9112 section 2.2).
#[test]
fn empty_lines_leave_a_connection_idle() {
    unless_starved(|| {
        let (short, long) = (Duration::from_secs(2), 2 * PATIENCE);
        let running = Running::with(|builder| builder.head_timeout(short).keep_alive(long), echo);
        let mut client = running.connect();
        let response = client.ask(put("/", "abc") + "\r\n");
        assert_eq!(response.text(), "PUT /\nabc");
        client.assert_silent(short * 3 / 2);
        client.send("G"); // the time of the next head begins here
        thread::sleep(short / 40);
        assert_eq!(client.ask(&get("/")[1..]).text(), "GET /\n");

        let running = Running::with(|builder| builder.head_timeout(long).keep_alive(short), echo);
        let mut client = running.connect();
        assert_eq!(client.ask(get("/")).status, 200);
        for piece in ["\r", "\n", "\r"] {
            client.try_send(piece); // its time may be up on a busy machine
            thread::sleep(short / 40);
        }
        client.assert_closed();
    });
}

#[test]
fn without_keep_alive_each_connection_has_one_request_and_its_response_says_so() {
    let options = |builder: wsgi_server::Builder| builder.keep_alive(Duration::ZERO);
    let running = Running::with(options, echo);
    for number in 0..50 {
        let mut client = running.connect();
        if number % 2 == 0 {
            thread::sleep(Duration::from_millis(2));
        }
        let response = client.ask(get("/") + &get("/never"));
        assert_eq!(response.text(), "GET /\n");
        assert_eq!(response.header("Connection"), Some("close"));
        client.assert_closed();
    }
    let mut old = running.connect();
    let response = old.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(response.header("Connection"), Some("close"));
    old.assert_closed();
}
