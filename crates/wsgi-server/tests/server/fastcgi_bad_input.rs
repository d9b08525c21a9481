//! Input that is not FastCGI, or that is too late or too large.

use std::{io::Read, time::Duration};

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_server::Builder;

use crate::support::{
    echo, eventually,
    fastcgi::{
        End, PARAMS, RESPONDER, STDIN, STDOUT, answer, ask, assert_closed, begin, body, get, head,
        loopback, put, record, serving, serving_with, streaming,
    },
};

/// Asserts that these bytes are refused: an answer with this status if they begin a request, no
/// call of the application, a line in the log, and the end of the connection.
#[track_caller]
fn check_refused(bytes: &[u8], status: Option<&str>, logged: &str) {
    let running = serving(|_: &mut Environ, _: &mut StartResponse<'_>| -> Result {
        panic!("the application must not be called")
    });
    let mut client = running.connect();
    client.send(bytes);
    let answer = answer(&mut client, 1);
    assert_eq!(answer.ended, status.map(|_| End::REFUSED), "{answer:?}");
    if let Some(status) = status {
        assert_eq!(answer.response().status, status);
        assert_closed(&mut client);
    }
    eventually("it is logged", || !running.log().is_empty());
    assert_eq!(running.log(), format!("FastCGI: {logged}\n"));
}

const BAD: Option<&str> = Some("400 Bad Request");

#[test]
fn bytes_that_are_not_fastcgi_are_refused() {
    check_refused(b"GET / HTTP/1.1\r\n\r\n", None, "not version 1 of FastCGI");
    check_refused(
        &record(STDOUT, 1, b"x"),
        None,
        "record of a type that no web server sends",
    );
    check_refused(
        &begin(0, 1, true),
        None,
        "record with an invalid request id",
    );
    check_refused(&record(1, 1, b"short"), None, "malformed BEGIN_REQUEST");
}

#[test]
fn records_out_of_order_are_refused() {
    let started = begin(1, RESPONDER, true);
    let out_of_order = "record out of order";
    check_refused(&[&started[..], &started].concat(), BAD, out_of_order);
    check_refused(
        &[&started[..], &record(STDIN, 1, b"x")].concat(),
        BAD,
        out_of_order,
    );
    let head = head(
        1,
        true,
        &[("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "5")],
    );
    check_refused(
        &[&head[..], &record(PARAMS, 1, b"")].concat(),
        BAD,
        out_of_order,
    );
    let wrong = [
        &head[..],
        &record(STDIN, 1, b"hel")[..10],
        b"and then something else",
    ]
    .concat();
    check_refused(&wrong, BAD, "not version 1 of FastCGI");
}

#[test]
fn wrong_lengths_are_refused() {
    let with = |params: &[u8]| {
        [
            begin(1, RESPONDER, true),
            record(PARAMS, 1, params),
            record(PARAMS, 1, b""),
        ]
        .concat()
    };
    let longer = "parameter goes beyond the end of the parameters";
    check_refused(&with(b"\xff\xff\xff\xff\xff\xff\xff\xffname"), BAD, longer);
    check_refused(&with(b"\x0e\x04REQUEST_METHODGET"), BAD, longer);
    check_refused(&with(b"\x0e"), BAD, longer);
    let put = |length: &str, content: &[u8]| {
        let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", length)];
        [head(1, true, &params), body(1, content)].concat()
    };
    check_refused(&put("x", b""), BAD, "malformed CONTENT_LENGTH");
    check_refused(
        &put("5", b"hell"),
        BAD,
        "request body shorter than CONTENT_LENGTH",
    );
    check_refused(
        &put("5", b"hello!"),
        BAD,
        "request body longer than CONTENT_LENGTH",
    );
    let large = Some("413 Content Too Large");
    check_refused(&put("99999999999", b""), large, "request body too large");
}

#[test]
fn a_request_without_a_method_is_answered_and_the_connection_goes_on() {
    let running = serving(echo);
    let mut client = running.connect();
    let nothing = [head(1, true, &[("PATH_INFO", "/")]), body(1, b"")].concat();
    let answer = ask(&mut client, nothing);
    assert_eq!(answer.ended, Some(End::REFUSED));
    assert_eq!(answer.response().status, "500 Internal Server Error");
    assert_eq!(running.log(), "FastCGI: there is no REQUEST_METHOD\n");
    assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
    let split = [("REQUEST_METHOD", "G\r\nT")];
    let answer = ask(&mut client, [head(1, true, &split), body(1, b"")].concat());
    assert_eq!(answer.response().status, "400 Bad Request");
    assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
}

#[test]
fn a_refused_head_has_no_body() {
    let running = serving(echo);
    let params = [
        ("REQUEST_METHOD", "HEAD"),
        ("CONTENT_LENGTH", "99999999999"),
    ];
    let answer = ask(&mut running.connect(), head(1, true, &params));
    assert_eq!(answer.response().status, "413 Content Too Large");
    assert_eq!(answer.response().text(), "");
}

#[test]
fn without_keep_alive_a_connection_ends_even_if_the_front_server_would_keep_it() {
    let options = |builder: Builder| builder.keep_alive(Duration::ZERO);
    let running = serving_with(options, echo);
    let mut client = running.connect();
    assert_eq!(ask(&mut client, get("/")).text(), "GET /\n");
    assert_closed(&mut client);
}

#[test]
fn the_last_of_two_hosts_counts() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ
            .get("HTTP_HOST")
            .unwrap()
            .to_string_lossy()
            .into_owned()
            .into())
    });
    let params = [
        ("REQUEST_METHOD", "GET"),
        ("HTTP_HOST", "a"),
        ("HTTP_HOST", "a:8206"),
    ];
    let running = serving(app);
    let request = [head(1, true, &params), body(1, b"")].concat();
    assert_eq!(ask(&mut running.connect(), request).text(), "a:8206");
}

