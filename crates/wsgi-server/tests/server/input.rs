//! Request bodies that the application reads or leaves unread.

use std::{
    io::{BufRead, Read, Write},
    sync::mpsc,
    thread,
    time::Duration,
};

use wsgi_application::{Body, Status, application};
use wsgi_environ::Input;

use crate::support::{Client, PATIENCE, Running, echo, get, put, put_chunks};

#[test]
fn bodies_are_read_to_their_end_and_no_further() {
    let running = Running::new(echo);
    let mut client = running.connect();
    for size in [0, 1, 1000, 65_535, 65_536, 65_537, 300_000] {
        let body = "0123456789".repeat(size / 10 + 1)[..size].to_owned();
        let expected = format!("PUT /\n{body}");
        // The next request is already there, and must not be read as a part of the body.
        client.send(put("/", &body) + &get("/next"));
        assert!(client.response().text() == expected, "length {size}");
        assert_eq!(client.response().text(), "GET /next\n", "length {size}");

        let half = body.split_at(size / 2);
        let chunks = [half.0, half.1].map(str::to_owned);
        let chunks: Vec<_> = chunks
            .iter()
            .map(String::as_str)
            .filter(|chunk| !chunk.is_empty())
            .collect();
        client.send(put_chunks("/", &chunks) + &get("/next"));
        assert!(client.response().text() == expected, "chunked {size}");
        assert_eq!(client.response().text(), "GET /next\n", "chunked {size}");
    }
}

#[test]
fn the_length_of_a_body_is_known_if_the_client_declared_it() {
    let app = application(|environ, start_response| {
        let remaining = environ.input().remaining();
        start_response.start(Status::OK, ())?;
        Ok(format!("{remaining:?} {:?}", environ.content_length()).into())
    });
    let running = Running::new(app);
    let small = running.connect().ask(put("/", "hello"));
    assert_eq!(small.text(), "Some(5) Some(5)");
    let large = running.connect().ask(put("/", &"x".repeat(70_000)));
    assert_eq!(large.text(), "Some(70000) Some(70000)");
    let none = running.connect().ask(get("/"));
    assert_eq!(none.text(), "Some(0) None");
    let large = put_chunks("/", &["x".repeat(70_000).as_str()]);
    assert_eq!(running.connect().ask(large).text(), "None None");
}

#[test]
fn a_streamed_body_is_read_by_lines() {
    let app = application(|environ, start_response| {
        let lines = environ.input().lines().collect::<Result<Vec<_>, _>>()?;
        start_response.start(Status::OK, ())?;
        Ok(format!("{} {}", lines.len(), lines[lines.len() - 1]).into())
    });
    let running = Running::new(app);
    let body = "a line of text\n".repeat(10_000) + "the last";
    let response = running.connect().ask(put("/", &body));
    assert_eq!(response.text(), "10001 the last");
}

/// Reads the whole input, with room for this number of bytes, or every other time by its buffer.
fn read_by(input: &mut Input, size: usize, uses_buffer: bool) -> std::io::Result<Vec<u8>> {
    let (mut body, mut room) = (Vec::new(), vec![0; size]);
    loop {
        let count = input.read(&mut room)?;
        if count == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&room[..count]);
        if uses_buffer {
            let buffer = input.fill_buf()?;
            let count = buffer.len().min(size);
            body.extend_from_slice(&buffer[..count]);
            input.consume(count);
        }
    }
}

