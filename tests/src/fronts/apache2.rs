//! Apache with the configurations of the page.

use std::{os::unix::fs::MetadataExt, path::Path};

use tempfile::TempDir;

use super::{
    front_server::{FrontServer, Ports, folder, program},
    place::Place,
    snippet::Snippet,
};
use crate::gateway::{Protocol, Scheme};

/// The modules that the page names, and those that Debian loads by default.
const MODULES: &[&str] = &[
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "auth_basic",
    "authnz_fcgi",
    "env",
    "headers",
    "alias",
    "cgid",
    "proxy",
    "proxy_http",
    "proxy_fcgi",
    "proxy_scgi",
    "proxy_uwsgi",
    "ssl",
];

/// The folders of the modules, in Debian and in Homebrew.
const MODULE_FOLDERS: &[&str] = &["/usr/lib/apache2/modules", "/usr/libexec/apache2"];

/// Starts Apache for an application's process.
///
/// # Panics
///
/// Apache does not start.
#[must_use]
pub fn start(protocol: Protocol, place: &Place, scheme: Scheme) -> FrontServer {
    let (heading, name) = match protocol {
        Protocol::FastCgi => ("Apache: FastCGI", "fcgi"),
        Protocol::Scgi => ("Apache: SCGI", "scgi"),
        Protocol::Uwsgi => ("Apache: uwsgi", "uwsgi"),
        _ => ("Apache: HTTP", "http"),
    };
    let known = format!("unix:/run/hello/hello.sock|{name}://hello/");
    let backend = match place {
        Place::Tcp(address) => format!("{name}://{address}/"),
        Place::Unix(path) => format!("unix:{}|{name}://hello/", path.display()),
    };
    let mut site = Snippet::below(heading).replace(&known, &backend);
    if scheme == Scheme::Https {
        let [host, redirect] = Snippet::all_below("Apache: HTTPS")
            .try_into()
            .expect("blocks");
        site = site
            .replace("<VirtualHost *:80>\n", &host.to_string())
            .and(&redirect);
    }
    start_in(folder(), &site)
}

/// Starts Apache for a site of the page, with a folder for its files.
///
/// # Panics
///
/// Apache does not start.
#[must_use]
pub fn start_in(folder: TempDir, site: &Snippet) -> FrontServer {
    let arguments = ["-DFOREGROUND", "-f"];
    FrontServer::start(folder, &program("apache2"), &arguments, |folder, ports| {
        let at = |port| format!("<VirtualHost 127.0.0.1:{port}>");
        let site = site
            .clone()
            .with_certificate_in(folder)
            .replace_any("<VirtualHost *:80>", &at(ports.http))
            .replace_any("<VirtualHost *:443>", &at(ports.https));
        frame(folder, ports, &site)
    })
}

/// The configuration around a site, as in Debian's `apache2.conf`, but with few threads and in the
/// test's folder.
fn frame(folder: &Path, ports: Ports, site: &Snippet) -> String {
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
    let Ports { http, https } = ports;
    format!(
        "{modules}\
         ServerRoot {folder}\n\
         DefaultRuntimeDir {folder}\n\
         PidFile {folder}/front.pid\n\
         ScriptSock {folder}/front.cgid\n\
         ErrorLog {folder}/front.log\n\
         ServerName localhost\n\
         Listen 127.0.0.1:{http}\n\
         Listen 127.0.0.1:{https}\n\
         KeepAliveTimeout 1\n\
         StartServers 1\n\
         ServerLimit 1\n\
         ThreadsPerChild 8\n\
         MaxRequestWorkers 8\n\
         {user}{site}",
    )
}
