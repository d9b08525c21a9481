//! Heads that never reach the application.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use wsgi_server::Limits;

use crate::support::{
    Running,
    counted::{Counted, with_fields},
    echo, get, put,
};

#[test]
fn bad_heads_are_refused() {
    let server = Counted::new();
    let rows: [(&str, &[u8]); 41] = [
        ("bare LF", b"GET / HTTP/1.1\nHost: a\n\n"),
        (
            "bare LF in a field",
            b"GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n",
        ),
        ("bare LF at the end", b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
        ("bare CR", b"GET / HTTP/1.1\rHost: a\r\r"),
        (
            "bare CR in a value",
            b"GET / HTTP/1.1\r\nHost: a\r\nB: c\rd\r\n\r\n",
        ),
        ("bare CR at the end", b"GET / HTTP/1.1\r\nHost: a\r\n\rx"),
        (
            "obs-fold",
            b"GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\n",
        ),
        (
            "obs-fold by a tab",
            b"GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\td\r\n\r\n",
        ),
        (
            "space before the colon",
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        ),
        (
            "tab before the colon",
            b"GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
        ),
        (
            "space before the first field",
            b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        ),
        (
            "space before the request line",
            b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "empty field name",
            b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        ),
        (
            "field without a colon",
            b"GET / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n",
        ),
        (
            "parenthesis in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\n(b): c\r\n\r\n",
        ),
        (
            "space in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\nb c: d\r\n\r\n",
        ),
        (
            "NUL in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\nb\0: c\r\n\r\n",
        ),
        (
            "obs-text in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\nb\xe9: c\r\n\r\n",
        ),
        (
            "NUL in a value",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: c\0\r\n\r\n",
        ),
        (
            "control in a value",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: \x01\r\n\r\n",
        ),
        (
            "DEL in a value",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: \x7f\r\n\r\n",
        ),
        ("NUL in the target", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            "control in the target",
            b"GET /\x02 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "DEL in the target",
            b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        ("tab in the target", b"GET /\ta HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            "encoded NUL in the target",
            b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "bad escape in the target",
            b"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            "fragment in the target",
            b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        ("relative target", b"GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("no Host", b"GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        ("Host with a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        ("Host with a user", b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
        ("Host with a space", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        (
            "Host with a bad port",
            b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
        ),
        (
            "parenthesis in the method",
            b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        ("empty method", b" / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/0.9", b"GET /\r\n\r\n"),
        ("two spaces", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("lower-case version", b"GET / http/1.1\r\nHost: a\r\n\r\n"),
        (
            "TLS",
            b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
        ),
    ];
    for (name, request) in rows {
        server.refuses(name, request, 400);
    }
}

#[test]
fn unsupported_requests_are_refused_with_their_own_status() {
    let server = Counted::new();
    let rows = [
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (
            "another major version",
            "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
            505,
        ),
        ("a major version before 1", "GET / HTTP/0.9\r\n\r\n", 505),
        (
            "another expectation",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n",
            417,
        ),
        (
            "another scheme",
            "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            421,
        ),
        (
            "CONNECT",
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
            501,
        ),
    ];
    for (name, request, status) in rows {
        server.refuses(name, request, status);
    }
}

#[test]
fn requests_at_the_limits_are_served_and_larger_ones_are_refused() {
    let limits = Limits::new()
        .max_target_bytes(100)
        .max_head_bytes(400)
        .max_fields(5)
        .max_body_bytes(1000);
    let server = Counted::with(limits);
    let target = |length: usize| get(&format!("/{}", "a".repeat(length - 1)));
    server.accepts("target at its limit", target(100));
    server.refuses("target over its limit", target(101), 414);
    server.refuses(
        "target without an end",
        "GET /".to_owned() + &"a".repeat(200),
        414,
    );

    let head = |length: usize| {
        let rest = "GET / HTTP/1.1\r\nHost: a\r\nb: \r\n\r\n".len();
        let value = "c".repeat(length - rest);
        format!("GET / HTTP/1.1\r\nHost: a\r\nb: {value}\r\n\r\n")
    };
    server.accepts("head at its limit", head(400));
    server.refuses("head over its limit", head(401), 431);
    server.refuses(
        "head without an end",
        "GET / HTTP/1.1\r\nHost: a\r\nb: ".to_owned() + &"c".repeat(400),
        431,
    );

    let fields = |count: usize| with_fields(&"b: c\r\n".repeat(count - 1));
    server.accepts("fields at their limit", fields(5));
    server.refuses("fields over their limit", fields(6), 431);

    server.accepts("body at its limit", put("/", &"a".repeat(1000)));
    server.refuses("body over its limit", put("/", &"a".repeat(1001)), 413);
    server.refuses(
        "body declared over its limit",
        with_fields("Content-Length: 18446744073709551615\r\n"),
        413,
    );
    let chunked = |size: usize| {
        with_fields("Transfer-Encoding: chunked\r\n")
            + &format!("{size:x}\r\n{}\r\n0\r\n\r\n", "a".repeat(size))
    };
    server.accepts("chunked body at its limit", chunked(1000));
    server.refuses("chunked body over its limit", chunked(1001), 413);
}

#[test]
fn the_reason_names_the_fault() {
    let server = Counted::new();
    let rows = [
        (
            "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            "a space in the target",
        ),
        ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", "HTTP version"),
        (
            &*with_fields("Content-Type: a/b\r\nContent-Type: a/b\r\n"),
            "more than one Content-Type",
        ),
    ];
    for (request, reason) in rows {
        let response = server.running.connect().ask(request);
        assert_eq!(response.status, 400, "{reason}");
        assert!(response.text().contains(reason), "{}", response.text());
    }
}

#[test]
fn an_expectation_may_be_a_list_with_empty_elements() {
    let server = Counted::new();
    server.accepts("nothing", with_fields("Expect:\r\n"));
    server.accepts("commas", with_fields("Expect: ,,\r\n"));
    let request = with_fields("Expect: 100-continue,\r\nContent-Length: 5\r\n");
    let mut client = server.running.connect();
    assert_eq!(client.ask(request).status, 100);
    assert_eq!(client.ask("hello").text(), "PUT /\nhello");
}

#[test]
fn a_refused_head_has_no_body() {
    let limits = Limits::new()
        .max_target_bytes(100)
        .max_head_bytes(400)
        .max_fields(5)
        .max_body_bytes(1000);
    let short = Duration::from_millis(50);
    let running = Running::with(
        |builder| {
            builder
                .limits(limits)
                .head_timeout(short)
                .body_timeout(short)
        },
        echo,
    );
    let head = |lines: &str| format!("HEAD / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let rows = [
        (400, "HEAD / HTTP/1.1\r\n\r\n".to_owned()),
        (400, "HEAD /a b HTTP/1.1\r\n\r\n".to_owned()),
        (400, "\r\nHEAD / HTTP/1.1\n".to_owned()),
        (408, "HEAD / HTTP/1.1\r\nHost:".to_owned()),
        (408, head("Content-Length: 5\r\n") + "hell"),
        (413, head("Content-Length: 1001\r\n")),
        (414, format!("HEAD /{} HTTP/1.1\r\n", "a".repeat(100))),
        (417, head("Expect: tea\r\n")),
        (
            421,
            "HEAD https://a/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        ),
        (431, head(&"a: b\r\n".repeat(5))),
        (501, head("Transfer-Encoding: gzip, chunked\r\n")),
        (505, "HEAD / HTTP/3.0\r\n\r\n".to_owned()),
    ];
    for (status, request) in rows {
        let mut client = running.connect();
        client.send(&request);
        let response = client.response_to_head();
        assert_eq!(response.status, status, "{request}");
        // The length is that for GET (RFC 9110 section 8.6).
        assert_ne!(response.header("Content-Length"), Some("0"), "{request}");
        client.assert_closed();
    }
    // A busy machine may take longer than that time between the two.
    let running = Running::new(echo);
    let mut client = running.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    client.finish();
    assert_eq!(client.response_to_head().status, 400, "cut");
    client.assert_closed();
}

#[test]
fn a_good_request_before_a_bad_one_is_answered() {
    let server = Counted::new();
    let mut client = server.running.connect();
    client.send(get("/good") + "BAD\r\n\r\n" + &get("/never"));
    assert_eq!(client.response().text(), "GET /good\n");
    assert_eq!(client.response().status, 400);
    client.assert_closed();
    assert_eq!(server.calls.load(Relaxed), 1);
}

#[test]
fn no_garbage_keeps_the_server_from_serving_the_next_client() {
    let running = Running::new(echo);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let words: [&[u8]; 12] = [
        b"GET ",
        b"/ ",
        b"HTTP/1.1\r\n",
        b"Host: a\r\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b"Content-Length: ",
        b"5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"0\r\n\r\n",
        b"Expect: 100-continue\r\n",
    ];
    for _ in 0..300 {
        let mut bytes = Vec::new();
        for _ in 0..12 {
            // xorshift64: the same bytes every time.
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes.extend_from_slice(words[(seed % 12) as usize]);
        }
        let client = running.connect();
        let _ = std::io::Write::write_all(&mut &client.stream, &bytes);
        drop(client);
    }
    assert_eq!(running.connect().ask(get("/")).status, 200);
    assert!(!running.log().contains("panicked"), "{}", running.log());
}
