//! Requests that never reach the application.

use std::time::Duration;

use wsgi_server::{Builder, Limits};

use crate::{
    measured::{Measured, count},
    support::{echo, eventually, gate::Gate, get},
};

/// Asserts that only requests with this reason were refused, and their number.
#[track_caller]
fn assert_refused(measured: &Measured, reason: &str, expected: u64) {
    let snapshot = measured.snapshot();
    assert_eq!(
        count(snapshot.refused_requests(), reason),
        expected,
        "{reason}"
    );
    let all: u64 = snapshot.refused_requests().map(|(_, count)| count).sum();
    assert_eq!(all, expected, "{snapshot:?}");
    let page = measured.page();
    let found = page.value("wsgi_server_refused_requests_total", &[("reason", reason)]);
    assert_eq!(found, Some(expected as f64));
}

#[test]
fn a_request_that_breaks_the_protocol_is_invalid() {
    let options = |builder: Builder| builder.limits(Limits::new().max_body_bytes(10));
    let measured = Measured::with(options, echo);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("\0\0\0\0 / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
            413,
        ),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ] {
        assert_eq!(
            measured.running.connect().ask(request).status,
            status,
            "{request}"
        );
    }
    measured.assert_requests(
        "http",
        &[
            ("GET", "400", "", 1),
            ("_OTHER", "400", "", 1),
            ("PUT", "413", "", 1),
            ("GET", "505", "505", 1),
        ],
    );
    assert_refused(&measured, "invalid", 4);
}

#[test]
fn a_request_that_is_not_for_the_server_is_counted() {
    let measured = Measured::new(echo);
    let mut client = measured.running.connect();
    let tunnel = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
    assert_eq!(client.ask(tunnel).status, 501);
    measured.assert_requests("http", &[("CONNECT", "501", "501", 1)]);
    assert_refused(&measured, "connect", 1);
    let measured = Measured::new(echo);
    let other = "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(measured.running.connect().ask(other).status, 421);
    measured.assert_requests("http", &[("GET", "421", "", 1)]);
    assert_refused(&measured, "misdirected", 1);
}

#[test]
fn a_request_that_does_not_come_in_time_or_not_whole_is_counted() {
    let options = |builder: Builder| builder.head_timeout(Duration::from_millis(50));
    let measured = Measured::with(options, echo);
    let mut client = measured.running.connect();
    client.send("GET / HTTP/1.1\r\n");
    assert_eq!(client.response().status, 408);
    measured.assert_requests("http", &[("GET", "408", "", 1)]);
    assert_refused(&measured, "timeout", 1);

    let measured = Measured::new(echo);
    let mut client = measured.running.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\n");
    client.finish();
    assert_eq!(client.response().status, 400);
    measured.assert_requests("http", &[("PUT", "400", "", 1)]);
    assert_refused(&measured, "truncated", 1);
}

#[test]
fn a_request_for_which_there_is_no_thread_is_counted() {
    let gate = Gate::default();
    let options = |builder: Builder| builder.threads(1).max_threads(2).max_waiting(0);
    let measured = Measured::with(options, gate.app());
    let mut blocked = measured.running.connect();
    blocked.send(get("/wait"));
    eventually("it blocks", || gate.waiting() == 1);
    assert_eq!(measured.running.connect().ask(get("/")).status, 503);
    gate.open();
    assert_eq!(blocked.response().status, 200);
    measured.assert_requests("http", &[("GET", "503", "503", 1), ("GET", "200", "", 1)]);
    assert_refused(&measured, "overload", 1);
}
