//! The program on the page about systemd, started by spawn-fcgi.

use std::{
    os::unix::net::UnixStream,
    process::{Child, Command},
};

use tempfile::TempDir;
use wsgi_tests::{
    PATIENCE, eventually,
    fronts::{Place, Snippet, folder},
};

/// A program that spawn-fcgi has started, killed on drop.
pub(crate) struct Spawned {
    pub(crate) place: Place,
    child: Child,
    _folder: TempDir,
}

impl Spawned {
    pub(crate) fn start() -> Self {
        let folder = folder();
        let socket = folder.path().join("hello.sock");
        let line = Snippet::below("spawn-fcgi")
            // The process stays the test's child, and has the test's user.
            .replace("spawn-fcgi ", "exec spawn-fcgi -n ")
            .replace(" -u hello -g hello", "")
            .replace(" -U www-data -G www-data", "")
            .replace("/run/hello/hello.sock", &socket.display().to_string())
            .replace("/usr/local/bin/hello", env!("CARGO_BIN_EXE_publish"));
        let child = Command::new("sh")
            .args(["-c", &line.to_string()])
            .spawn()
            .unwrap();
        eventually(PATIENCE, || UnixStream::connect(&socket).ok()).expect("a listening socket");
        Spawned {
            place: Place::Unix(socket),
            child,
            _folder: folder,
        }
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
