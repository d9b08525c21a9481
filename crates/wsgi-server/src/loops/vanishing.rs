//! Clients that vanish: their machine has lost its power or its network, so nothing tells that they
//! have left. A live page without news would be kept for ever.

use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::time::Duration;

use rustix::{io::Result, net::sockopt};

/// The time without a byte after which the system asks a client for a sign of life.
#[cfg(target_os = "linux")]
const QUIET: Duration = Duration::from_secs(60);

/// The time between two such questions.
#[cfg(target_os = "linux")]
const INTERVAL: Duration = Duration::from_secs(15);

/// The number of questions without an answer after which a client has vanished.
#[cfg(target_os = "linux")]
const QUESTIONS: u32 = 4;

/// Has the system notice clients of a listening socket that vanish. Their connections inherit this
/// from the socket, so it costs no system call for each of them.
///
/// If somebody else has turned it on, as a service manager may, the times of that one hold. A Unix
/// socket needs none of it, and the server goes on with a system that refuses it.
pub(crate) fn watch(listening: impl AsFd) {
    let _ = turn_on(listening);
}

fn turn_on(listening: impl AsFd) -> Result<()> {
    if sockopt::socket_keepalive(&listening)? {
        return Ok(());
    }
    // Other systems have times of their own.
    #[cfg(target_os = "linux")]
    {
        sockopt::set_tcp_keepidle(&listening, QUIET)?;
        sockopt::set_tcp_keepintvl(&listening, INTERVAL)?;
        sockopt::set_tcp_keepcnt(&listening, QUESTIONS)?;
    }
    sockopt::set_socket_keepalive(&listening, true)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        os::unix::net::UnixListener,
    };

    use super::*;

    /// Whether the system asks a client of this socket, and after which time.
    fn inherited(listening: &TcpListener) -> (bool, Duration) {
        let _client = TcpStream::connect(listening.local_addr().unwrap()).unwrap();
        let (accepted, _) = listening.accept().unwrap();
        let is_asked = sockopt::socket_keepalive(&accepted).unwrap();
        (is_asked, sockopt::tcp_keepidle(&accepted).unwrap())
    }

    #[test]
    fn clients_are_asked_for_signs_of_life() {
        let listening = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!inherited(&listening).0);
        watch(&listening);
        assert_eq!(inherited(&listening), (true, QUIET));
    }

    #[test]
    fn the_times_of_somebody_else_hold() {
        let listening = TcpListener::bind("127.0.0.1:0").unwrap();
        sockopt::set_socket_keepalive(&listening, true).unwrap();
        sockopt::set_tcp_keepidle(&listening, Duration::from_secs(7)).unwrap();
        watch(&listening);
        assert_eq!(inherited(&listening), (true, Duration::from_secs(7)));
    }

    #[test]
    fn a_unix_socket_needs_none() {
        let folder = tempfile::tempdir().unwrap();
        let listening = UnixListener::bind(folder.path().join("socket")).unwrap();
        watch(&listening);
        assert!(!sockopt::socket_keepalive(&listening).unwrap());
    }
}
