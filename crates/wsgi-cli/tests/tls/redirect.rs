//! Plain http beside https: redirects, and challenges for certificates.

use std::{
    fs,
    io::Write,
    net::{TcpListener, TcpStream},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    authority::Authority,
    client::Client,
    support::{Program, inherit, rest, split},
};

/// The head and the body of the response to a request in clear.
#[track_caller]
fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("a request");
    split(&rest(&mut stream))
}

/// A request for this target to `example.org:8080`.
fn request(method: &str, target: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: example.org:8080\r\nConnection: close\r\n\r\n")
}

#[track_caller]
fn check_redirect(address: &str, method: &str, target: &str, location: &str) {
    let (head, _) = ask(address, &request(method, target));
    assert!(
        head.starts_with("HTTP/1.1 308 Permanent Redirect\r\n"),
        "{head}"
    );
    let location = format!("\r\nLocation: {location}\r\n");
    assert!(format!("{head}\r\n").contains(&location), "{head}");
}

#[test]
fn everything_but_challenges_is_redirected() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let webroot = TempDir::new().expect("a folder");
    let folder = webroot.path().join(".well-known/acme-challenge");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("token"), "token.thumbprint").expect("a file");
    let mut options = authority.options("site");
    options.extend(["--redirect-http=127.0.0.1:0", "--acme-webroot"].map(str::to_owned));
    options.push(webroot.path().to_str().expect("a path").to_owned());
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let demo = Program::demo(&options);
    let [secure, plain] = &demo.places[..] else {
        panic!("it serves on {:?}", demo.places);
    };
    let secure = secure.strip_prefix("https://").expect("https");
    let plain = plain.strip_prefix("http://").expect("http");

    let (_, port) = secure.rsplit_once(':').expect("a port");
    let https = format!("https://example.org:{port}");
    for (method, target) in [
        ("GET", "/"),
        ("HEAD", "/visits?a=%2F"),
        ("POST", "/login"),
        ("GET", "/.well-known/other"),
        ("GET", "//evil.example/"),
    ] {
        check_redirect(plain, method, target, &format!("{https}{target}"));
    }
    let (head, _) = ask(plain, &request("OPTIONS", "*"));
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    let (head, _) = ask(plain, "GET / HTTP/1.0\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    let (head, _) = ask(plain, "GET / HTTP/1.0\r\nHost: user@evil.example\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");

    let challenge = "/.well-known/acme-challenge";
    let (head, body) = ask(plain, &request("GET", &format!("{challenge}/token")));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: text/plain\r\n"), "{head}");
    assert_eq!(body, "token.thumbprint");
    for path in ["unknown", "..%2f..%2fsecret", ""] {
        let (head, _) = ask(plain, &request("GET", &format!("{challenge}/{path}")));
        assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    }
    Client::new(&authority).connect(secure, "demo").hello();
}

#[test]
fn a_check_says_where_requests_are_redirected() {
    let output = Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(["demo", "--bind=127.0.0.1:0", "--tls-self-signed"])
        .args(["--session-store=memory", "--redirect-http=127.0.0.1:0"])
        .arg("--check-config")
        .output()
        .expect("the program starts");
    let lines = String::from_utf8_lossy(&output.stdout);
    let line = "wsgi demo: redirects to https: 127.0.0.1:0\n";
    assert!(lines.contains(line), "{lines}");
}

#[test]
fn the_port_of_the_redirect_can_be_another_one() {
    for (port, location) in [
        ("443", "https://example.org/a"),
        ("8443", "https://example.org:8443/a"),
    ] {
        let options = ["--tls-self-signed", "--redirect-http=127.0.0.1:0"];
        let demo = Program::demo(&[&options[..], &["--redirect-port", port]].concat());
        let plain = demo.places[1].trim_start_matches("http://");
        check_redirect(plain, "GET", "/a", location);
    }
}

#[test]
fn an_inherited_socket_with_the_name_http_redirects() {
    let authority = Authority::new();
    authority.issue("site", "demo");
    let options = authority.options("site");
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let socket = || TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = |socket: &TcpListener| socket.local_addr().expect("an address").to_string();
    for (names, plain_is_first) in [("http:https", true), ("site.socket:http", false)] {
        let (one, other) = (socket(), socket());
        let _demo = Program::of(inherit(names, &options, [&one, &other]));
        let (plain, secure) = match plain_is_first {
            true => (address(&one), address(&other)),
            false => (address(&other), address(&one)),
        };
        let (_, port) = secure.rsplit_once(':').expect("a port");
        check_redirect(&plain, "GET", "/", &format!("https://example.org:{port}/"));
        Client::new(&authority).connect(&secure, "demo").hello();
    }
}

#[test]
fn inherited_sockets_for_http_alone_are_refused_also_by_a_check() {
    let socket = || TcpListener::bind("127.0.0.1:0").expect("a socket");
    let run = |names, options: &[_]| {
        let mut command = inherit(names, options, [&socket(), &socket()]);
        command.args(["--session-store", "memory"]);
        let output = command.output().expect("the program starts");
        let errors = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), errors)
    };
    const CHECK: &str = "--check-config";
    let problem = "wsgi: cannot serve https: every inherited socket has the name http\n";
    for further in [&[][..], &[CHECK]] {
        let options = [&["--tls-self-signed"], further].concat();
        for names in ["http:http", "http:metrics"] {
            let (code, errors) = run(names, &options);
            assert!(
                code == Some(1) && errors.ends_with(problem),
                "{names} {further:?}: {errors}"
            );
        }
    }
    for options in [&[CHECK][..], &[CHECK, "--tls-self-signed", "--bind", ":0"]] {
        let (code, errors) = run("http:http", options);
        assert_eq!(code, Some(0), "{options:?}: {errors}");
    }
    let (code, errors) = run("http:site", &[CHECK, "--tls-self-signed"]);
    assert_eq!(code, Some(0), "{errors}");
}

#[test]
fn without_tls_the_name_of_a_socket_means_nothing() {
    let socket = || TcpListener::bind("127.0.0.1:0").expect("a socket");
    let (one, other) = (socket(), socket());
    let _demo = Program::of(inherit("http:https", &[], [&one, &other]));
    for socket in [&one, &other] {
        let address = socket.local_addr().expect("an address").to_string();
        let (head, body) = ask(&address, &request("GET", "/hello"));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(body, "Hello world!\n");
    }
}
