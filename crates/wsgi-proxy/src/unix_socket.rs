//! Connecting to a Unix socket.

use std::{
    io,
    os::unix::net::UnixStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with},
};

use crate::plain_socket::PlainSocket;

/// The time between two attempts to connect to a server that has no room for a connection.
const PAUSE: Duration = Duration::from_millis(10);

/// Connects to a socket within a time. The standard library would wait for any time for a server
/// that takes no connections.
pub(crate) fn connect_unix(path: &Path, timeout: Duration) -> io::Result<PlainSocket> {
    let address = SocketAddrUnix::new(path)?;
    let start = Instant::now();
    loop {
        let socket = socket_with(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::empty(),
            None,
        )?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(true)?;
        match connect(&stream, &address) {
            Ok(()) => {
                stream.set_nonblocking(false)?;
                return Ok(PlainSocket::Unix(stream));
            }
            Err(Errno::AGAIN | Errno::INTR) if start.elapsed() < timeout => thread::sleep(PAUSE),
            Err(Errno::AGAIN) => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error.into()),
        }
    }
}
