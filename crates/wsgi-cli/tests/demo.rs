//! The demo as a process, over TCP.

#![cfg(unix)]

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::process::ExitStatusExt,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use support::{Program, eventually, rest, split};

/// Sends the first part of an upload, and waits until it begins to come back.
fn unfinished_upload(demo: &Program) -> TcpStream {
    let mut stream = demo.send("PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked");
    // More than the server gathers before it calls the application.
    let chunk = format!("20000\r\n{}\r\n", "a".repeat(0x20000));
    stream.write_all(chunk.as_bytes()).expect("a chunk is sent");
    let mut start = [0; 12];
    stream.read_exact(&mut start).expect("the echo begins");
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

#[test]
fn options_and_variables_limit_what_the_server_does() {
    let demo = Program::demo(&[
        "--max-requests-per-connection",
        "1",
        "--max-target-bytes",
        "9",
    ]);
    let mut stream = demo.connect();
    let request = b"GET /hello HTTP/1.1\r\nHost: demo\r\n\r\n";
    stream.write_all(request).expect("a request is sent");
    let (head, _) = split(&rest(&mut stream));
    assert!(head.contains("\r\nConnection: close"), "{head}");
    let (head, _) = demo.get("/longer-than-that");
    assert!(head.starts_with("HTTP/1.1 414 "), "{head}");

    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command.args(["demo", "--bind", "127.0.0.1:0", "--session-store", "memory"]);
    let variables = [
        ("WSGI_KEEP_ALIVE", "0"),
        ("WSGI_SERVER_SOFTWARE", "demo/1"),
        ("WSGI_BASE_ENVIRON", "GREETING=hello, you"),
    ];
    command.envs(variables);
    let mut demo = Program::of(command);
    let mut stream = demo.connect();
    let request = b"GET /environ HTTP/1.1\r\nHost: demo\r\n\r\n";
    stream.write_all(request).expect("a request is sent");
    let (head, body) = split(&rest(&mut stream));
    assert!(head.contains("\r\nConnection: close"), "{head}");
    assert!(head.contains("\r\nServer: demo/1"), "{head}");
    assert!(body.contains("GREETING = 'hello, you'\n"), "{body}");
    demo.signal("TERM");
    assert!(demo.wait().success());
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
    let demo = Program::demo(&[]);
    for (accept, content_type, link) in [
        ("text/html", "text/html; charset=utf-8", "href=\"hello\""),
        ("*/*", "text/plain; charset=utf-8", "\n/hello: "),
        ("application/json", "application/json", "\"/hello\""),
    ] {
        let (head, body) = demo.get_with("/", &format!("Accept: {accept}"));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let content_type = format!("\r\nContent-Type: {content_type}");
        assert!(head.contains(&content_type), "{head}");
        assert!(body.contains(link), "{body}");
    }

    let (head, body) = demo.get("/hello");
    assert!(head.contains("Content-Type: text/plain"), "{head}");
    assert_eq!(body, "Hello world!\n");

    let (head, _) = demo.get("/nothing");
    assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{head}");
}

#[test]
fn the_environ_is_shown_below_its_path() {
    let demo = Program::demo(&[]);
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
    let demo = Program::demo(&[]);
    finish(unfinished_upload(&demo));
}

#[test]
fn sigterm_and_sigint_end_the_demo_with_success() {
    for signal in ["TERM", "INT"] {
        let mut demo = Program::demo(&[]);
        demo.get("/hello");
        demo.signal(signal);
        assert_eq!(demo.next_error(), "wsgi demo: ending");
        assert!(demo.wait().success(), "{signal}");
    }
}

#[test]
fn the_first_signal_lets_a_request_finish() {
    let mut demo = Program::demo(&[]);
    let upload = unfinished_upload(&demo);
    demo.signal("TERM");
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    finish(upload);
    assert!(demo.wait().success());
}

#[test]
fn sigterm_under_load_breaks_no_response() {
    let mut demo = Program::demo(&[]);
    let answers = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ask_to_the_end(demo.connect(), &answers));
        }
        eventually("the load is there", || answers.load(Relaxed) >= 2_000);
        demo.signal("TERM");
    });
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    assert!(demo.wait().success());
}

/// Asks again and again on one connection, and counts the answers. The server may end the
/// connection only between them, and has to announce it unless a request is on its way.
fn ask_to_the_end(mut stream: TcpStream, answers: &AtomicUsize) {
    const BODY: &str = "\r\n\r\nHello world!\n";
    loop {
        let sent = stream.write_all(b"GET /hello HTTP/1.1\r\nHost: demo\r\n\r\n");
        let (mut response, mut buffer) = (Vec::new(), [0; 1024]);
        while !response.ends_with(BODY.as_bytes()) {
            match stream.read(&mut buffer) {
                Ok(count) if count > 0 => response.extend_from_slice(&buffer[..count]),
                ended => {
                    let response = String::from_utf8_lossy(&response);
                    assert_eq!(response, "", "{sent:?} {ended:?}");
                    return;
                }
            }
        }
        answers.fetch_add(1, Relaxed);
        let head = String::from_utf8_lossy(&response);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        if head.contains("Connection: close") {
            assert_eq!(stream.read(&mut buffer).expect("an end"), 0);
            return;
        }
    }
}

#[test]
fn a_second_signal_ends_the_demo_at_once() {
    let mut demo = Program::demo(&[]);
    let _upload = unfinished_upload(&demo);
    demo.signal("INT");
    assert_eq!(demo.next_error(), "wsgi demo: ending");
    demo.signal("TERM");
    assert_eq!(demo.wait().signal(), Some(15));
}

#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_descriptors_is_raised_to_the_highest_allowed() {
    let data = tempfile::TempDir::new().expect("a folder");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -Sn 64 && exec \"$0\" demo --bind 127.0.0.1:0"])
        .arg(env!("CARGO_BIN_EXE_wsgi"))
        .env("XDG_DATA_HOME", data.path());
    let demo = Program::of(command);
    let limits = format!("/proc/{}/limits", demo.process.id());
    let limits = std::fs::read_to_string(limits).expect("its limits");
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let mut figures = line.expect("a limit").split_whitespace();
    let (soft, hard) = (figures.next(), figures.next());
    assert!(soft == hard && soft != Some("64"), "{limits}");
}
