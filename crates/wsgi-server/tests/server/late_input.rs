//! Requests that do not arrive whole, or not in time.

use std::{io::Read, time::Duration};

use wsgi_application::{Status, application};

use crate::support::{Client, Running, counted::with_fields, echo, get};

#[test]
fn a_request_that_does_not_arrive_in_time_is_answered_408() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .head_timeout(Duration::from_millis(50))
            .body_timeout(Duration::from_millis(50))
            .min_rate(1_000_000)
    };
    let running = Running::with(options, echo);
    let rows = [
        ("in the head", "GET / HTTP/1.1\r\nHost:"),
        (
            "in a gathered body",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
        ),
    ];
    for (name, start) in rows {
        let mut client = running.connect();
        assert_eq!(client.ask(start).status, 408, "{name}");
        client.assert_closed();
    }
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn a_trickle_does_not_earn_a_head_more_time() {
    let options = |builder: wsgi_server::Builder| builder.head_timeout(Duration::from_millis(100));
    let running = Running::with(options, echo);
    let mut client = running.connect();
    for byte in b"GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
        // Bytes after the answer could destroy it.
        if client.has_received() || !client.try_send([*byte]) {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(client.response().status, 408);
}

#[test]
fn a_streamed_body_that_stops_fails_the_read() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .body_timeout(Duration::from_millis(100))
            .min_rate(1_000_000_000)
    };
    let app = application(|environ, start_response| {
        let mut room = vec![0; environ.query_string().to_str()?.parse()?];
        while environ.input().read(&mut room)? > 0 {}
        start_response.start(Status::OK, ())?;
        Ok("read".into())
    });
    let running = Running::with(options, app);
    for size in [10, 100_000] {
        let head = format!("PUT /?{size} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        let mut client = running.connect();
        assert_eq!(client.ask(head + "some").status, 408, "by {size}");
        client.assert_closed();
    }

    let running = Running::with(options, echo);
    let head = with_fields("Content-Length: 100000\r\n");

    let mut client = running.connect();
    client.send(head + "some");
    client.finish();
    // To the server, the client seems to have left. It may answer or not.
    client.take_some();
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn a_client_that_leaves_is_not_an_error_of_the_application() {
    let running = Running::new(echo);
    let mut client = Client::connect(running.address);
    client.send(with_fields("Content-Length: 100000\r\n") + "some");
    client.finish();
    client.take_some();
    assert_eq!(running.log(), "");
}
