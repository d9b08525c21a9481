//! lighttpd with the configurations of the page.

use std::path::{Path, PathBuf};

use super::{
    front_server::{FrontServer, Ports, folder, program},
    place::Place,
    snippet::Snippet,
};
use crate::gateway::Protocol;

/// The normalization of URLs in Debian's `lighttpd.conf`.
const PARSING: &str = "server.http-parseopts = (\n\
     \x20   \"header-strict\" => \"enable\",\n\
     \x20   \"host-strict\" => \"enable\",\n\
     \x20   \"host-normalize\" => \"enable\",\n\
     \x20   \"url-normalize-unreserved\" => \"enable\",\n\
     \x20   \"url-normalize-required\" => \"enable\",\n\
     \x20   \"url-ctrls-reject\" => \"enable\",\n\
     \x20   \"url-path-2f-decode\" => \"enable\",\n\
     \x20   \"url-path-dotseg-remove\" => \"enable\",\n\
     )\n";

/// Starts lighttpd for an application's process.
///
/// # Panics
///
/// lighttpd does not start.
#[must_use]
pub fn start(protocol: Protocol, place: &Place) -> FrontServer {
    start_with(protocol, place, |site| site)
}

/// The same with an edited configuration of the protocol.
///
/// # Panics
///
/// lighttpd does not start.
#[must_use]
pub fn start_with(
    protocol: Protocol,
    place: &Place,
    edit: impl Fn(Snippet) -> Snippet,
) -> FrontServer {
    let heading = match protocol {
        Protocol::FastCgi => "lighttpd: FastCGI",
        Protocol::Scgi => "lighttpd: SCGI",
        Protocol::Uwsgi => "lighttpd: uwsgi",
        _ => "lighttpd: HTTP",
    };
    let server = match place {
        Place::Tcp(address) => {
            let (host, port) = (address.ip(), address.port());
            format!("\"host\" => \"{host}\", \"port\" => {port}")
        }
        Place::Unix(path) => format!("\"socket\" => \"{}\"", path.display()),
    };
    let backend = edit(Snippet::below(heading));
    start_site(
        folder(),
        &backend.replace("\"socket\" => \"/run/hello/hello.sock\"", &server),
    )
}

/// Starts lighttpd, which itself starts a program that serves FastCGI.
///
/// # Panics
///
/// lighttpd does not start.
#[must_use]
pub fn start_program(program: &Path) -> FrontServer {
    let folder = folder();
    let socket = |file: PathBuf| file.display().to_string();
    let backend = Snippet::below("lighttpd: a program that it starts")
        .replace("/usr/local/bin/hello", &socket(program.to_owned()))
        .replace(
            "/run/lighttpd/hello.sock",
            &socket(folder.path().join("hello.sock")),
        );
    start_site(folder, &backend)
}

fn start_site(folder: tempfile::TempDir, backend: &Snippet) -> FrontServer {
    let site = Snippet::below("lighttpd: all protocols").and(backend);
    FrontServer::start(
        folder,
        &program("lighttpd"),
        &["-D", "-f"],
        |folder, ports| frame(folder, ports, &site.clone().with_certificate_in(folder)),
    )
}

/// The configuration around a site, as in Debian's `lighttpd.conf`, but in the test's folder.
fn frame(folder: &Path, ports: Ports, site: &Snippet) -> String {
    let Ports { http, https } = ports;
    let site = site
        .clone()
        .replace("\":443\"", &format!("\"127.0.0.1:{https}\""));
    let folder = folder.display();
    format!(
        "server.document-root = \"{folder}\"\n\
         server.upload-dirs = ( \"{folder}\" )\n\
         server.errorlog = \"{folder}/front.log\"\n\
         server.pid-file = \"{folder}/front.pid\"\n\
         server.bind = \"127.0.0.1\"\n\
         server.port = {http}\n\
         {PARSING}{site}"
    )
}
