//! Waiting until all processes of the program serve.

use std::{os::unix::net::UnixDatagram, process::Command, thread};

use tempfile::TempDir;

use super::PATIENCE;

const VARIABLE: &str = "NOTIFY_SOCKET";

/// The service manager of a program with several processes. One of them says where it serves before
/// the parent knows it, and a death until then ends the program.
pub(crate) struct Readiness {
    socket: UnixDatagram,
    _folder: TempDir,
}

impl Readiness {
    /// Has a command tell this, if it starts several processes and tells no other service manager.
    pub(crate) fn of(command: &mut Command) -> Option<Self> {
        let starts_several = command.get_args().any(|argument| argument == "--processes");
        let is_service = command.get_envs().any(|(name, _)| name == VARIABLE);
        if !starts_several || is_service {
            return None;
        }
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        command.env(VARIABLE, path);
        Some(Self {
            socket,
            _folder: folder,
        })
    }

    /// Waits until every process serves.
    pub(crate) fn wait(&self) {
        let patience = Some(PATIENCE);
        self.socket.set_read_timeout(patience).expect("a timeout");
        let mut message = [0; 4096];
        loop {
            let length = self.socket.recv(&mut message).expect("a message");
            if message[..length].starts_with(b"READY=1") {
                break;
            }
        }
        self.socket.set_read_timeout(None).expect("no timeout");
        // What comes later must not fill the socket.
        let socket = self.socket.try_clone().expect("a socket");
        thread::spawn(move || while socket.recv(&mut message).is_ok() {});
    }
}
