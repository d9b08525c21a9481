//! Front servers, which speak FastCGI, SCGI and uwsgi.

use wsgi_server::{Builder, Protocol};

use crate::{
    measured::{Measured, count},
    support::{echo, eventually, fastcgi, scgi, uwsgi},
};

#[test]
fn requests_by_fastcgi_are_counted_by_their_method_and_scheme() {
    let options = |builder: Builder| builder.protocol(Protocol::FastCgi);
    let measured = Measured::with(options, echo);
    let mut client = measured.running.connect();
    for (method, secure, count) in [("GET", "on", 2), ("BREW", "on", 1)] {
        for _ in 0..count {
            let params = [
                ("REQUEST_METHOD", method),
                ("PATH_INFO", "/"),
                ("HTTPS", secure),
            ];
            let request = [fastcgi::head(1, true, &params), fastcgi::body(1, b"")].concat();
            assert_eq!(
                fastcgi::ask(&mut client, request).text(),
                format!("{method} /\n")
            );
        }
    }
    measured.assert_requests("https", &[("GET", "200", "", 2), ("_OTHER", "200", "", 1)]);
}

#[test]
fn a_request_by_fastcgi_that_is_given_up_is_not_refused() {
    let options = |builder: Builder| builder.protocol(Protocol::FastCgi);
    let measured = Measured::with(options, echo);
    let mut client = measured.running.connect();
    let params = [("REQUEST_METHOD", "PUT"), ("PATH_INFO", "/")];
    client.send(fastcgi::head(1, true, &params));
    client.send(fastcgi::record(fastcgi::ABORT_REQUEST, 1, b""));
    assert!(fastcgi::answer(&mut client, 1).ended.is_some());
    let params = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/")];
    let request = [fastcgi::head(1, true, &params), fastcgi::body(1, b"")].concat();
    assert_eq!(fastcgi::ask(&mut client, request).text(), "GET /\n");
    measured.assert_requests("http", &[("GET", "200", "", 1)]);
    let refused: u64 = measured
        .snapshot()
        .refused_requests()
        .map(|(_, count)| count)
        .sum();
    assert_eq!(refused, 0);
}

#[test]
fn requests_by_scgi_are_counted() {
    let headers = [("REQUEST_METHOD", "DELETE"), ("PATH_INFO", "/")];
    check_counts(Protocol::Scgi, &scgi::head(0, &headers));
}

#[test]
fn requests_by_uwsgi_are_counted() {
    let params = [("REQUEST_METHOD", "DELETE"), ("PATH_INFO", "/")];
    check_counts(Protocol::Uwsgi, &uwsgi::head(0, &params));
}

/// Sends this request with DELETE, and one that is none.
#[track_caller]
fn check_counts(protocol: Protocol, request: &[u8]) {
    let measured = Measured::with(|builder: Builder| builder.protocol(protocol), echo);
    let mut client = measured.running.connect();
    client.send(request);
    assert!(client.take_all().ends_with(b"\r\n\r\nDELETE /\n"));
    let mut client = measured.running.connect();
    client.send("nonsense");
    client.take_all();
    let refused = [("DELETE", "200", "", 1), ("_OTHER", "400", "", 1)];
    measured.assert_requests("http", &refused);
    eventually("it is counted", || {
        count(measured.snapshot().refused_requests(), "invalid") == 1
    });
}
