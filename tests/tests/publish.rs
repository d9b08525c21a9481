//! The example `publish`, started in every way: by CGI, with a socket, and by a service manager.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixListener, unix::net::UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_publish");

/// The response by CGI of the program at this path.
#[track_caller]
fn cgi(program: impl AsRef<Path>, script_name: &str, path_info: &str) -> String {
    let output = Command::new(program.as_ref())
        .env_clear()
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REQUEST_METHOD", "GET")
        .env("SCRIPT_NAME", script_name)
        .env("PATH_INFO", path_info)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

fn hello(from: &str) -> String {
    let body = format!("Hello from {from}!\n");
    let length = body.len();
    let content_type = "Content-Type: text/plain; charset=utf-8";
    format!("Status: 200 OK\r\nContent-Length: {length}\r\n{content_type}\r\n\r\n{body}")
}

#[test]
fn a_front_server_finds_an_application_by_path() {
    let response = cgi(PROGRAM, "/cgi-bin/publish", "/hello/you");
    assert_eq!(response, hello("/cgi-bin/publish/hello"));
    let response = cgi(PROGRAM, "/cgi-bin/publish", "/nothing");
    assert!(response.starts_with("Status: 404 Not Found\r\n"));
}

#[test]
fn a_front_server_finds_an_application_by_the_name_of_the_script() {
    let response = cgi(PROGRAM, "/cgi-bin/hello", "/time");
    assert_eq!(response, hello("/cgi-bin/hello"));
}

#[test]
fn a_link_runs_the_application_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["hello", "time.cgi", "other"] {
        std::os::unix::fs::symlink(PROGRAM, folder.path().join(name)).unwrap();
    }
    let link = |name| folder.path().join(name);
    assert_eq!(cgi(link("hello"), "/x", "/time"), hello("/x"));
    assert!(!cgi(link("time.cgi"), "/x", "/hello").contains("Hello"));
    assert_eq!(cgi(link("other"), "/x", "/hello"), hello("/x/hello"));
}

/// The program with a socket as standard input, killed on drop.
struct Program(Child);

impl Program {
    fn start(shell: &str, socket: impl Into<OwnedFd>) -> Self {
        let child = Command::new("sh")
            .args(["-c", &format!("{shell} exec \"$0\""), PROGRAM])
            .stdin(Stdio::from(socket.into()))
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A FastCGI record of request 1 (FastCGI Specification section 3.3).
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    let header = [1, kind, 0, 1, length[0], length[1], 0, 0];
    [&header[..], content].concat()
}

#[test]
fn a_socket_as_standard_input_is_served_by_fastcgi() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let socket = UnixListener::bind(&path).unwrap();
    let _program = Program::start("", socket);

    let mut params = Vec::new();
    for (name, value) in [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/hello")] {
        params.extend([name.len() as u8, value.len() as u8]);
        params.extend_from_slice(format!("{name}{value}").as_bytes());
    }
    let responder = [0, 1, 0, 0, 0, 0, 0, 0];
    let request = [
        record(1, &responder),
        record(4, &params),
        record(4, b""),
        record(5, b""),
    ];
    let mut client = UnixStream::connect(path).unwrap();
    client.set_read_timeout(Some(wsgi_tests::PATIENCE)).unwrap();
    client.write_all(&request.concat()).unwrap();
    let mut records = Vec::new();
    client.read_to_end(&mut records).unwrap();
    let response = hello("/hello");
    let stdout = record(6, response.as_bytes());
    // The header has the length of the padding, which the server chooses.
    assert_eq!(records[..6], stdout[..6]);
    assert!(records[8..].starts_with(response.as_bytes()));
}

#[test]
fn a_socket_of_a_service_manager_is_served_by_http() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let pass = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$;";
    let _program = Program::start(pass, socket);

    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(wsgi_tests::PATIENCE)).unwrap();
    let request = b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    client.write_all(request).unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.ends_with("\r\n\r\nHello from /hello!\n"));
}
