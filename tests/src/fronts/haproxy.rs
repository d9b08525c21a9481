//! HAProxy with the configurations of the page.

use std::{net::SocketAddr, path::Path};

use super::{
    front_server::{FrontServer, Ports, folder, program},
    place::Place,
    snippet::Snippet,
};
use crate::gateway::Protocol;

/// Starts HAProxy for an application's process.
///
/// # Panics
///
/// HAProxy does not start.
#[must_use]
pub fn start(protocol: Protocol, place: &Place) -> FrontServer {
    start_with(protocol, place, |site| site)
}

/// The same with an edited configuration.
///
/// # Panics
///
/// HAProxy does not start.
#[must_use]
pub fn start_with(
    protocol: Protocol,
    place: &Place,
    edit: impl Fn(Snippet) -> Snippet,
) -> FrontServer {
    let heading = match protocol {
        Protocol::FastCgi => "HAProxy: FastCGI",
        _ => "HAProxy: HTTP",
    };
    let address = match place {
        Place::Tcp(address) => address.to_string(),
        Place::Unix(path) => format!("unix@{}", path.display()),
    };
    let site = edit(Snippet::below("HAProxy: all protocols").and(&Snippet::below(heading)))
        .replace("unix@/run/hello/hello.sock", &address);
    run(|folder, ports| at(site.clone(), folder, ports))
}

/// Starts HAProxy for a server that speaks TLS itself and expects the PROXY protocol.
///
/// # Panics
///
/// HAProxy does not start.
#[must_use]
pub fn start_without_tls(server: SocketAddr) -> FrontServer {
    let site = Snippet::below("HAProxy: the PROXY protocol")
        .replace("127.0.0.1:8443", &server.to_string());
    run(|_folder, ports| {
        let port = format!("bind 127.0.0.1:{}\n", ports.https);
        site.clone().replace("bind :443\n", &port)
    })
}

/// Starts HAProxy, with TLS, for a server that expects the PROXY protocol.
///
/// # Panics
///
/// HAProxy does not start.
#[must_use]
pub fn start_with_tls(server: SocketAddr) -> FrontServer {
    let site =
        Snippet::below("TLS that ends at HAProxy").replace("127.0.0.1:8000", &server.to_string());
    run(|folder, ports| {
        let port = format!("bind 127.0.0.1:{} ", ports.https);
        let pem = format!("{}/hello.pem", folder.display());
        let site = site.clone().replace("bind :443 ", &port);
        site.replace("/etc/haproxy/hello.pem", &pem)
    })
}

/// Runs HAProxy with the site for a folder and ports.
fn run(site: impl Fn(&Path, Ports) -> Snippet) -> FrontServer {
    // As a master with a worker, it writes the file of its process id.
    let arguments = ["-W", "-p", "front.pid", "-f"];
    FrontServer::start(
        folder(),
        &program("haproxy"),
        &arguments,
        |folder, ports| frame(&site(folder, ports)),
    )
}

/// A site with a test's ports and certificate.
fn at(site: Snippet, folder: &Path, ports: Ports) -> Snippet {
    let folder = folder.display();
    site.replace("bind :80\n", &format!("bind 127.0.0.1:{}\n", ports.http))
        .replace("bind :443 ", &format!("bind 127.0.0.1:{} ", ports.https))
        .replace("/etc/haproxy/hello.pem", &format!("{folder}/hello.pem"))
}

/// The configuration around a site, as in Debian's `haproxy.cfg`, but with few threads and without
/// a folder of its own (`chroot`).
fn frame(site: &Snippet) -> String {
    format!(
        "global\n    \
             log stderr local0 err\n    \
             nbthread 2\n\
         defaults\n    \
             log global\n    \
             mode http\n    \
             timeout connect 5000\n    \
             timeout client 50000\n    \
             timeout server 50000\n\
         {site}"
    )
}
