//! nginx in front.

use std::{net::TcpStream, path::Path};

use wsgi_tests::{Front, Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, run};

use crate::{
    front::{FrontServer, folder, program},
    serving::{Place, Serving},
    snippet::Snippet,
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

struct Nginx {
    gateway: Gateway,
    front: FrontServer,
    serving: Serving,
}

impl Nginx {
    fn start(protocol: Protocol, socket: Socket) -> Self {
        let serving = Serving::start(protocol, socket);
        let server = match &serving.address {
            Place::Tcp(address) => format!("server {address};"),
            Place::Unix(path) => format!("server unix:{};", path.display()),
        };
        let heading = match protocol {
            Protocol::FastCgi => "nginx: FastCGI",
            Protocol::Scgi => "nginx: SCGI",
            _ => "nginx: HTTP",
        };
        let site = Snippet::below(heading)
            .replace("server unix:/run/hello/hello.sock;", &server)
            // They stand beside the system's configuration, which is not this one.
            .replace_any("include ", "include /etc/nginx/");
        let arguments = ["-p", ".", "-e", "front.log", "-c"];
        let front = FrontServer::start(folder(), &program("nginx"), &arguments, |folder, port| {
            let listen = format!("listen 127.0.0.1:{port};");
            frame(folder, &site.clone().replace("listen 80;", &listen))
        });
        Nginx {
            gateway: Gateway::behind(Front::Nginx, protocol, socket),
            front,
            serving,
        }
    }
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
