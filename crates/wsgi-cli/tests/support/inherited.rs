//! Sockets that a service manager passes.

use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

/// Starts the demo with two sockets, which have these names, as a service manager does.
pub(crate) fn inherit(names: &str, options: &[&str], sockets: [&TcpListener; 2]) -> Command {
    let [one, other] = sockets.map(|socket| OwnedFd::from(socket.try_clone().expect("a socket")));
    let script = "exec 3<&0 4<&1 </dev/null >/dev/null; \
                  export LISTEN_FDS=2 LISTEN_PID=$$; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_wsgi")])
        .args(["demo", "--session-store=memory", "--threads=2"])
        .args(options)
        .env("LISTEN_FDNAMES", names)
        .stdin(Stdio::from(one))
        .stdout(Stdio::from(other));
    command
}
