//! Responses on the wire: their framing and their failures.

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status, application};

use crate::support::{Running, counted_body::CountedBody, echo, eventually, get};

/// Answers with another kind of response for each path.
fn kinds(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let path = environ.path_info().to_string_lossy().into_owned();
    let ok = Status::OK;
    match path.as_str() {
        "/bytes" => {
            start_response.start(ok, ())?;
            Ok("bytes".into())
        }
        "/empty" => {
            start_response.start(ok, ())?;
            Ok(Body::empty())
        }
        "/written" => {
            let mut writer = start_response.start(ok, ())?;
            writer.write_all(b"written")?;
            Ok(Body::empty())
        }
        "/flushed" => {
            let mut writer = start_response.start(ok, ())?;
            writer.write_all(b"flushed ")?;
            writer.flush()?;
            Ok("and returned".into())
        }
        "/chunks" => {
            start_response.start(ok, ())?;
            Ok(Body::chunks(["some", "", " chunks"]))
        }
        "/declared" => {
            start_response.start(ok, [("Content-Length", "8")])?;
            Ok(Body::chunks(["decl", "ared"]))
        }
        "/surplus" => {
            start_response.start(ok, [("Content-Length", "4")])?;
            Ok(Body::chunks(["decl", "ared"]))
        }
        "/surplus-bytes" => {
            start_response.start(ok, [("Content-Length", "4")])?;
            Ok("declared".into())
        }
        "/shortfall" => {
            start_response.start(ok, [("Content-Length", "9")])?;
            Ok(Body::chunks(["decl", "ared"]))
        }
        "/204" => {
            start_response.start(Status::NO_CONTENT, ())?;
            Ok("not sent".into())
        }
        "/304" => {
            start_response.start(Status::from_code(304)?, [("ETag", "\"a\"")])?;
            Ok("not sent".into())
        }
        "/reason" => {
            start_response.start(Status::new(200, "Quite Fine")?, [("Server", "mine")])?;
            Ok("x".into())
        }
        "/error" => Err("failed on purpose".into()),
        "/panic" => panic!("panicked on purpose"),
        "/error-after" => {
            let mut writer = start_response.start(ok, ())?;
            writer.write_all(b"begun")?;
            writer.flush()?;
            Err("failed on purpose".into())
        }
        "/panic-after" => {
            start_response.start(ok, ())?;
            let mut count = 0;
            Ok(Body::chunks(std::iter::from_fn(move || {
                count += 1;
                assert!(count < 3, "panicked on purpose");
                Some("chunk")
            })))
        }
        _ => echo(environ, start_response),
    }
}

