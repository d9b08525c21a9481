//! H2O with the configurations of the page.

use std::{os::unix::fs::MetadataExt, path::Path};

use super::{
    front_server::{FrontServer, Ports, folder, program},
    place::Place,
    snippet::Snippet,
};
use crate::gateway::Protocol;

/// Starts H2O for an application's process.
///
/// # Panics
///
/// H2O does not start.
#[must_use]
pub fn start(protocol: Protocol, place: &Place) -> FrontServer {
    let (heading, known, server) = match (protocol, place) {
        (Protocol::FastCgi, Place::Tcp(address)) => (
            "H2O: FastCGI",
            "port: /run/hello/hello.sock\n  type: unix",
            format!(
                "host: {}\n  port: {}\n  type: tcp",
                address.ip(),
                address.port()
            ),
        ),
        (Protocol::FastCgi, Place::Unix(path)) => (
            "H2O: FastCGI",
            "/run/hello/hello.sock",
            path.display().to_string(),
        ),
        (_, Place::Tcp(address)) => (
            "H2O: HTTP",
            "[unix:/run/hello/hello.sock]",
            address.to_string(),
        ),
        (_, Place::Unix(path)) => (
            "H2O: HTTP",
            "/run/hello/hello.sock",
            path.display().to_string(),
        ),
    };
    let site = Snippet::below("H2O: all protocols");
    let backend = Snippet::below(heading).replace(known, &server);
    let site = site.replace(
        "        # The application.\n",
        &backend.indented(8).to_string(),
    );
    FrontServer::start(folder(), &program("h2o"), &["-c"], |folder, ports| {
        frame(folder, &at(site.clone(), folder, ports))
    })
}

/// A site with a test's ports and certificate.
fn at(site: Snippet, folder: &Path, ports: Ports) -> Snippet {
    let listen = |port| format!("host: 127.0.0.1\n      port: {port}\n");
    site.with_certificate_in(folder)
        .replace("port: 80\n", &listen(ports.http))
        .replace("port: 443\n", &listen(ports.https))
}

/// The configuration around a site, as in Debian's `h2o.conf`, but with few threads and in the
/// test's folder.
fn frame(folder: &Path, site: &Snippet) -> String {
    // Its process stays root if we are root: it writes into the folder after it could change.
    let user = match folder.metadata().unwrap().uid() {
        0 => "user: root\n",
        _ => "",
    };
    let folder = folder.display();
    format!(
        "{user}\
         num-threads: 2\n\
         pid-file: {folder}/front.pid\n\
         error-log: {folder}/front.log\n\
         temp-buffer-path: {folder}\n\
         {site}"
    )
}
