//! The demo, as a process and over connections of its own.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    time::Duration,
};

/// `wsgi demo` on a free port; it is killed when this is dropped.
struct Demo {
    process: Child,
    errors: BufReader<ChildStderr>,
    address: String,
}

impl Demo {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wsgi"))
            .args(["demo", "--bind", "127.0.0.1:0", "--threads", "2"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let errors = process.stderr.take().expect("its errors are piped");
        let mut demo = Demo {
            process,
            errors: BufReader::new(errors),
            address: String::new(),
        };
        let ready = demo.next_error();
        let address = ready.strip_prefix("wsgi demo: serving on http://");
        demo.address = address.expect("the address").to_owned();
        demo
    }

    /// The next line on standard error.
    fn next_error(&mut self) -> String {
        let mut line = String::new();
        self.errors.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).expect("a timeout");
        stream
    }

    /// Sends a request head of the given lines, and `Host` and `Connection: close`.
    fn send(&self, lines: &str) -> TcpStream {
        let mut stream = self.connect();
        let head = format!("{lines}\r\nHost: demo\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("the head is sent");
        stream
    }

    /// The head and the body that come of a GET request.
    fn get(&self, target: &str) -> (String, String) {
        split(&rest(&mut self.send(&format!("GET {target} HTTP/1.1"))))
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("a shell").success());
    }

    fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("it ends")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the rest");
    text
}

fn split(response: &str) -> (String, String) {
    let (head, body) = response.split_once("\r\n\r\n").expect("a whole head");
    (head.to_owned(), body.to_owned())
}

/// An upload whose first part is sent, and comes back already.
fn unfinished_upload(demo: &Demo) -> TcpStream {
    let mut stream = demo.send("PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked");
    // More than a server gathers before it calls the application.
    let chunk = format!("20000\r\n{}\r\n", "a".repeat(0x20000));
    stream.write_all(chunk.as_bytes()).expect("a chunk is sent");
    let mut start = [0; 12];
    stream.read_exact(&mut start).expect("the echo begins");
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

fn finish(mut upload: TcpStream) {
    upload
        .write_all(b"3\r\nend\r\n0\r\n\r\n")
        .expect("the rest is sent");
    let (_, body) = split(&rest(&mut upload));
    let count = |byte| body.bytes().filter(|&other| other == byte).count();
    assert!(
        count(b'a') >= 0x20000 && body.contains("end"),
        "the whole upload"
    );
    assert!(body.ends_with("0\r\n\r\n"), "the last chunk");
}

#[test]
fn the_pages_are_served() {
    let demo = Demo::start();
    let (head, body) = demo.get("/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains("Content-Type: text/html; charset=utf-8"),
        "{head}"
    );
    assert!(body.contains("href=\"/hello\""));

    let (head, body) = demo.get("/hello");
    assert!(head.contains("Content-Type: text/plain"), "{head}");
    assert_eq!(body, "Hello world!\n");

    let (head, _) = demo.get("/nothing");
    assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{head}");
}

#[test]
fn the_environ_is_shown_below_its_path() {
    let demo = Demo::start();
    let (_, body) = demo.get("/environ/caf%C3%A9%2F?day=today");
    for line in [
        "Hello world!",
        "SCRIPT_NAME = '/environ'",
        "PATH_INFO = '/café/'",
        "QUERY_STRING = 'day=today'",
        "REQUEST_URI = '/environ/caf%C3%A9%2F?day=today'",
        "wsgi.multithread = 'true'",
    ] {
        assert!(body.lines().any(|other| other == line), "{line} in {body}");
    }
}

#[test]
fn an_upload_comes_back_while_it_is_sent() {
    let demo = Demo::start();
    finish(unfinished_upload(&demo));
}

#[test]
fn sigterm_and_sigint_end_the_demo_with_success() {
    for signal in ["TERM", "INT"] {
        let mut demo = Demo::start();
        demo.get("/hello");
        demo.signal(signal);
        assert_eq!(demo.next_error(), "wsgi demo: ending");
        assert!(demo.wait().success(), "{signal}");
    }
}

#[test]
fn a_request_is_finished_after_the_first_signal() {
    let mut demo = Demo::start();
    let upload = unfinished_upload(&demo);
    demo.signal("TERM");
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    finish(upload);
    assert!(demo.wait().success());
}

#[test]
fn a_second_signal_ends_the_demo_at_once() {
    let mut demo = Demo::start();
    let _upload = unfinished_upload(&demo);
    demo.signal("INT");
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    demo.signal("TERM");
    assert_eq!(demo.wait().signal(), Some(15));
}
