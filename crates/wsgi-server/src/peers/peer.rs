//! The socket at the other end of which a client is.

use std::{
    fs::File,
    io::{self, IoSlice},
    net::{Shutdown, SocketAddr},
    os::fd::{AsFd, BorrowedFd},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wsgi_application::Disconnected;

use crate::{options::SEND_TURN, peers::patience::Patience, peers::socket::Socket};

/// A client's socket. It never blocks by itself; a thread that has nothing
/// else to do waits for it with a deadline.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: Socket,
    address: Box<str>,
    /// Empty on a Unix socket.
    port: Box<str>,
    /// Bytes the kernel took from us so far: a position in all that was sent.
    sent: AtomicU64,
    /// Bytes that were read so far.
    received: AtomicU64,
}

impl Peer {
    pub(crate) fn new(socket: Socket, address: Option<SocketAddr>) -> Self {
        // An IPv4 client of a socket for both families is shown as IPv4.
        let ip = address.map(|address| address.ip().to_canonical().to_string());
        let port = address.map(|address| address.port().to_string());
        Peer {
            socket,
            address: ip.unwrap_or_default().into(),
            port: port.unwrap_or_default().into(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = retry(|| self.socket.read(buffer))?;
        // Nobody else reads at the same time from a connection that is to go on.
        let received = self.received() + count as u64;
        self.received.store(received, Relaxed);
        Ok(count)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        retry(|| self.socket.write(bytes)).inspect(|count| self.count(*count))
    }

    pub(crate) fn write_vectored(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        retry(|| self.socket.write_vectored(bytes)).inspect(|count| self.count(*count))
    }

    /// Sends from where `file` stands, without a copy through this process.
    #[cfg(target_os = "linux")]
    pub(crate) fn send_file(&self, file: &File, length: u64) -> io::Result<usize> {
        let length = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(SEND_TURN / 4);
        let count = retry(|| Ok(rustix::fs::sendfile(&self.socket, file, None, length)?))?;
        self.count(count);
        Ok(count)
    }

    /// Elsewhere the caller reads and writes.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn send_file(&self, _file: &File, _length: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes everything, waiting for the client as long as patience has it.
    pub(crate) fn write_all(&self, mut bytes: &[u8], patience: &mut Patience) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(Disconnected.into()),
                Ok(count) => {
                    patience.note(Duration::ZERO, count);
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let since = Instant::now();
                    if !self.wait(PollFlags::OUT, patience.deadline(since))? {
                        return Err(Disconnected.into());
                    }
                    patience.note(since.elapsed(), 0);
                }
                Err(_) => return Err(Disconnected.into()),
            }
        }
        Ok(())
    }

    /// Whether a read would not block.
    pub(crate) fn can_be_read(&self) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut sockets, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// Whether the connection has broken, so that nothing goes either way.
    pub(crate) fn is_cut(&self) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::empty())];
        let broken = PollFlags::ERR | PollFlags::HUP;
        poll(&mut sockets, Some(&Timespec::default())).is_ok()
            && sockets[0].revents().intersects(broken)
    }

    /// The position in all that the client sends of what was read last.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// How many bytes have arrived and were not read.
    pub(crate) fn unread_bytes(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.socket).unwrap_or(0)
    }

    /// Waits until the socket can be read; false when `deadline` came first.
    pub(crate) fn wait_readable(&self, deadline: Instant) -> io::Result<bool> {
        self.wait(PollFlags::IN, deadline)
    }

    fn wait(&self, flags: PollFlags, deadline: Instant) -> io::Result<bool> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout =
                Timespec::try_from(left.max(Duration::from_millis(1))).unwrap_or_default();
            match poll(&mut [PollFd::new(&self.socket, flags)], Some(&timeout)) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The position in all that is sent to the client, head and body.
    pub(crate) fn position(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// The position up to which the client is known to have taken it. Where the
    /// system does not tell, what the kernel took counts as taken.
    pub(crate) fn acknowledged(&self) -> u64 {
        let unsent = self.socket.unsent_bytes().unwrap_or(0);
        self.position().saturating_sub(unsent)
    }

    /// Whether nothing is under way: nothing unread, and all that was sent
    /// acknowledged, as far as the system tells.
    pub(crate) fn is_quiet(&self) -> bool {
        self.socket.unsent_bytes() == Some(0) && !self.can_be_read()
    }

    /// Ends our side; the client may go on sending.
    pub(crate) fn finish(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Ends the client's side, for whoever waits for more of it.
    pub(crate) fn stop_reading(&self) {
        let _ = self.socket.shutdown(Shutdown::Read);
    }

    /// Ends both sides, for whoever else holds the socket too.
    pub(crate) fn close(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Whether [`reset`](Self::reset) shows.
    pub(crate) fn can_be_reset(&self) -> bool {
        self.socket.knows_resets()
    }

    /// Cuts the connection so that the client can tell it from an end.
    pub(crate) fn reset(&self) {
        self.socket.reset_on_close();
    }

    fn count(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Relaxed);
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The variables of the connection (RFC 3875 sections 4.1.8 and 4.1.9). The
/// client of a Unix socket has no address, so that is empty, and no port.
impl wsgi_environ::Connection for Peer {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        match name {
            "REMOTE_ADDR" => Some(self.address.as_bytes()),
            "REMOTE_PORT" if !self.port.is_empty() => Some(self.port.as_bytes()),
            _ => None,
        }
    }

    fn names(&self) -> &[&str] {
        &["REMOTE_ADDR", "REMOTE_PORT"]
    }

    /// False once the client has closed its side: one that only stopped
    /// sending and still reads cannot be told apart.
    fn is_connected(&self) -> bool {
        #[cfg(target_os = "linux")]
        const GONE: PollFlags = PollFlags::RDHUP;
        #[cfg(not(target_os = "linux"))]
        const GONE: PollFlags = PollFlags::HUP;
        let mut sockets = [PollFd::new(&self.socket, GONE)];
        match poll(&mut sockets, Some(&Timespec::default())) {
            Ok(0) => true,
            Ok(_) => !sockets[0]
                .revents()
                .intersects(GONE | PollFlags::HUP | PollFlags::ERR),
            Err(_) => true,
        }
    }
}

fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
