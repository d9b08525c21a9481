//! Requests that no application sees.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use support::{Client, Running, echo, get, put};
use wsgi_application::{Environ, Result, StartResponse};
use wsgi_environ::InputError;
use wsgi_server::Limits;

/// A server that counts the calls of its application.
struct Counted {
    running: Running,
    calls: Arc<AtomicUsize>,
}

impl Counted {
    fn new() -> Self {
        Self::with(Limits::new())
    }

    fn with(limits: Limits) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = calls.clone();
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            counter.fetch_add(1, Relaxed);
            echo(environ, start_response)
        };
        Counted {
            running: Running::with(|builder| builder.limits(limits), app),
            calls,
        }
    }

    /// A request is refused with a status, its connection ends, the application
    /// is not called, and the next connection is served.
    #[track_caller]
    fn refuses(&self, name: &str, request: impl AsRef<[u8]>, status: u16) {
        let before = self.calls.load(Relaxed);
        let mut client = self.running.connect();
        let response = client.ask(request);
        assert_eq!(response.status, status, "{name}");
        assert_eq!(response.header("Connection"), Some("close"), "{name}");
        assert!(response.complete, "{name}");
        client.assert_closed();
        assert_eq!(self.calls.load(Relaxed), before, "{name}");
        let response = self.running.connect().ask(get("/next"));
        assert_eq!(response.text(), "GET /next\n", "{name}");
    }

    #[track_caller]
    fn accepts(&self, name: &str, request: impl AsRef<[u8]>) {
        let response = self.running.connect().ask(request);
        assert_eq!(response.status, 200, "{name}");
    }
}

/// A head with these lines after the request line and the Host field.
fn with_fields(lines: &str) -> String {
    format!("PUT / HTTP/1.1\r\nHost: test\r\n{lines}\r\n")
}