#[test]
fn a_streamed_body_is_the_same_however_it_is_read() {
    let app = application(|environ, start_response| {
        let size = environ.query_string().to_str()?.parse()?;
        let uses_buffer = environ.path_info() == "/buffer";
        let body = read_by(environ.input(), size, uses_buffer)?;
        assert_eq!(environ.input().remaining().unwrap_or(0), 0);
        start_response.start(Status::OK, ())?;
        Ok(body.into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    for length in [65_537, 81_920, 300_001] {
        let body = "0123456789a".repeat(length / 11 + 1)[..length].to_owned();
        let chunks: Vec<_> = [1, 20_000, 40_000, length - 1, length]
            .windows(2)
            .map(|ends| &body[ends[0]..ends[1]])
            .collect();
        let chunks = [&[&body[..1]][..], &chunks].concat();
        for size in [999, 16_384, 65_536, 1_000_000] {
            for path in ["/", "/buffer"] {
                let path = format!("{path}?{size}");
                for request in [put(&path, &body), put_chunks(&path, &chunks)] {
                    client.send(request + &get("/?1"));
                    let same = client.response().text() == body;
                    assert!(same, "{length} bytes of {path}");
                    assert_eq!(client.response().text(), "", "after {path}");
                }
            }
        }
    }
}

#[test]
fn a_body_goes_back_as_it_comes() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.take_input().into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    assert_eq!(client.response().status, 100);
    client.send("5\r\nfirst\r\n");
    // The first chunk is here before the second is sent.
    let mut received = Vec::new();
    while !received.ends_with(b"first\r\n") {
        received.extend(client.take_some());
    }
    assert!(received.starts_with(b"HTTP/1.1 200 OK\r\n"));
    client.send("6\r\nsecond\r\n0\r\n\r\n");
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n0\r\n\r\n") {
        received.extend(client.take_some());
    }
    assert_eq!(received, b"6\r\nsecond\r\n0\r\n\r\n");
    assert_eq!(client.ask(get("/")).body, b"");
}

#[test]
fn a_small_rest_is_dropped_and_the_connection_goes_on() {
    let app = application(|environ, start_response| {
        let mut some = [0; 10];
        let length = environ.input().read(&mut some)?;
        start_response.start(Status::OK, ())?;
        Ok(format!("{} {length}", environ.path_info()).into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    let body = "x".repeat(66_000);
    for _ in 0..3 {
        client.send(put("/put", &body) + &get("/next"));
        assert_eq!(client.response().text(), "/put 10");
        assert_eq!(client.response().text(), "/next 0");
        client.send(put_chunks("/chunks", &[&body, "y"]) + &get("/next"));
        assert_eq!(client.response().text(), "/chunks 10");
        assert_eq!(client.response().text(), "/next 0");
    }
}

#[test]
fn a_small_rest_that_comes_late_is_dropped_too() {
    let app = application(|environ, start_response| {
        environ.input().fill_buf()?;
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n";
    let body = "x".repeat(65_537);
    client.send(head.to_owned() + &body[..10]);
    assert_eq!(client.response().text(), "unread");
    client.send(&body[10..]);
    assert_eq!(client.ask(get("/")).text(), "unread");
}

#[test]
fn a_large_rest_ends_the_connection_and_the_response_can_be_read() {
    let app = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    let running = Running::new(app);
    for request in [
        put("/", &"x".repeat(400_000)),
        put_chunks("/", &["x".repeat(400_000).as_str(); 2]),
    ] {
        let mut client = running.connect();
        client.send(request);
        assert_eq!(client.response().text(), "unread");
        client.assert_closed();
    }
}

#[test]
fn a_client_is_told_of_the_end_if_nobody_can_read_a_large_rest() {
    let app = application(|environ, start_response| {
        environ.take_input().read_exact(&mut [0; 10])?;
        start_response.start(Status::OK, ())?;
        Ok("unread".into())
    });
    let running = Running::new(app);
    let body = "x".repeat(400_000);
    for request in [put("/", &body), put_chunks("/", &[&body])] {
        let mut client = running.connect();
        client.send(request);
        let response = client.response();
        assert_eq!(response.text(), "unread");
        assert_eq!(response.header("Connection"), Some("close"));
        client.assert_closed();
    }

    let mut client = running.connect();
    let response = client.ask(put("/", &"x".repeat(66_000)));
    assert_eq!(response.header("Connection"), None);
    assert_eq!(client.ask(put("/", "0123456789")).text(), "unread");
}

#[test]
fn a_client_is_told_of_the_end_if_the_application_keeps_a_large_rest_unread() {
    let (keep, kept) = mpsc::channel();
    let keep = std::sync::Mutex::new(keep);
    let app = application(move |environ, start_response| {
        let mut input = environ.take_input();
        input.read_exact(&mut [0; 10])?;
        keep.lock().unwrap().send(input).unwrap();
        start_response.start(Status::OK, [("X-Size", "4")])?;
        Ok("kept".into())
    });
    let running = Running::new(app);
    let body = "x".repeat(400_000);
    for (size, version, expected) in [
        (400_000, "1.1", Some("close")),
        (66_000, "1.1", None),
        (400_000, "1.0", Some("close")),
        (66_000, "1.0", Some("keep-alive")),
    ] {
        let fields = format!("Host: a\r\nConnection: keep-alive\r\nContent-Length: {size}");
        let mut client = running.connect();
        client.try_send(format!(
            "PUT / HTTP/{version}\r\n{fields}\r\n\r\n{}",
            &body[..size]
        ));
        let response = client.response();
        assert_eq!(response.text(), "kept", "{size} by {version}");
        assert_eq!(
            response.header("Connection"),
            expected,
            "{size} by {version}"
        );
        let is_last = expected == Some("close");
        match is_last {
            true => client.assert_closed(),
            false => assert_eq!(client.ask(put("/", "0123456789")).text(), "kept"),
        }
    }
    assert!(kept.try_iter().count() >= 4);
}

#[test]
fn a_body_can_be_read_after_the_call_by_the_response() {
    let app = application(|environ, start_response| {
        let mut input = environ.take_input();
        start_response.start(Status::OK, ())?;
        let chunks = std::iter::from_fn(move || {
            let mut bytes = vec![0; 10_000];
            match input.read(&mut bytes) {
                Ok(0) => None,
                Ok(length) => Some(Ok(bytes[..length].to_ascii_uppercase())),
                Err(error) => Some(Err(error)),
            }
        });
        Ok(Body::chunks(chunks))
    });
    let running = Running::new(app);
    let mut client = running.connect();
    let body = "x".repeat(300_000);
    let sender = thread::spawn({
        let mut stream = client.stream.try_clone().unwrap();
        move || Write::write_all(&mut stream, put("/", &body).as_bytes()).unwrap()
    });
    let response = client.response();
    assert!(response.complete && response.text() == "X".repeat(300_000));
    sender.join().unwrap();
    assert_eq!(client.ask(put("/", "more")).text(), "MORE");
}

#[test]
fn an_input_kept_beyond_the_request_reads_nothing_of_the_next() {
    let (keep, kept) = mpsc::channel();
    let keep = std::sync::Mutex::new(keep);
    let app = application(move |environ, start_response| {
        let mut input = environ.take_input();
        std::io::copy(&mut input.by_ref().take(1000), &mut std::io::sink())?;
        keep.lock().unwrap().send(input).unwrap();
        start_response.start(Status::OK, ())?;
        Ok("kept".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    assert_eq!(client.ask(put("/", &"x".repeat(66_000))).text(), "kept");
    assert_eq!(client.ask(get("/")).text(), "kept");
    let mut input = kept.recv_timeout(PATIENCE).unwrap();
    let mut bytes = Vec::new();
    assert!(input.read_to_end(&mut bytes).is_err());
}

#[test]
fn a_thread_that_reads_on_does_not_hold_up_the_response() {
    let app = application(move |environ, start_response| {
        let mut input = environ.take_input();
        let (reads, reading) = mpsc::channel();
        thread::spawn(move || {
            input.read_exact(&mut [0; 10])?;
            reads.send(()).unwrap();
            std::io::copy(&mut input, &mut std::io::sink())
        });
        reading.recv_timeout(PATIENCE)?;
        // By now the thread most likely waits in its next read.
        thread::sleep(Duration::from_millis(20));
        start_response.start(Status::OK, ())?;
        Ok("early".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n0123456789");
    assert_eq!(client.response().text(), "early");
    client.assert_closed();
    assert_eq!(
        running.connect().ask(put("/", &"x".repeat(70_000))).status,
        200
    );
}

/// An application whose input another thread reads, and the results of those reads.
fn lending() -> (Running, mpsc::Receiver<std::io::Result<u64>>) {
    let (ended, ends) = mpsc::channel();
    let ended = std::sync::Mutex::new(ended);
    let app = application(move |environ, start_response| {
        if environ.request_method() == "PUT" {
            let (mut input, ended) = (environ.take_input(), ended.lock().unwrap().clone());
            let (begin, begun) = mpsc::channel();
            thread::spawn(move || {
                let first = input.read(&mut [0; 1]);
                let _ = begin.send(());
                let rest = first.and_then(|_| std::io::copy(&mut input, &mut std::io::sink()));
                let _ = ended.send(rest);
                // The thread keeps the input for longer than it can be used.
                thread::sleep(Duration::from_secs(5));
                drop(input);
            });
            begun.recv_timeout(PATIENCE)?;
            // By then the thread waits for more.
            thread::sleep(Duration::from_millis(20));
        }
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 1_000_000].into())
    });
    (Running::new(app), ends)
}

#[test]
fn a_response_arrives_even_if_another_thread_still_waits_for_the_body() {
    let (running, ends) = lending();
    let body = "b".repeat(300_000);
    let request = get("/") + &put("/", &body);
    for _ in 0..5 {
        let mut client = Client::with_small_buffer(running.address);
        let (begun, rest) = request.split_at(request.len() - 100_000);
        client.send(begun);
        let first = client.response();
        assert!(first.complete, "{} bytes of the first", first.body.len());
        let mut twin = client.twin();
        // Data that comes after the response has begun must not cut the response.
        let sending = thread::spawn({
            let rest = rest.to_owned();
            move || {
                // The last bytes never come, so that the body is not whole before the response is.
                for piece in rest.as_bytes()[..95_000].chunks(5_000) {
                    thread::sleep(Duration::from_millis(2));
                    if !twin.try_send(piece) {
                        return;
                    }
                }
            }
        });
        let response = client.response();
        assert!(response.complete, "{} bytes", response.body.len());
        sending.join().unwrap();
        drop(client);
        let read = ends.recv_timeout(PATIENCE).expect("the reader returns");
        assert!(read.is_err(), "{read:?}");
    }
}

#[test]
fn a_thread_that_waits_for_a_body_returns_when_its_connection_ends() {
    let (running, ends) = lending();
    let mut client = running.connect();
    let request = put("/", &"b".repeat(300_000));
    client.send(&request[..100_000]);
    let response = client.response();
    assert!(response.complete);
    // The client sends nothing more and closes nothing.
    let read = ends.recv_timeout(PATIENCE);
    assert!(read.expect("the reader returns").is_err());
    client.assert_closed();
}
