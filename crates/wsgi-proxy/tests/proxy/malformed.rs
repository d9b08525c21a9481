//! Upstream servers that break the protocol.

use wsgi_testing::Request;

use crate::upstream::Upstream;

#[track_caller]
fn check_refused(response: &str, reason: &str) {
    let upstream = Upstream::answering(response);
    let answer = Request::get("/").call(&upstream.proxy());
    assert_eq!(answer.status().code(), 502, "{response:?}");
    let text = "502 Bad Gateway: the other server has not answered properly\n";
    assert_eq!(answer.text(), text);
    let log = answer.errors();
    assert!(log.contains(reason), "{response:?}: {log}");
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.starts_with("GET \"/\": the server 127.0.0.1:"), "{log}");
}

#[test]
fn malformed_heads_are_answered_with_502() {
    let long = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(300));
    let ok = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\nhello");
    for (response, reason) in [
        (String::new(), "without a response"),
        ("HTTP/1.1 200 OK\r\nA: b".to_owned(), "a part of a head"),
        ("hello".to_owned(), "not a response"),
        ("HTTP/2.0 200 OK\r\n\r\n".to_owned(), "not a response"),
        ("HTTP/1.1 999999\r\n\r\n".to_owned(), "an invalid status"),
        ("HTTP/1.1 200 OK\nA: b\n\n".to_owned(), "LF alone"),
        (ok("A: b\rc"), "CR alone"),
        (ok("A: b\0"), "a NUL"),
        (ok("A: b\u{7f}"), "an invalid field"),
        (ok("A: b\r\n c"), "a folded line"),
        (ok("A b"), "without a colon"),
        (ok("Content-Length: 5\r\nContent-Length: 6"), "two fields"),
        (ok("Content-Length: 5, 6"), "Content-Length"),
        (ok("Content-Length: -5"), "Content-Length"),
        (
            ok("Content-Length: 5\r\nTransfer-Encoding: chunked"),
            "both",
        ),
        (ok("Transfer-Encoding: gzip"), "Transfer-Encoding"),
        (ok("Transfer-Encoding: chunked"), "malformed chunks"),
        (
            ok("Transfer-Encoding: chunked").replace("1.1", "1.0"),
            "HTTP/1.0",
        ),
        (long, "more than 64 KiB"),
        (many, "more than 200 fields"),
        (
            "HTTP/1.1 101 Switching\r\n\r\n".to_owned(),
            "a change of protocols",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            "without a response",
        ),
        ("HTTP/1.1 100\r\n\r\n".repeat(100), "too many informational"),
    ] {
        check_refused(&response, reason);
    }
}

#[test]
fn chunks_that_are_too_long_are_not_called_a_request() {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                1\r\na\r\nffffffffffffffff\r\n";
    check_refused(text, "malformed chunks: 2^64 bytes or more");
}

#[test]
fn a_body_that_is_cut_short_is_never_complete() {
    for (text, received) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "hello"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "hello",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
            "hello",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            "hello",
        ),
    ] {
        let upstream = Upstream::answering(text);
        let response = Request::get("/").call(&upstream.proxy());
        assert!(!response.is_complete(), "{text}");
        assert_eq!(response.text(), received, "{text}");
        assert!(
            response.errors().contains("only a part of the body"),
            "{text}"
        );
    }
}

#[test]
fn a_body_that_ends_or_is_malformed_before_its_first_byte_is_answered_for() {
    for (text, reason) in [
        ("Content-Length: 9\r\n\r\n", "only a part of the body"),
        (
            "Transfer-Encoding: chunked\r\n\r\n",
            "only a part of the body",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n",
            "only a part of the body",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n5\rhello",
            "malformed chunks",
        ),
    ] {
        let (head, rest) = text.split_once("\r\n\r\n").unwrap();
        let upstream = Upstream::new(move |_, stream| {
            use std::io::Write;
            crate::upstream::read_head(stream);
            let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
            stream.write_all(rest.as_bytes()).unwrap();
            crate::upstream::finish(stream);
            String::new()
        });
        let response = Request::get("/").call(&upstream.proxy());
        assert_eq!(response.status().code(), 502, "{text:?}");
        assert!(response.errors().contains(reason), "{}", response.errors());
    }
}

#[test]
fn bad_chunks_after_good_ones_break_the_response() {
    let upstream = Upstream::new(|_, stream| {
        use std::io::Write;
        crate::upstream::read_head(stream);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(50));
        stream.write_all(b"x\r\n").unwrap();
        crate::upstream::finish(stream);
        String::new()
    });
    let response = Request::get("/").call(&upstream.proxy());
    // Whether both came at once, or not.
    assert!(!response.is_complete() || response.status().code() == 502);
    assert!(
        response.errors().contains("malformed chunks"),
        "{}",
        response.errors()
    );
}
