//! nginx in front of a measured server.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::process::Process;
use crate::{outside, result::Result, scratch::Scratch};

/// The time limit of its start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The module for files that are compressed by brotli, as Debian installs it.
const BROTLI: &str = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so";

/// Whether nginx can send files that are compressed by brotli.
pub(super) fn has_brotli() -> bool {
    Path::new(BROTLI).is_file()
}

/// One process of nginx with one worker, killed on drop.
#[derive(Debug)]
pub(super) struct Nginx {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Nginx {
    /// Starts nginx in front of `server`, an address in its notation. For each client, it keeps a
    /// connection to the server.
    pub(super) fn start(way: Way, server: &str, scratch: &Scratch) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = scratch.path("");
        Self::start_with(&front(way, server, address, &folder), address, &folder)
    }

    /// Starts nginx with the rest of a configuration of `http`, which has it listen on `address`.
    pub(super) fn start_with(rest: &str, address: SocketAddr, folder: &Path) -> Result<Self> {
        let program = outside::path("nginx").ok_or("nginx is not installed")?;
        let (pid, file) = (folder.join("nginx.pid"), folder.join("nginx.conf"));
        fs::write(&file, configuration(rest, folder))?;
        drop(fs::remove_file(&pid));
        let child = Command::new(program)
            .arg("-e")
            .arg(folder.join("nginx.log"))
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .spawn()?;
        let mut nginx = Self { child, address };
        // nginx writes the file once it listens.
        let deadline = Instant::now() + PATIENCE;
        while !pid.exists() {
            if nginx.child.try_wait()?.is_some() || Instant::now() > deadline {
                return Err("nginx does not start".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    pub(super) fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The protocol between nginx and the server. Connections are kept if the protocol allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    FastCgi,
    Scgi,
    Http,
}

impl Way {
    fn location(self) -> &'static str {
        match self {
            Self::FastCgi => {
                "fastcgi_pass behind; fastcgi_keep_conn on; include /etc/nginx/fastcgi_params;\n\
                 fastcgi_param SCRIPT_FILENAME $document_root/hello.php;"
            }
            Self::Scgi => "scgi_pass behind; include /etc/nginx/scgi_params;",
            Self::Http => {
                "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\";"
            }
        }
    }
}

/// A front server, which passes every request on.
fn front(way: Way, server: &str, address: SocketAddr, folder: &Path) -> String {
    let location = way.location();
    let folder = folder.display();
    format!(
        "upstream behind {{ server {server}; keepalive 64; keepalive_requests 1000000000; }}\n\
         server {{\nlisten {address};\nroot {folder};\nlocation / {{\n{location}\n}}\n}}\n"
    )
}

/// The whole configuration. All files of nginx are in `folder`.
fn configuration(rest: &str, folder: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
        .map(|what| format!("{what}_temp_path {folder}/nginx-{what};\n"))
        .concat();
    let modules = match has_brotli() {
        true => format!("load_module {BROTLI};\n"),
        false => String::new(),
    };
    format!(
        "{modules}daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\n\
         error_log {folder}/nginx.log;\nlock_file {folder}/nginx.lock;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\naccess_log off;\n{temporary}\
         keepalive_requests 1000000000;\n{rest}}}\n"
    )
}