#[test]
fn bad_framing_is_refused() {
    let server = Counted::new();
    let rows = [
        (
            "length and coding",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            400,
        ),
        (
            "coding and length",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            400,
        ),
        (
            "repeated length",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            400,
        ),
        (
            "two lengths",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            400,
        ),
        ("listed length", "Content-Length: 5, 5\r\n", 400),
        ("positive length", "Content-Length: +5\r\n", 400),
        ("negative length", "Content-Length: -5\r\n", 400),
        ("hexadecimal length", "Content-Length: 0x5\r\n", 400),
        ("fractional length", "Content-Length: 5.0\r\n", 400),
        ("spaced length", "Content-Length: 5 5\r\n", 400),
        ("empty length", "Content-Length:\r\n", 400),
        (
            "overflowing length",
            "Content-Length: 18446744073709551616\r\n",
            400,
        ),
        (
            "overflowing zeros",
            "Content-Length: 99999999999999999999999\r\n",
            400,
        ),
        ("two codings", "Transfer-Encoding: gzip, chunked\r\n", 400),
        (
            "chunked twice",
            "Transfer-Encoding: chunked, chunked\r\n",
            400,
        ),
        (
            "chunked repeated",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            400,
        ),
        (
            "chunked not last",
            "Transfer-Encoding: chunked, gzip\r\n",
            400,
        ),
        ("empty coding", "Transfer-Encoding:\r\n", 400),
        ("quoted coding", "Transfer-Encoding: \"chunked\"\r\n", 400),
        ("unknown coding", "Transfer-Encoding: gzip\r\n", 501),
    ];
    for (name, lines, status) in rows {
        server.refuses(name, with_fields(lines) + "5\r\nhello\r\n0\r\n\r\n", status);
    }
    server.refuses(
        "chunked in HTTP/1.0",
        "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    );
}

#[test]
fn bad_chunks_are_refused() {
    let server = Counted::new();
    let rows = [
        ("no hexadecimal size", "x\r\nhello\r\n0\r\n\r\n"),
        ("empty size", "\r\nhello\r\n0\r\n\r\n"),
        ("signed size", "+5\r\nhello\r\n0\r\n\r\n"),
        ("prefixed size", "0x5\r\nhello\r\n0\r\n\r\n"),
        (
            "overflowing size",
            "10000000000000000\r\nhello\r\n0\r\n\r\n",
        ),
        ("space before the size", " 5\r\nhello\r\n0\r\n\r\n"),
        ("control in an extension", "5;a=\x01\r\nhello\r\n0\r\n\r\n"),
        ("extension without a name", "5;=a\r\nhello\r\n0\r\n\r\n"),
        ("bare LF after a size", "5\nhello\r\n0\r\n\r\n"),
        ("bare CR after a size", "5\rhello\r\n0\r\n\r\n"),
        ("bare LF in an extension", "5;a\nhello\r\n0\r\n\r\n"),
        ("longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
        ("shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
        ("bare LF after data", "5\r\nhello\n0\r\n\r\n"),
        ("bare CR after data", "5\r\nhello\r0\r\n\r\n"),
        ("bare LF at the end", "5\r\nhello\r\n0\r\n\n"),
        ("bare CR at the end", "5\r\nhello\r\n0\r\n\rx"),
        ("trailer without a name", "5\r\nhello\r\n0\r\n: a\r\n\r\n"),
        ("trailer without a colon", "5\r\nhello\r\n0\r\nabc\r\n\r\n"),
        ("folded trailer", "5\r\nhello\r\n0\r\na: b\r\n c\r\n\r\n"),
    ];
    for (name, body) in rows {
        let head = with_fields("Transfer-Encoding: chunked\r\n");
        server.refuses(name, head + body, 400);
    }
}

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
fn what_is_not_done_here_is_refused_with_its_own_status() {
    let server = Counted::new();
    let rows = [
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (
            "another major version",
            "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
            505,
        ),
        (
            "another expectation",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n",
            417,
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
fn sizes_are_limited_and_what_is_at_the_limit_is_served() {
    let limits = Limits::new().target(100).head(400).fields(5).body(1000);
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
        "body said to be over its limit",
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
fn a_head_that_does_not_come_in_time_is_answered_408() {
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
        if std::io::Write::write_all(&mut client.stream, &[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(client.response().status, 408);
}

/// A body too large to be gathered, in chunks, and then something else.
fn streamed(end: &str) -> String {
    let data = "x".repeat(70_000);
    with_fields("Transfer-Encoding: chunked\r\n") + &format!("{:x}\r\n{data}\r\n{end}", data.len())
}

#[test]
fn bad_framing_in_a_streamed_body_is_the_readers_error() {
    let rows = [
        ("no hexadecimal size", "x\r\nhello\r\n0\r\n\r\n", 400),
        ("bare LF after a size", "5\nhello\r\n0\r\n\r\n", 400),
        ("bad extension", "5;=\r\nhello\r\n0\r\n\r\n", 400),
        ("longer than its size", "4\r\nhello\r\n0\r\n\r\n", 400),
        ("bad end", "0\r\n\n", 400),
        ("over the limit", "fffff\r\n", 413),
    ];
    let seen = Arc::new(std::sync::Mutex::new(None));
    let app = {
        let seen = seen.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let result = std::io::copy(environ.input(), &mut std::io::sink());
            *seen.lock().unwrap() = Some(match &result {
                Ok(_) => None,
                Err(error) => InputError::of(error).copied(),
            });
            result?;
            echo(environ, start_response)
        }
    };
    let running = Running::with(|builder| builder.limits(Limits::new().body(100_000)), app);
    for (name, end, status) in rows {
        let mut client = running.connect();
        let response = client.ask(streamed(end));
        assert_eq!(response.status, status, "{name}");
        client.assert_closed();
        let error = seen.lock().unwrap().take();
        let expected = match status {
            413 => InputError::TooLarge,
            _ => InputError::Malformed,
        };
        assert_eq!(error, Some(Some(expected)), "{name}");
    }
    assert_eq!(running.connect().ask(streamed("0\r\n\r\n")).status, 200);
}

#[test]
fn a_streamed_body_that_stops_is_the_readers_error() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .body_timeout(Duration::from_millis(100))
            .min_rate(1_000_000_000)
    };
    let running = Running::with(options, echo);
    let head = with_fields("Content-Length: 100000\r\n");
    let mut client = running.connect();
    assert_eq!(client.ask(head.clone() + "some").status, 408);
    client.assert_closed();

    let mut client = running.connect();
    client.send(head + "some");
    client.finish();
    // Nobody is there any more as far as the server can tell; it may answer or not.
    client.take_some();
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn no_bytes_at_all_keep_the_server_from_the_next() {
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

#[test]
fn a_client_that_went_away_is_not_the_applications_failure() {
    let running = Running::new(echo);
    let mut client = Client::connect(running.address);
    client.send(with_fields("Content-Length: 100000\r\n") + "some");
    client.finish();
    client.take_some();
    assert_eq!(running.log(), "");
}
