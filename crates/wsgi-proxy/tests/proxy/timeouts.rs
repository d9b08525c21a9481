//! Upstream servers that are not there, or silent.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener},
    time::{Duration, Instant},
};

use wsgi_environ::Input;
use wsgi_proxy::Proxy;
use wsgi_testing::Request;

use crate::upstream::{PATIENCE, Upstream, finish, read_head};

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn a_server_that_is_not_there_is_answered_with_502() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let proxy = Proxy::new(&format!("http://{address}")).unwrap();
    let response = Request::get("/").call(&proxy);
    assert_eq!(response.status().code(), 502);
    let text = "502 Bad Gateway: the other server cannot be reached\n";
    assert_eq!(response.text(), text);
    assert!(
        response
            .errors()
            .contains(&format!("the server {address} cannot be reached"))
    );
    let proxy = Proxy::new("http://nobody.invalid").unwrap();
    assert_eq!(Request::get("/").call(&proxy).status().code(), 502);
}

#[test]
fn a_server_without_an_answer_in_time_is_answered_with_504() {
    for start in ["", "HTTP/1.1 100\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
        let upstream = Upstream::new(move |_, stream| {
            read_head(stream);
            let _ = stream.write_all(start.as_bytes());
            read_head(stream) // until the proxy closes the connection
        });
        let proxy = upstream.proxy().response_timeout(SHORT);
        let response = Request::get("/").call(&proxy);
        assert_eq!(response.status().code(), 504, "{start:?}");
        assert!(response.errors().contains("was silent for too long"));
        assert_eq!(upstream.note(), "", "the connection is closed");
    }
}

#[test]
fn a_body_that_stops_is_cut() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
        stream.write_all(text.as_bytes()).unwrap();
        read_head(stream)
    });
    let response = Request::get("/").call(&upstream.proxy().idle_timeout(SHORT));
    assert!(!response.is_complete());
    assert_eq!(response.text(), "hello");
    assert!(response.errors().contains("was silent for too long"));
    assert_eq!(upstream.note(), "");
}

#[test]
fn a_body_that_never_begins_is_answered_for() {
    for framing in ["Content-Length: 9", "Transfer-Encoding: chunked", "A: b"] {
        let upstream = Upstream::new(move |_, stream| {
            read_head(stream);
            let head = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            read_head(stream)
        });
        let response = Request::get("/").call(&upstream.proxy().idle_timeout(SHORT));
        assert_eq!(response.status().code(), 504, "{framing}");
        assert!(response.errors().contains("was silent for too long"));
        assert_eq!(upstream.note(), "");
    }
}

#[test]
fn the_deadline_of_a_request_holds() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        read_head(stream)
    });
    let request = Request::get("/").environ(|environ| {
        environ.set_deadline(Instant::now() + SHORT);
    });
    let response = request.call(&upstream.proxy());
    assert_eq!(response.status().code(), 504);
    assert_eq!(upstream.note(), "");
}

#[test]
fn the_deadline_of_a_request_holds_for_sending_it() {
    let upstream = Upstream::new(|_, stream| {
        std::thread::sleep(PATIENCE / 5); // and reads nothing
        let _ = stream.shutdown(Shutdown::Both);
        "connected".to_owned()
    });
    let long = "a".repeat(16 << 20);
    let request = Request::get("/").header("A", &long).environ(|environ| {
        environ.set_deadline(Instant::now() + PATIENCE / 10); // enough to connect
    });
    let start = Instant::now();
    let response = request.call(&upstream.proxy());
    assert_eq!(response.status().code(), 504, "{}", response.errors());
    assert!(
        response.errors().contains("the request's deadline"),
        "{}",
        response.errors()
    );
    assert!(start.elapsed() < PATIENCE / 5);
    assert_eq!(upstream.note(), "connected");
}

/// A body whose second part comes after a while.
struct Slow(u8);

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => buf[0] = b'a',
            2 => {
                std::thread::sleep(Duration::from_millis(3_500));
                buf[0] = b'b';
            }
            _ => return Ok(0),
        }
        Ok(1)
    }
}

#[test]
fn the_time_does_not_pass_while_the_client_is_waited_for() {
    let upstream = Upstream::new(|_, stream| {
        let head = read_head(stream);
        let mut body = [0; 2];
        stream.read_exact(&mut body).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        finish(stream);
        head
    });
    let proxy = upstream.proxy().response_timeout(Duration::from_secs(2));
    let input = Input::from_reader(Slow(0), Some(2));
    let response = Request::post("/").input(input).call(&proxy);
    assert_eq!(response.text(), "ok", "{}", response.errors());
}

/// A body of twenty bytes, each after a fifth of a second.
struct Dripping(u8);

impl Read for Dripping {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(SHORT * 4);
        self.0 += 1;
        buf[0] = self.0;
        Ok(usize::from(self.0 <= 20))
    }
}

#[test]
fn the_time_begins_anew_while_more_of_the_body_is_sent_and_the_server_talks() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let mut body = stream.try_clone().unwrap();
        let reading = std::thread::spawn(move || body.read_exact(&mut [0; 20]).unwrap());
        stream.write_all(b"HTTP/1.1 102 Processing\r\nA: ").unwrap();
        while !reading.is_finished() {
            stream.write_all(b"b").unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
        reading.join().unwrap();
        let text = b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(text).unwrap();
        finish(stream);
        String::new()
    });
    let proxy = upstream.proxy().response_timeout(Duration::from_secs(3));
    let input = Input::from_reader(Dripping(0), Some(20));
    let response = Request::post("/").input(input).call(&proxy);
    assert_eq!(response.text(), "ok", "{}", response.errors());
}

/// A reader that is broken.
struct Panicking;

impl Read for Panicking {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("a reader that panics, as it should");
    }
}

#[test]
fn a_reader_that_panics_does_not_stop_the_time() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let mut body = Vec::new();
        let _ = stream.read_to_end(&mut body); // until the proxy closes the connection
        String::from_utf8(body).unwrap()
    });
    for length in [Some(5), None] {
        let input = Input::from_reader(Read::chain(&b"he"[..], Panicking), length);
        let response = Request::post("/").input(input).call(&upstream.proxy());
        assert_eq!(response.status().code(), 500);
        let log = response.errors();
        assert!(
            log.contains("reader of the request's body has panicked"),
            "{log}"
        );
        let note = upstream.note();
        assert!(!note.contains("0\r\n\r\n") && note.len() < 5 + 3, "{note}");
    }
}

#[test]
fn a_server_that_stops_reading_is_given_up() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        std::thread::sleep(PATIENCE / 4);
        String::new()
    });
    let endless = Input::from_reader(std::io::repeat(b'a'), None);
    let proxy = upstream.proxy().response_timeout(SHORT * 10);
    let response = Request::post("/").input(endless).call(&proxy);
    assert_eq!(response.status().code(), 504, "{}", response.errors());
}
