//! The units on the page about systemd, started in the way of systemd.

use std::{
    fs,
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt, net::UnixListener},
    },
    process::{Child, Command},
};

use tempfile::TempDir;
use wsgi_tests::fronts::{Place, Snippet, folder};

/// The way in which a service gets its socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// From descriptor 3 on (sd_listen_fds(3)).
    Descriptors,
    /// As standard input.
    StandardInput,
}

/// A service that its socket has started, killed on drop.
pub(crate) struct Service {
    pub(crate) place: Place,
    child: Child,
    _folder: TempDir,
}

impl Service {
    pub(crate) fn start(passing: Passing) -> Self {
        let [socket, service, lines] = Snippet::all_below("systemd").try_into().expect("units");
        assert_eq!(value(&socket, "ListenStream"), "/run/hello/hello.sock");
        assert_eq!(value(&service, "ExecStart"), "/usr/local/bin/hello");
        assert_eq!(value(&lines, "StandardInput"), "socket");
        let mode = u32::from_str_radix(&value(&socket, "SocketMode"), 8).unwrap();

        let folder = folder();
        let path = folder.path().join("hello.sock");
        let listener = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let shell = match passing {
            Passing::Descriptors => {
                "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\""
            }
            Passing::StandardInput => "exec \"$0\"",
        };
        let child = Command::new("sh")
            .args(["-c", shell, env!("CARGO_BIN_EXE_publish")])
            .stdin(OwnedFd::from(listener))
            .spawn()
            .unwrap();
        Service {
            place: Place::Unix(path),
            child,
            _folder: folder,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn value(unit: &Snippet, name: &str) -> String {
    let text = unit.to_string();
    let values = text.lines().filter_map(|line| line.split_once('='));
    let mut named = values.filter(|(known, _)| *known == name);
    let (_, value) = named.next().expect("a line of the unit");
    value.to_owned()
}
