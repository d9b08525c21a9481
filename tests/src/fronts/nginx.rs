//! nginx with the configurations of the page.

use std::{net::SocketAddr, path::Path};

use super::{
    front_server::{FrontServer, Ports, folder, program},
    place::Place,
    snippet::Snippet,
};
use crate::gateway::{Protocol, Scheme};

/// Starts nginx for an application's process.
///
/// # Panics
///
/// nginx does not start.
#[must_use]
pub fn start(protocol: Protocol, place: &Place, scheme: Scheme) -> FrontServer {
    start_with(protocol, place, scheme, |site| site)
}

/// The same with an edited configuration.
///
/// # Panics
///
/// nginx does not start.
#[must_use]
pub fn start_with(
    protocol: Protocol,
    place: &Place,
    scheme: Scheme,
    edit: impl Fn(Snippet) -> Snippet,
) -> FrontServer {
    let heading = match protocol {
        Protocol::FastCgi => "nginx: FastCGI",
        Protocol::Scgi => "nginx: SCGI",
        Protocol::Uwsgi => "nginx: uwsgi",
        _ => "nginx: HTTP",
    };
    let mut site = edit(Snippet::below(heading))
        .replace(
            "server unix:/run/hello/hello.sock;",
            &format!("server {place};"),
        )
        // The site includes files of the system's configuration, which is elsewhere.
        .replace_any("include ", "include /etc/nginx/");
    if scheme == Scheme::Https {
        let [listen, redirect] = Snippet::all_below("nginx: HTTPS")
            .try_into()
            .expect("blocks");
        site = site
            .replace("    listen 80;\n", &listen.to_string())
            .and(&redirect);
    }
    let arguments = ["-p", ".", "-e", "front.log", "-c"];
    FrontServer::start(folder(), &program("nginx"), &arguments, |folder, ports| {
        frame(folder, &at(site.clone(), folder, ports))
    })
}

/// Starts nginx for a server that speaks TLS itself and expects the PROXY protocol.
///
/// # Panics
///
/// nginx does not start.
#[must_use]
pub fn start_stream(server: SocketAddr) -> FrontServer {
    let site =
        Snippet::below("TLS that nginx passes on").replace("127.0.0.1:8443", &server.to_string());
    let arguments = ["-p", ".", "-e", "front.log", "-c"];
    FrontServer::start(folder(), &program("nginx"), &arguments, |folder, ports| {
        let port = format!("listen 127.0.0.1:{};", ports.https);
        let site = site.clone().replace("listen 443;", &port);
        let module = program("ngx_stream_module.so");
        format!("load_module {};\n{}{site}", module.display(), main(folder))
    })
}

/// A site with a test's ports and certificate.
fn at(site: Snippet, folder: &Path, ports: Ports) -> Snippet {
    site.with_certificate_in(folder)
        .replace_any("listen 80;", &format!("listen 127.0.0.1:{};", ports.http))
        .replace_any("listen 443 ", &format!("listen 127.0.0.1:{} ", ports.https))
}

/// The configuration around a site, as in Debian's `nginx.conf`, but with one process and in the
/// test's folder.
fn frame(folder: &Path, site: &Snippet) -> String {
    let main = main(folder);
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
        .map(|what| format!("    {what}_temp_path {folder}/{what};\n"))
        .concat();
    format!("{main}http {{\n    access_log off;\n{temporary}{site}}}\n")
}

/// The lines of a configuration before its protocols.
fn main(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\n\
         master_process off;\n\
         pid {folder}/front.pid;\n\
         lock_file {folder}/front.lock;\n\
         error_log {folder}/front.log error;\n\
         events {{}}\n"
    )
}