#[test]
fn every_kind_of_body_is_framed_for_each_version() {
    let running = Running::new(kinds);
    // The path, the body, and the framing in HTTP/1.1 and HTTP/1.0.
    let (length, chunked, close) = ("Content-Length", "Transfer-Encoding", "");
    let rows = [
        ("/bytes", "bytes", length, length),
        ("/empty", "", length, length),
        ("/written", "written", length, length),
        ("/flushed", "flushed and returned", chunked, close),
        ("/chunks", "some chunks", chunked, close),
        ("/declared", "declared", length, length),
        ("/surplus", "decl", length, length),
        ("/surplus-bytes", "decl", length, length),
        ("/reason", "x", length, length),
    ];
    let mut client = running.connect();
    for (path, body, in_11, in_10) in rows {
        let response = client.ask(get(path));
        assert_eq!(response.text(), body, "{path}");
        assert!(response.complete, "{path}");
        assert!(
            response.header(in_11).is_some(),
            "{path}: {}",
            response.head
        );

        let request = format!("GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let mut old = running.connect();
        let response = old.ask(&request);
        assert_eq!(response.text(), body, "{path}");
        assert_eq!(response.header(chunked), None, "{path}");
        if in_10 == close {
            assert_eq!(response.header(length), None, "{path}");
            assert_eq!(response.header("Connection"), Some("close"), "{path}");
            old.assert_closed();
        } else {
            assert_eq!(response.header("Connection"), Some("keep-alive"), "{path}");
            assert_eq!(old.ask(&request).text(), body, "{path}");
        }
    }
}

#[test]
fn head_204_and_304_have_no_body_and_the_connection_goes_on() {
    let running = Running::new(kinds);
    let mut client = running.connect();
    for path in [
        "/bytes",
        "/written",
        "/flushed",
        "/chunks",
        "/declared",
        "/shortfall",
    ] {
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n") + &get("/bytes"));
        assert_eq!(client.response_to_head().status, 200, "{path}");
        assert_eq!(client.response().text(), "bytes", "{path}");
    }
    client.send("HEAD /bytes HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.response_to_head();
    assert_eq!(head.header("Content-Length"), Some("5"));
    for (path, status) in [("/204", 204), ("/304", 304)] {
        client.send(get(path) + &get("/bytes"));
        let response = client.response();
        assert_eq!(response.status, status);
        assert_eq!(response.header("Transfer-Encoding"), None);
        assert_eq!(client.response().text(), "bytes", "{path}");
    }
}

#[test]
fn a_response_to_head_that_leaves_the_body_out_claims_no_length() {
    let running = Running::new(kinds);
    let mut client = running.connect();
    client.send("HEAD /empty HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.response_to_head();
    assert_eq!(head.header("Content-Length"), None);
    let response = client.ask(get("/empty"));
    assert_eq!(
        response.header("Content-Length"),
        Some("0"),
        "on the same connection"
    );
}

#[test]
fn the_server_adds_its_fields_once_unless_the_application_has_its_own() {
    let running = Running::with(|builder| builder.server_software("test/1"), kinds);
    let mut client = running.connect();
    let response = client.ask(get("/bytes"));
    assert_eq!(response.header("Server"), Some("test/1"));
    assert!(response.header("Date").unwrap().ends_with(" GMT"));
    let response = client.ask(get("/reason"));
    assert!(response.head.starts_with("HTTP/1.1 200 Quite Fine\r\n"));
    assert_eq!(response.head.matches("Server: ").count(), 1);
    assert_eq!(response.header("Server"), Some("mine"));
}

#[test]
fn a_client_can_tell_that_a_response_is_cut() {
    let running = Running::new(kinds);
    let rows = [
        ("/shortfall", "declared"),
        ("/error-after", "begun"),
        ("/panic-after", "chunkchunk"),
    ];
    for (path, body) in rows {
        let mut client = running.connect();
        let response = client.ask(get(path));
        assert_eq!((response.status, response.text()), (200, body), "{path}");
        assert!(!response.complete, "{path}");
        client.assert_closed();
    }
    // If only the end of the connection ends the body, the connection is reset.
    for path in ["/error-after", "/panic-after"] {
        let mut client = running.connect();
        client.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
        let mut all = Vec::new();
        let error = client.stream.read_to_end(&mut all).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{path}");
    }
    assert_eq!(running.connect().ask(get("/bytes")).text(), "bytes");
}

#[test]
fn a_failure_before_the_head_is_answered_500_and_logged_and_the_connection_goes_on() {
    let running = Running::new(kinds);
    let mut client = running.connect();
    for path in ["/error", "/panic", "/error", "/panic"] {
        let response = client.ask(get(path));
        assert_eq!(response.status, 500, "{path}");
        assert!(!response.text().contains("purpose"), "{path}");
    }
    assert_eq!(client.ask(get("/bytes")).text(), "bytes");
    let log = running.log();
    assert_eq!(log.matches("failed on purpose").count(), 2, "{log}");
    assert_eq!(log.matches("panicked on purpose").count(), 2, "{log}");
}

#[test]
fn a_body_is_dropped_however_the_response_ends() {
    let alive = Arc::new(AtomicUsize::new(0));
    let count = alive.clone();
    let app = application(move |environ, start_response| {
        start_response.start(Status::OK, ())?;
        let chunks = environ.path_info().to_str()?[1..].parse()?;
        Ok(Body::chunks(CountedBody::new(&count, chunks)))
    });
    let running = Running::new(app);
    for (name, path, complete) in [
        ("at its end", "/3", true),
        ("empty", "/0", true),
        ("after an error", "/80", false),
        ("after a panic", "/90", false),
        ("after an error before the head", "/78", true),
    ] {
        let response = running.connect().ask(get(path));
        assert_eq!(response.complete, complete, "{name}");
        eventually(name, || alive.load(SeqCst) == 0);
    }
    running
        .connect()
        .ask("HEAD /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut client = running.connect();
    client.send(get("/70"));
    client.take_some();
    client.reset();
    eventually("after a reset", || alive.load(SeqCst) == 0);
}

#[test]
fn flushed_bytes_arrive_before_the_rest() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let app = application(move |_, start_response| {
        let mut writer = start_response.start(Status::OK, ())?;
        writer.write_all(b"first")?;
        writer.flush()?;
        wait.lock().unwrap().recv()?;
        writer.write_all(b"second")?;
        Ok(Body::empty())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    client.send(get("/"));
    let mut received = Vec::new();
    while !received.ends_with(b"5\r\nfirst\r\n") {
        received.extend(client.take_some());
    }
    client.assert_silent(Duration::from_millis(20));
    go.send(()).unwrap();
    let mut received = Vec::new();
    while !received.ends_with(b"0\r\n\r\n") {
        received.extend(client.take_some());
    }
    assert_eq!(received, b"6\r\nsecond\r\n0\r\n\r\n");
}

#[test]
fn an_extension_of_the_environ_may_panic_when_it_is_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let app = application(|environ, start_response| {
        if environ.path_info() == "/hook" {
            environ.on_finished(|_, _| {});
        }
        environ.insert_extension(Bomb);
        start_response.start(Status::OK, ())?;
        Ok("fine".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    for path in ["/", "/hook", "/", "/hook"] {
        assert_eq!(client.ask(get(path)).text(), "fine");
    }
}
