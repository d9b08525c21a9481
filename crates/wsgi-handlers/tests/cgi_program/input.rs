//! The body of a request.

use std::{
    fs,
    io::{self, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use wsgi_application::Status;
use wsgi_environ::{Input, InputError};
use wsgi_server::Server;
use wsgi_testing::{LiveServer, Request};

use crate::{PATIENCE, eventually, has_text, is_gone, shell, text};

#[test]
fn a_request_without_a_body_has_no_length() {
    let app = text("echo ${CONTENT_LENGTH-none} ${HTTPS-off}; cat");
    assert_eq!(Request::get("/").call(&app).text(), "none off\n");
    let response = Request::get("https://example.org/").header("Content-Length", "0");
    assert_eq!(response.call(&app).text(), "none on\n");
}

#[test]
fn both_bodies_are_streamed() {
    let body: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let response = Request::post("/").body(body.clone()).call(&text("cat"));
    assert!(response.body() == body);
    assert!(response.is_complete());
    // A program that does not read is no reason to fail.
    let response = Request::post("/").body(body).call(&text("echo done"));
    assert_eq!(response.text(), "done\n");
}

#[test]
fn a_body_without_a_length_is_refused() {
    let input = Input::from_reader(&b"body"[..], None);
    let response = Request::post("/").input(input).call(&text("cat"));
    assert_eq!(response.status(), &Status::LENGTH_REQUIRED);
}

#[test]
fn a_body_that_breaks_off_ends_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let app = shell("echo $$ > \"$FILE\"; cat > /dev/null; exec sleep 1000").env("FILE", &file);
    let input = Input::from_reader(&b"half"[..], Some(8));
    let response = Request::post("/").input(input).call(&app);
    let expected = InputError::Truncated.status_code();
    assert_eq!(response.status().code(), expected);
    eventually(|| is_gone(&file) || !has_text(&file));
}

/// A body that cannot be read.
struct Fails(InputError);

impl Read for Fails {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

/// A body that is read too late, as after the answer to a client that waits for `100 Continue`.
const CLOSED: Fails = Fails(InputError::Closed);

#[test]
fn a_body_that_does_not_come_is_the_fault_of_the_client() {
    let source = BufReader::new(Fails(InputError::TimedOut));
    let input = Input::from_source(source).with_remaining(4);
    let response = Request::post("/")
        .input(input)
        .call(&shell("exec sleep 1000"));
    assert_eq!(response.status(), &Status::REQUEST_TIMEOUT);
    assert!(!response.errors().contains("a CGI program"));
}

/// A body whose bytes come one by one, each after a pause.
struct Slow {
    bytes: u32,
    pause: Duration,
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes == 0 {
            return Ok(0);
        }
        thread::sleep(self.pause);
        self.bytes -= 1;
        buffer[0] = b'a';
        Ok(1)
    }
}

#[test]
fn the_time_in_which_the_body_is_waited_for_is_not_that_of_the_program() {
    let mut limit = Duration::from_millis(200);
    loop {
        let pause = limit / 4;
        let input = Input::from_reader(Slow { bytes: 10, pause }, Some(10));
        let app = text("cat").time_limit(limit);
        // The first time may be too short for the program.
        let response = Request::post("/").input(input).call(&app);
        if response.status() == &Status::OK && response.is_complete() {
            assert_eq!(response.text(), "aaaaaaaaaa");
            return;
        }
        assert!(limit < PATIENCE / 10, "{}", response.errors());
        limit *= 2;
    }
}

#[test]
fn a_spooled_body_keeps_no_place_of_a_program_while_it_comes() {
    let server = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = LiveServer::with(server.spool_bodies(true), text("wc -c").max_programs(3));
    let send = |head: &str| {
        let mut client = TcpStream::connect(server.address()).unwrap();
        client
            .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
            .unwrap();
        client.write_all(head.as_bytes()).unwrap();
        client
    };
    let answer = |client: TcpStream| io::read_to_string(client).unwrap();
    let mut slow = [
        send("Content-Length: 100000\r\n\r\n"),
        send("Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n"),
        send("Transfer-Encoding: chunked\r\n\r\n186a0\r\n"),
    ];
    for client in &mut slow {
        client.write_all(&[b'a'; 99_999]).unwrap();
    }
    let other = answer(send("Content-Length: 4\r\n\r\nbody"));
    assert!(other.contains("\n4\n"), "{other}");
    let ends = ["a", "a", "a\r\n0\r\n\r\n"];
    for (mut client, end) in slow.into_iter().zip(ends) {
        client.write_all(end.as_bytes()).unwrap();
        let answer = answer(client);
        assert!(answer.contains("100000\n"), "{answer}");
    }
}

#[test]
fn an_interrupted_read_of_the_body_is_repeated() {
    struct Interrupted(bool);

    impl Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 = !self.0;
            match self.0 {
                true => Err(io::ErrorKind::Interrupted.into()),
                false => io::repeat(b'a').read(&mut buffer[..1]),
            }
        }
    }

    let input = Input::from_reader(Interrupted(false), Some(3));
    let response = Request::post("/").input(input).call(&text("cat"));
    assert_eq!(response.text(), "aaa", "{}", response.errors());
}

#[test]
fn a_body_that_is_read_too_late_ends_no_program() {
    let input = Input::from_source(BufReader::new(CLOSED)).with_remaining(4);
    let app = text("cat; echo done");
    let response = Request::post("/").input(input).call(&app);
    assert_eq!(response.text(), "done\n");
    assert!(response.is_complete());
}

#[test]
fn a_part_of_a_body_never_looks_like_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (part, whole) = (folder.path().join("part"), folder.path().join("whole"));
    let script = "cat > \"$PART\"; cp \"$PART\" \"$WHOLE\"";
    let app = text(script).env("PART", &part).env("WHOLE", &whole);
    // The first time may be too short for the program to read.
    let mut limit = Duration::from_millis(100);
    while !fs::read(&part).is_ok_and(|read| read == b"half") {
        let source = BufReader::new((&b"half"[..]).chain(CLOSED));
        let input = Input::from_source(source).with_remaining(8);
        let app = app.clone().time_limit(limit);
        Request::post("/").input(input).call(&app);
        assert!(!whole.exists());
        limit *= 2;
    }
    // It may be closed after its last byte.
    let source = BufReader::new((&b"whole"[..]).chain(CLOSED));
    let input = Input::from_source(source).with_remaining(5);
    let response = Request::post("/").input(input).call(&text("cat"));
    assert_eq!(response.text(), "whole");
    assert!(response.is_complete());
}