#[test]
fn heads_and_bodies_are_limited() {
    let limits = wsgi_fastcgi::Limits::new()
        .max_head_bytes(1000)
        .max_params(3)
        .max_body_bytes(100_000);
    let running = serving_with(|builder| builder.fastcgi_limits(limits), loopback);
    let ask = |params: &[(&str, &str)], content: &[u8]| {
        let mut client = running.connect();
        ask(
            &mut client,
            [head(1, true, params), body(1, content)].concat(),
        )
        .response()
        .status
    };
    let method = ("REQUEST_METHOD", "GET");
    assert_eq!(ask(&[method, ("A", "b"), ("C", "d")], b""), "200 OK");
    let too_large = "431 Request Header Fields Too Large";
    assert_eq!(
        ask(&[method, ("A", "b"), ("C", "d"), ("E", "f")], b""),
        too_large
    );
    assert_eq!(ask(&[method, ("A", &"b".repeat(1000))], b""), too_large);
    assert_eq!(
        ask(&[method, ("CONTENT_LENGTH", "100000")], &[b'x'; 100_000]),
        "200 OK"
    );
    assert_eq!(
        ask(&[method, ("CONTENT_LENGTH", "100001")], b""),
        "413 Content Too Large"
    );
}

#[test]
fn the_limit_of_a_body_holds_for_every_protocol() {
    let limits = wsgi_server::Limits::new().max_body_bytes(10);
    let running = serving_with(|builder| builder.limits(limits), echo);
    let mut client = running.connect();
    assert_eq!(
        ask(&mut client, put("/", &[b'x'; 10])).response().status,
        "200 OK"
    );
    let answer = ask(&mut client, put("/", &[b'x'; 11]));
    assert_eq!(answer.response().status, "413 Content Too Large");
}

#[test]
fn a_stream_that_stops_half_way_is_logged() {
    let running = serving(echo);
    let request = put("/", b"hello");
    for cut in [5, 20, request.len() - 1] {
        let mut client = running.connect();
        client.send(&request[..cut]);
        client.finish();
        let answer = answer(&mut client, 1);
        assert_eq!(
            answer.ended,
            (cut > 16).then_some(End::REFUSED),
            "cut at {cut}"
        );
    }
    let line = "FastCGI: the request ended too early\n";
    eventually("all are logged", || running.log() == line.repeat(3));
}

#[test]
fn a_fault_in_a_body_that_nobody_reads_is_logged() {
    let app = application(|environ, start_response| {
        environ.input().read_exact(&mut [0])?;
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    let running = streaming(app);
    let mut client = running.connect();
    let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "70000")];
    let start = [head(1, true, &params), record(STDIN, 1, &[b'x'; 60_000])].concat();
    assert_eq!(ask(&mut client, start).text(), "unread");
    client.send(body(1, b"too short"));
    assert_closed(&mut client);
    let shorter = "FastCGI: request body shorter than CONTENT_LENGTH\n";
    eventually("it is logged", || running.log() == shorter);
}

#[test]
fn the_server_does_not_wait_for_a_silent_front_server() {
    let quick = Duration::from_millis(500);
    let running = serving_with(|builder| builder.first_request_timeout(quick), echo);
    assert_closed(&mut running.connect());
    assert_eq!(running.log(), "", "no request was begun");
    let options = |builder: Builder| {
        let builder = builder.head_timeout(quick).body_timeout(quick);
        builder.min_rate(1 << 40)
    };
    let running = serving_with(options, echo);
    let request = put("/", b"hello");
    for cut in [17, request.len() - 1] {
        let mut client = running.connect();
        let answer = ask(&mut client, &request[..cut]);
        assert_eq!(
            answer.response().status,
            "408 Request Timeout",
            "cut at {cut}"
        );
        assert_closed(&mut client);
    }
    let line = "FastCGI: the request did not arrive in time\n";
    assert_eq!(running.log(), line.repeat(2));
}
