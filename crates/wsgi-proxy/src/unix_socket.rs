//! Connecting to a Unix socket.

use std::{io, os::unix::net::UnixStream, path::Path, time::Duration};

use crate::plain_socket::PlainSocket;

/// Connects to a socket within a time. The standard library would wait for any time for a server
/// that takes no connections.
#[cfg(target_os = "linux")]
pub(crate) fn connect_unix(path: &Path, timeout: Duration) -> io::Result<PlainSocket> {
    use std::{thread, time::Instant};

    use rustix::{
        io::Errno,
        net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with},
    };

    /// The time between two attempts to connect to a server that has no room for a connection.
    const PAUSE: Duration = Duration::from_millis(10);

    // No program that is started meanwhile, such as one of CGI, gets the socket.
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let address = SocketAddrUnix::new(path)?;
    let start = Instant::now();
    loop {
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        let stream = UnixStream::from(socket);
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

/// Connects as on Linux. On other systems connecting never waits: it is refused if there is no
/// room.
#[cfg(not(target_os = "linux"))]
pub(crate) fn connect_unix(path: &Path, _timeout: Duration) -> io::Result<PlainSocket> {
    UnixStream::connect(path).map(PlainSocket::Unix)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixListener, time::Duration};

    use rustix::io::{FdFlags, fcntl_getfd};

    use super::connect_unix;
    use crate::plain_socket::PlainSocket;

    #[test]
    fn programs_that_are_started_do_not_inherit_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let _listener = UnixListener::bind(&path).unwrap();
        let socket = connect_unix(&path, Duration::from_secs(5)).unwrap();
        let PlainSocket::Unix(stream) = socket else {
            panic!("{socket:?}");
        };
        assert!(fcntl_getfd(&stream).unwrap().contains(FdFlags::CLOEXEC));
    }
}
