//! nginx as the front server.

use std::{net::TcpStream, path::Path};

use wsgi_tests::{Front, Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, run};

use crate::{
    front::{FrontServer, folder, program},
    serving::Serving,
    snippet::Snippet,
    systemd::{Passing, Service},
};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&Nginx::start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&Nginx::start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_case_holds_by_fastcgi_over_tcp() {
    run(&Nginx::start(Protocol::FastCgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    run(&Nginx::start(Protocol::FastCgi, Socket::Unix));
}

#[test]
fn every_case_holds_by_scgi_over_tcp() {
    run(&Nginx::start(Protocol::Scgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_scgi_over_a_unix_socket() {
    run(&Nginx::start(Protocol::Scgi, Socket::Unix));
}

#[test]
fn a_service_of_systemd_is_reached_by_http() {
    check_service(Passing::Descriptors, Protocol::Http);
}

#[test]
fn a_service_of_systemd_is_reached_by_fastcgi() {
    check_service(Passing::StandardInput, Protocol::FastCgi);
}

/// Checks a response without a declared length that fails after its first bytes, with an edited
/// configuration. The client must see that it is not whole.
#[track_caller]
fn check_break(protocol: Protocol, socket: Socket, edit: impl Fn(Snippet) -> Snippet) {
    let serving = Serving::start(protocol, socket);
    let front = start_with(protocol, &serving.address.to_string(), edit);
    let folder = tempfile::tempdir().unwrap();
    let notes = Notes::new(&folder, "notes");
    for case in [
        "an_error_after_the_first_chunk",
        "an_error_after_flushed_bytes",
    ] {
        let request = Request::get("").below(case, &notes);
        let stream = TcpStream::connect(("127.0.0.1", front.port));
        let response = exchange(stream, &request, &notes).unwrap();
        // nginx may drop the bytes in its buffers, also the head.
        assert!(
            b"Hello ".starts_with(&response.body),
            "{case}: {response:?}"
        );
        assert!(!response.is_complete, "{case}: {response:?}");
    }
}

/// A connection for each request, which is nginx's default.
fn without_keep_conn(site: Snippet) -> Snippet {
    site.replace("fastcgi_keep_conn on;", "")
        .replace("keepalive 16;", "")
}

fn without_buffers(site: Snippet) -> Snippet {
    let buffering = "fastcgi_buffering off;\n        include ";
    site.replace("include ", buffering)
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_without_keep_conn() {
    check_break(Protocol::FastCgi, Socket::Tcp, without_keep_conn);
    check_break(Protocol::FastCgi, Socket::Unix, without_keep_conn);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_without_keep_conn_and_buffers() {
    let edit = |site| without_buffers(without_keep_conn(site));
    check_break(Protocol::FastCgi, Socket::Tcp, edit);
    check_break(Protocol::FastCgi, Socket::Unix, edit);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_with_keep_conn() {
    check_break(Protocol::FastCgi, Socket::Tcp, |site| site);
    check_break(Protocol::FastCgi, Socket::Unix, without_buffers);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_http_1_0() {
    let old = |site: Snippet| site.replace("proxy_http_version 1.1;", "");
    check_break(Protocol::Http, Socket::Tcp, old);
    let unbuffered = "proxy_buffering off;";
    check_break(Protocol::Http, Socket::Tcp, |site| {
        site.replace("proxy_http_version 1.1;", unbuffered)
    });
}

#[test]
fn a_response_that_breaks_off_is_seen_by_http_1_1_without_buffers() {
    let unbuffered = "proxy_buffering off;\n        proxy_http_version 1.1;";
    for socket in [Socket::Tcp, Socket::Unix] {
        check_break(Protocol::Http, socket, |site| {
            site.replace("proxy_http_version 1.1;", unbuffered)
        });
    }
}

/// Checks systemd's units of the page behind the page's nginx.
#[track_caller]
fn check_service(passing: Passing, protocol: Protocol) {
    let service = Service::start(passing);
    let front = start(protocol, &format!("unix:{}", service.socket.display()));
    let folder = tempfile::tempdir().unwrap();
    let notes = Notes::new(&folder, "notes");
    let stream = TcpStream::connect(("127.0.0.1", front.port));
    let response = exchange(stream, &Request::get("/hello"), &notes).unwrap();
    assert_eq!(response.code, 200, "{response:?}");
    assert_eq!(response.body, b"Hello from /hello!\n");
}

struct Nginx {
    gateway: Gateway,
    front: FrontServer,
    serving: Serving,
}

impl Nginx {
    fn start(protocol: Protocol, socket: Socket) -> Self {
        let serving = Serving::start_with(protocol, socket, |builder| builder.spool_bodies(true));
        Nginx {
            gateway: Gateway::behind(Front::Nginx, protocol, socket),
            front: start(protocol, &serving.address.to_string()),
            serving,
        }
    }
}

/// Starts nginx with the page's configuration, for a server at an address.
fn start(protocol: Protocol, server: &str) -> FrontServer {
    start_with(protocol, server, |site| site)
}

/// The same with an edited configuration.
fn start_with(protocol: Protocol, server: &str, edit: impl Fn(Snippet) -> Snippet) -> FrontServer {
    let heading = match protocol {
        Protocol::FastCgi => "nginx: FastCGI",
        Protocol::Scgi => "nginx: SCGI",
        _ => "nginx: HTTP",
    };
    let site = edit(Snippet::below(heading))
        .replace(
            "server unix:/run/hello/hello.sock;",
            &format!("server {server};"),
        )
        // The site includes files of the system's configuration, which is elsewhere.
        .replace_any("include ", "include /etc/nginx/");
    let arguments = ["-p", ".", "-e", "front.log", "-c"];
    FrontServer::start(folder(), &program("nginx"), &arguments, |folder, port| {
        let listen = format!("listen 127.0.0.1:{port};");
        frame(folder, &site.clone().replace("listen 80;", &listen))
    })
}

/// The configuration around a site, as in Debian's `nginx.conf`, but with one process and in the
/// test's folder.
fn frame(folder: &Path, site: &Snippet) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
        .map(|what| format!("    {what}_temp_path {folder}/{what};\n"))
        .concat();
    format!(
        "daemon off;\n\
         master_process off;\n\
         pid {folder}/front.pid;\n\
         lock_file {folder}/front.lock;\n\
         error_log {folder}/front.log error;\n\
         events {{}}\n\
         http {{\n    access_log off;\n{temporary}{site}}}\n"
    )
}

impl Run for Nginx {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let stream = TcpStream::connect(("127.0.0.1", self.front.port));
        exchange(stream, request, notes)
    }

    fn logs(&self) -> [String; 2] {
        [self.serving.log.to_string(), self.front.log()]
    }
}
