//! Connecting to a Unix socket within a time limit.

use std::{io, os::unix::net::UnixStream, path::Path, time::Duration};

/// Connects to the server that listens at `path`. Waits for room in its queue for at most
/// `timeout`, and at least a millisecond.
///
/// # Errors
///
/// [`io::ErrorKind::WouldBlock`] if there was no room in time. Otherwise the error of connecting.
#[cfg(target_os = "linux")]
pub(crate) fn dial(path: &Path, timeout: Duration) -> io::Result<UnixStream> {
    use rustix::net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with,
        sockopt::{Timeout, set_socket_timeout},
    };

    let stream = SocketType::STREAM;
    let socket = socket_with(AddressFamily::UNIX, stream, SocketFlags::CLOEXEC, None)?;
    // connect(2) waits as long as a send may. Zero would mean forever.
    let timeout = timeout.max(Duration::from_millis(1));
    set_socket_timeout(&socket, Timeout::Send, Some(timeout))?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    set_socket_timeout(&socket, Timeout::Send, None)?;
    Ok(socket.into())
}

/// Connects as on Linux. On other systems connecting never waits: it is refused if there is no
/// room.
#[cfg(not(target_os = "linux"))]
pub(crate) fn dial(path: &Path, _timeout: Duration) -> io::Result<UnixStream> {
    UnixStream::connect(path)
}
