//! nginx in front.

use std::{net::TcpStream, path::Path};

use wsgi_tests::{Front, Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, run};

use crate::{
    front::{FrontServer, folder, program},
    serving::{Place, Serving},
    snippet::Snippet,
    systemd::{Passing, Service},
};

#[test]
fn every_pair_holds_by_http_over_tcp() {
    run(&Nginx::start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_pair_holds_by_http_over_a_unix_socket() {
    run(&Nginx::start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_pair_holds_by_fastcgi_over_tcp() {
    run(&Nginx::start(Protocol::FastCgi, Socket::Tcp));
}

#[test]
fn every_pair_holds_by_fastcgi_over_a_unix_socket() {
    run(&Nginx::start(Protocol::FastCgi, Socket::Unix));
}

#[test]
fn every_pair_holds_by_scgi_over_tcp() {
    run(&Nginx::start(Protocol::Scgi, Socket::Tcp));
}

#[test]
fn every_pair_holds_by_scgi_over_a_unix_socket() {
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

/// The whole page at once: its units, and nginx before them.
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
        let server = match &serving.address {
            Place::Tcp(address) => address.to_string(),
            Place::Unix(path) => format!("unix:{}", path.display()),
        };
        Nginx {
            gateway: Gateway::behind(Front::Nginx, protocol, socket),
            front: start(protocol, &server),
            serving,
        }
    }
}

/// nginx as the page says, before a server at an address.
fn start(protocol: Protocol, server: &str) -> FrontServer {
    let heading = match protocol {
        Protocol::FastCgi => "nginx: FastCGI",
        Protocol::Scgi => "nginx: SCGI",
        _ => "nginx: HTTP",
    };
    let site = Snippet::below(heading)
        .replace(
            "server unix:/run/hello/hello.sock;",
            &format!("server {server};"),
        )
        // They stand beside the system's configuration, which is not this one.
        .replace_any("include ", "include /etc/nginx/");
    let arguments = ["-p", ".", "-e", "front.log", "-c"];
    FrontServer::start(folder(), &program("nginx"), &arguments, |folder, port| {
        let listen = format!("listen 127.0.0.1:{port};");
        frame(folder, &site.clone().replace("listen 80;", &listen))
    })
}

/// What stands around a site in Debian's `nginx.conf`, in one process and in a
/// folder of the test's.
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
