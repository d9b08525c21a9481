//! Bodies with wrong framing.

use std::sync::Arc;

use wsgi_application::{Environ, Result, StartResponse};
use wsgi_environ::InputError;
use wsgi_server::Limits;

use crate::support::{
    Running,
    counted::{Counted, with_fields},
    echo,
};

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
            413,
        ),
        (
            "overflowing zeros",
            "Content-Length: 99999999999999999999999\r\n",
            413,
        ),
        ("two codings", "Transfer-Encoding: gzip, chunked\r\n", 501),
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
        (
            "repeated type",
            "Content-Type: text/plain\r\nContent-Type: text/html\r\n",
            400,
        ),
        ("quoted coding", "Transfer-Encoding: \"chunked\"\r\n", 400),
        ("no end", "Transfer-Encoding: gzip\r\n", 400),
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
        ("size that is not hexadecimal", "x\r\nhello\r\n0\r\n\r\n"),
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

/// A chunked body that is too large to be gathered, and then `end`.
fn streamed(end: &str) -> String {
    let data = "x".repeat(70_000);
    with_fields("Transfer-Encoding: chunked\r\n") + &format!("{:x}\r\n{data}\r\n{end}", data.len())
}

#[test]
fn bad_framing_of_a_streamed_body_fails_the_read() {
    let rows = [
        (
            "size that is not hexadecimal",
            "x\r\nhello\r\n0\r\n\r\n",
            400,
        ),
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
    let running = Running::with(
        |builder| builder.limits(Limits::new().max_body_bytes(100_000)),
        app,
    );
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
