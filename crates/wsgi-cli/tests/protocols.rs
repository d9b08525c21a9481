//! The demo for a front server: each protocol, on Unix sockets.

#![cfg(unix)]

mod support;

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::{
            fs::{MetadataExt, PermissionsExt},
            net::{UnixListener, UnixStream},
        },
    },
    process::Command,
    time::Duration,
};

use support::Program;
use tempfile::TempDir;

/// The demo's answer to these bytes, until it closes the connection.
fn exchange(options: &[&str], name: &str, request: &[u8]) -> Vec<u8> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let bind = format!("unix:{}", path.display());
    // Root may give the file to any group, another user to their own.
    let ours = folder.path().metadata().expect("a folder");
    let group = if ours.uid() == 0 { 65533 } else { ours.gid() };
    let option = format!("--socket-group={group}");
    let usual = ["demo", "--bind", &bind, "--threads", "1", &option];
    let program = Program::start(&[&usual, options].concat());
    assert_eq!(program.address, format!("{bind} over {name}"));
    let socket = fs::metadata(&path).expect("a socket");
    assert_eq!(socket.permissions().mode() & 0o777, 0o640);
    assert_eq!(socket.gid(), group);

    let stream = UnixStream::connect(&path).expect("a connection");
    let response = ask(stream, request);
    program.signal("TERM");
    response
}

/// The answer to these bytes on a connection, until it closes.
fn ask(mut stream: UnixStream, request: &[u8]) -> Vec<u8> {
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("a timeout");
    stream.write_all(request).expect("the request is sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).expect("a response");
    response
}

#[track_caller]
fn check(protocol: &str, name: &str, request: &[u8], status: &str) {
    let options = [
        "--protocol",
        protocol,
        "--socket-mode=640",
        "--script-name=/site",
    ];
    let response = exchange(&options, name, request);
    let text = String::from_utf8_lossy(&response);
    assert!(text.contains(status), "{text}");
    for line in ["SCRIPT_NAME = '/site/environ'", "PATH_INFO = '/a/b'"] {
        assert!(text.lines().any(|other| other == line), "{line} in {text}");
    }
}

/// The variables of a front server whose `SCRIPT_NAME` is the whole path.
const VARIABLES: [(&str, &str); 5] = [
    ("CONTENT_LENGTH", ""),
    ("REQUEST_METHOD", "GET"),
    ("SCRIPT_NAME", "/site/environ/a/b"),
    ("REQUEST_URI", "/site/environ/a%2Fb"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
];

#[test]
fn http_is_spoken() {
    let request = b"GET /site/environ/a%2Fb HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n";
    check("http", "HTTP", request, "HTTP/1.1 200 OK\r\n");
}

/// A request by FastCGI.
fn fastcgi() -> Vec<u8> {
    let record = |kind: u8, content: &[u8]| {
        let length = (content.len() as u16).to_be_bytes();
        [&[1, kind, 0, 1, length[0], length[1], 0, 0], content].concat()
    };
    let mut params = Vec::new();
    for (name, value) in VARIABLES {
        params.extend([name.len() as u8, value.len() as u8]);
        params.extend_from_slice(name.as_bytes());
        params.extend_from_slice(value.as_bytes());
    }
    let request = [
        record(1, &[0, 1, 0, 0, 0, 0, 0, 0]),
        record(4, &params),
        record(4, b""),
        record(5, b""),
    ];
    request.concat()
}

#[test]
fn fastcgi_is_spoken() {
    check("fastcgi", "FastCGI", &fastcgi(), "Status: 200 OK\r\n");
}

/// Starts the demo with a listening socket that a shell passes, and sends it a request there.
#[track_caller]
fn check_passed(shell: &str, options: &str, name: &str, request: &[u8], status: &str) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let socket = UnixListener::bind(&path).expect("a socket");
    let program = env!("CARGO_BIN_EXE_wsgi");
    let mut command = Command::new("sh");
    let script = format!("{shell} exec {program} demo --session-store memory {options}");
    command.args(["-c", &script]).stdin(OwnedFd::from(socket));
    command.env("XDG_DATA_HOME", folder.path());
    let program = Program::of(command);
    assert_eq!(
        program.address,
        format!("unix:{} over {name}", path.display())
    );
    let stream = UnixStream::connect(&path).expect("a connection");
    let response = String::from_utf8_lossy(&ask(stream, request)).into_owned();
    assert!(response.contains(status), "{response}");
}

const HTTP: &[u8] = b"GET /hello HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n";

#[test]
fn a_socket_that_stands_for_standard_input_is_served_by_fastcgi() {
    let name = "--script-name=/site";
    check_passed("", name, "FastCGI", &fastcgi(), "Status: 200 OK\r\n");
    check_passed("", "--protocol http", "HTTP", HTTP, "HTTP/1.1 200 OK\r\n");
}

#[test]
fn sockets_of_a_service_manager_are_served_by_http() {
    let shell = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$;";
    check_passed(shell, "", "HTTP", HTTP, "HTTP/1.1 200 OK\r\n");
    let options = "--protocol fastcgi --script-name /site";
    check_passed(shell, options, "FastCGI", &fastcgi(), "Status: 200 OK\r\n");
}

#[test]
fn an_option_takes_precedence_over_passed_sockets() {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    command.args(["demo", "--session-store", "memory", "--bind", "127.0.0.1:0"]);
    let passed = socket.local_addr().expect("an address").to_string();
    command.stdin(OwnedFd::from(socket));
    command.env("XDG_DATA_HOME", TempDir::new().expect("a folder").path());
    let program = Program::of(command);
    assert_ne!(program.address, passed);
    assert!(program.get("/hello").0.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn scgi_is_spoken() {
    let mut head = String::new();
    for (name, value) in VARIABLES {
        let value = if name == "CONTENT_LENGTH" { "0" } else { value };
        head += &format!("{name}\0{value}\0");
    }
    head += &format!("SCGI\0{}\0", 1);
    let request = format!("{}:{head},", head.len());
    check("scgi", "SCGI", request.as_bytes(), "Status: 200 OK\r\n");
}

#[test]
fn uwsgi_is_spoken() {
    let mut text = Vec::new();
    for part in VARIABLES.iter().flat_map(|(name, value)| [name, value]) {
        text.extend((part.len() as u16).to_le_bytes());
        text.extend(part.bytes());
    }
    let [low, high] = (text.len() as u16).to_le_bytes();
    let request = [&[0, low, high, 0], &text[..]].concat();
    check("uwsgi", "uwsgi", &request, "HTTP/1.1 200 OK\r\n");
}
