//! Apache as the front server.

use std::{fs, net::TcpStream, os::unix::fs::MetadataExt, path::Path};

use tempfile::TempDir;
use wsgi_tests::{Front, Gateway, Notes, Protocol, Request, Response, Run, Socket, exchange, run};

use crate::{
    front::{FrontServer, folder, program},
    serving::{Place, Serving},
    snippet::Snippet,
};

/// The modules that the page names, and those that Debian loads by default.
const MODULES: &[&str] = &[
    "mpm_event",
    "authz_core",
    "env",
    "headers",
    "alias",
    "cgid",
    "proxy",
    "proxy_http",
    "proxy_fcgi",
    "proxy_scgi",
];

/// The folders of the modules, in Debian and in Homebrew.
const MODULE_FOLDERS: &[&str] = &["/usr/lib/apache2/modules", "/usr/libexec/apache2"];

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&Apache::start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&Apache::start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_case_holds_by_cgi() {
    run(&Apache::start_cgi());
}

#[test]
fn every_case_holds_by_fastcgi_over_tcp() {
    run(&Apache::start(Protocol::FastCgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    run(&Apache::start(Protocol::FastCgi, Socket::Unix));
}

#[test]
fn every_case_holds_by_scgi_over_tcp() {
    run(&Apache::start(Protocol::Scgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_scgi_over_a_unix_socket() {
    run(&Apache::start(Protocol::Scgi, Socket::Unix));
}

struct Apache {
    gateway: Gateway,
    front: FrontServer,
    /// `None` if each request has a process of its own.
    serving: Option<Serving>,
}

impl Apache {
    fn start(protocol: Protocol, socket: Socket) -> Self {
        let serving = Serving::start_with(protocol, socket, |builder| match protocol {
            Protocol::Http => builder.spool_bodies(true),
            Protocol::Scgi => builder.script_name(""),
            _ => builder,
        });
        let (heading, scheme) = match protocol {
            Protocol::FastCgi => ("Apache: FastCGI", "fcgi"),
            Protocol::Scgi => ("Apache: SCGI", "scgi"),
            _ => ("Apache: HTTP", "http"),
        };
        let known = format!("unix:/run/hello/hello.sock|{scheme}://hello/");
        let backend = match &serving.address {
            Place::Tcp(address) => format!("{scheme}://{address}/"),
            Place::Unix(path) => format!("unix:{}|{scheme}://hello/", path.display()),
        };
        let site = Snippet::below(heading).replace(&known, &backend);
        Apache {
            gateway: Gateway::behind(Front::Apache, protocol, socket),
            front: start(folder(), &site),
            serving: Some(serving),
        }
    }

    fn start_cgi() -> Self {
        let folder = folder();
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        // Other users may have no access to the build's folder.
        fs::copy(env!("CARGO_BIN_EXE_cgi"), programs.join("hello")).unwrap();
        let programs = programs.to_str().unwrap();
        let site = Snippet::below("Apache: CGI").replace("/usr/local/lib/hello", programs);
        Apache {
            gateway: Gateway::cgi(Some(Front::Apache)),
            front: start(folder, &site),
            serving: None,
        }
    }
}

fn start(folder: TempDir, site: &Snippet) -> FrontServer {
    let arguments = ["-DFOREGROUND", "-f"];
    FrontServer::start(folder, &program("apache2"), &arguments, |folder, port| {
        let host = format!("<VirtualHost 127.0.0.1:{port}>");
        frame(
            folder,
            port,
            &site.clone().replace("<VirtualHost *:80>", &host),
        )
    })
}

/// The configuration around a site, as in Debian's `apache2.conf`, but with few threads and in the
/// test's folder.
fn frame(folder: &Path, port: u16, site: &Snippet) -> String {
    let mut folders = MODULE_FOLDERS.iter().map(Path::new);
    let modules = folders
        .find(|folder| folder.is_dir())
        .expect("Apache's modules");
    let modules: String = MODULES
        .iter()
        .map(|module| {
            let file = modules.join(format!("mod_{module}.so"));
            format!("LoadModule {module}_module {}\n", file.display())
        })
        .collect();
    // Its children are never root: they are nobody if we are root, and otherwise our user.
    let user = match folder.metadata().unwrap().uid() {
        0 => "User #65534\nGroup #65534\n",
        _ => "",
    };
    let folder = folder.display();
    format!(
        "{modules}\
         ServerRoot {folder}\n\
         DefaultRuntimeDir {folder}\n\
         PidFile {folder}/front.pid\n\
         ScriptSock {folder}/front.cgid\n\
         ErrorLog {folder}/front.log\n\
         ServerName localhost\n\
         Listen 127.0.0.1:{port}\n\
         KeepAliveTimeout 1\n\
         StartServers 1\n\
         ServerLimit 1\n\
         ThreadsPerChild 8\n\
         MaxRequestWorkers 8\n\
         {user}{site}",
    )
}

impl Run for Apache {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let stream = TcpStream::connect(("127.0.0.1", self.front.port));
        exchange(stream, request, notes)
    }

    fn logs(&self) -> [String; 2] {
        let own = self.serving.as_ref();
        let own = own.map(|serving| serving.log.to_string());
        [own.unwrap_or_default(), self.front.log()]
    }
}
