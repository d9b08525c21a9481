//! Connecting to a Unix socket, within a bound.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Connects to who listens at `path`, and waits no longer than `most`, a millisecond at least, until
/// there is room among those who wait to be accepted.
///
/// # Errors
///
/// [`io::ErrorKind::WouldBlock`] where there was no room, and what connecting says.
#[cfg(target_os = "linux")]
pub(crate) fn dial(path: &Path, most: Duration) -> io::Result<UnixStream> {
    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    use rustix::net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with,
    };

    let stream = SocketType::STREAM;
    let socket = socket_with(AddressFamily::UNIX, stream, SocketFlags::CLOEXEC, None)?;
    // connect(2) waits as long as a send may. Zero would be for ever.
    let most = most.max(Duration::from_millis(1));
    set_socket_timeout(&socket, Timeout::Send, Some(most))?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    set_socket_timeout(&socket, Timeout::Send, None)?;
    Ok(socket.into())
}

/// As on Linux, but elsewhere connecting never waits: where there is no room it is refused.
#[cfg(not(target_os = "linux"))]
pub(crate) fn dial(path: &Path, _most: Duration) -> io::Result<UnixStream> {
    UnixStream::connect(path)
}
