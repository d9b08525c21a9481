//! What the upstream server gets.

use std::io::{Read, Write};

use wsgi_environ::Input;
use wsgi_testing::Request;

use crate::upstream::{Upstream, field, finish, read_head};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn sent(request: Request, base: &str) -> String {
    let upstream = Upstream::answering(EMPTY);
    let response = request.call(&upstream.proxy_to(base));
    assert_eq!(response.status().code(), 200, "{}", response.errors());
    upstream.note()
}

#[test]
fn the_target_is_beneath_the_base() {
    let request = Request::get("/app/a%2Fb?c=d").variable("SCRIPT_NAME", "/app");
    let head = sent(request.variable("PATH_INFO", "/a/b"), "/base/");
    assert!(
        head.starts_with("GET /base/a%2Fb?c=d HTTP/1.1\r\n"),
        "{head}"
    );
}

#[test]
fn the_host_is_that_of_the_url_the_request_or_another_one() {
    let upstream = Upstream::answering(EMPTY);
    let address = upstream.address.to_string();
    let request = || Request::get("/").header("Host", "front.example:81");
    for (proxy, expected) in [
        (upstream.proxy(), &*address),
        (upstream.proxy().preserve_host(true), "front.example:81"),
        (
            upstream.proxy().host("other.example").unwrap(),
            "other.example",
        ),
        (
            upstream.proxy().preserve_host(true).preserve_host(false),
            &*address,
        ),
    ] {
        request().call(&proxy);
        let head = upstream.note();
        assert_eq!(field(&head, "Host"), Some(expected));
        assert_eq!(field(&head, "X-Forwarded-Host"), Some("front.example:81"));
        assert_eq!(head.matches("ost: ").count(), 2, "{head}");
    }
}

#[test]
fn the_mount_is_told_only_if_paths_are_not_translated() {
    let upstream = Upstream::answering(EMPTY);
    for (translates, expected) in [(true, None), (false, Some("/my%20app"))] {
        let request = Request::get("/my%20app/a").variable("SCRIPT_NAME", "/my app");
        let request = request.variable("PATH_INFO", "/a");
        request.call(&upstream.proxy().translate_paths(translates));
        assert_eq!(field(&upstream.note(), "X-Forwarded-Prefix"), expected);
    }
}

#[test]
fn the_proxy_is_named_in_via_and_answers_508_to_itself() {
    let upstream = Upstream::answering(EMPTY);
    let (proxy, other) = (upstream.proxy(), upstream.proxy());
    let request = |via: &str| Request::get("/").header("Via", via);
    request("1.0 fred").call(&proxy);
    let head = upstream.note();
    let via = field(&head, "Via").unwrap();
    assert!(via.starts_with("1.0 fred, 1.1 wsgi-proxy-"), "{via}");
    assert_eq!(request(via).call(&proxy).status().code(), 508);
    assert_eq!(request(via).call(&proxy.clone()).status().code(), 508);
    assert_eq!(request(via).call(&other).status().code(), 200);
}

#[test]
fn a_request_that_must_not_go_on_ends_here() {
    let upstream = Upstream::answering(EMPTY);
    let proxy = upstream.proxy();
    let request = |method: &str| Request::new(method, "/").header("Max-Forwards", "0");
    assert_eq!(request("OPTIONS").call(&proxy).status().code(), 200);
    assert_eq!(request("TRACE").call(&proxy).status().code(), 501);
    assert!(upstream.notes.try_recv().is_err());
    let request = Request::new("OPTIONS", "/").header("Max-Forwards", "7");
    request.call(&proxy);
    assert_eq!(field(&upstream.note(), "Max-Forwards"), Some("6"));
}

#[test]
fn requests_that_cannot_be_passed_on_are_refused() {
    let upstream = Upstream::answering(EMPTY);
    let get = || Request::get("/");
    for (request, expected) in [
        (get().variable("PATH_INFO", "/../a"), 400),
        (get().variable("PATH_INFO", "a"), 400),
        (get().variable("HTTP_X", "a\r\nb"), 400),
        (get().variable("REQUEST_METHOD", "CONNECT"), 501),
        (get().variable("REQUEST_METHOD", "G T"), 400),
    ] {
        let response = request.call(&upstream.proxy());
        assert_eq!(response.status().code(), expected);
        assert!(response.text().starts_with(&expected.to_string()));
    }
    assert!(upstream.notes.try_recv().is_err());
}

#[test]
fn a_body_of_known_length_is_sent_with_its_length() {
    let upstream = Upstream::new(|_, stream| {
        let head = read_head(stream);
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(EMPTY.as_bytes()).unwrap();
        finish(stream);
        format!("{head}{}", String::from_utf8_lossy(&body))
    });
    let request = Request::post("/")
        .header("Content-Type", "text/plain")
        .body("hello");
    assert_eq!(request.call(&upstream.proxy()).status().code(), 200);
    let note = upstream.note();
    assert_eq!(field(&note, "Content-Length"), Some("5"));
    assert_eq!(field(&note, "Content-Type"), Some("text/plain"));
    assert_eq!(field(&note, "Transfer-Encoding"), None);
    assert!(note.ends_with("\r\n\r\nhello"), "{note}");
}

#[test]
fn a_body_of_unknown_length_is_sent_in_chunks() {
    let upstream = Upstream::new(|_, stream| {
        let head = read_head(stream);
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            body.extend_from_slice(&byte);
        }
        stream.write_all(EMPTY.as_bytes()).unwrap();
        finish(stream);
        format!("{head}{}", String::from_utf8_lossy(&body))
    });
    let input = Input::from_reader(&b"hello"[..], None);
    let response = Request::post("/").input(input).call(&upstream.proxy());
    assert_eq!(response.status().code(), 200);
    let note = upstream.note();
    assert_eq!(field(&note, "Transfer-Encoding"), Some("chunked"));
    assert_eq!(field(&note, "Content-Length"), None);
    assert!(note.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{note}");
}

#[test]
fn a_part_of_a_body_never_looks_like_the_whole() {
    for length in [Some(5), None] {
        let upstream = Upstream::new(|_, stream| {
            read_head(stream);
            let mut body = Vec::new();
            let _ = stream.read_to_end(&mut body);
            String::from_utf8_lossy(&body).into_owned()
        });
        let broken = Read::chain(&b"he"[..], Broken);
        let input = Input::from_reader(broken, length);
        let response = Request::post("/").input(input).call(&upstream.proxy());
        assert_eq!(response.status().code(), 500, "{length:?}");
        let note = upstream.note();
        assert!(!note.contains("0\r\n\r\n") && note.len() < 5 + 3, "{note}");
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("broken"))
    }
}

#[test]
fn a_body_that_is_too_short_is_the_clients_fault() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let mut body = Vec::new();
        let _ = stream.read_to_end(&mut body);
        String::from_utf8_lossy(&body).into_owned()
    });
    let input = Input::from_reader(&b"he"[..], Some(5));
    let response = Request::post("/").input(input).call(&upstream.proxy());
    assert_eq!(response.status().code(), 400);
    assert_eq!(upstream.note(), "he");
}
