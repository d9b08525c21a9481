//! The peer of a connection: a client, or a front server.

use std::{
    fs::File,
    io::{self, IoSlice},
    net::{Shutdown, SocketAddr},
    os::fd::{AsFd, BorrowedFd},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wsgi_application::Disconnected;

#[cfg(target_os = "linux")]
use crate::options::SENDFILE_SIZE;
use crate::{
    counting::recorder::Recorder,
    event_queue::{EventQueue, Events, Token},
    fastcgi::abort::gives_up,
    instant::Instant,
    peers::{
        channel::Channel,
        endpoint::Endpoint,
        patience::Patience,
        socket::{SOCKET_NAMES, Socket},
        watch::Watch,
    },
    protocol::Protocol,
    retry::retry,
};

/// The number of bytes that are looked at for the end of a request. A front server that gives one
/// up has little else to send.
const ABORT_BYTES: usize = 512;

/// The peer of a connection, with its socket. The socket never blocks; a thread that has nothing
/// else to do waits for it until a deadline.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: Socket,
    /// The TLS channel through which everything passes, if there is one.
    channel: Option<Box<Channel>>,
    remote: Endpoint,
    pub(super) protocol: Protocol,
    /// The watch over the request that the application is called for.
    pub(crate) watch: Watch,
    /// The number of bytes that the kernel has taken to send: a position in the sent stream.
    sent: AtomicU64,
    /// The number of bytes that were read: a position in the received stream.
    received: AtomicU64,
    /// The position up to which the peer had acknowledged the sent stream when it was cut.
    acknowledged: OnceLock<u64>,
    recorder: Recorder,
}

impl Peer {
    pub(crate) fn new(
        socket: Socket,
        address: Option<SocketAddr>,
        channel: Option<Box<Channel>>,
    ) -> Self {
        Self {
            socket,
            channel,
            remote: Endpoint::new(address),
            protocol: Protocol::default(),
            watch: Watch::default(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            acknowledged: OnceLock::new(),
            recorder: Recorder::default(),
        }
    }

    /// The same peer, whose bytes this recorder counts.
    pub(crate) fn recorded_by(self, recorder: Recorder) -> Self {
        Self { recorder, ..self }
    }

    /// The same, which speaks this protocol.
    pub(crate) fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.channel {
            None => retry(|| self.socket.read(buffer))?,
            Some(channel) => channel.read(&self.socket, buffer)?,
        };
        // No other thread reads at the same time from a connection that will be used again.
        let received = self.received() + count as u64;
        self.received.store(received, Relaxed);
        self.recorder.received(count);
        Ok(count)
    }

    /// Looks at bytes of the socket, below a TLS channel, without taking them.
    pub(crate) fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        retry(|| self.socket.peek(buffer))
    }

    /// Takes bytes of the socket, below a TLS channel, that [`peek`](Self::peek) has shown.
    pub(crate) fn skip(&self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match retry(|| self.socket.read(buffer))? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => buffer = &mut buffer[count..],
            }
        }
        Ok(())
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &self.channel {
            None => retry(|| self.socket.write(bytes)),
            Some(channel) => channel.write(&self.socket, &[bytes]),
        };
        result.inspect(|count| self.count(*count))
    }

    /// Writes bytes that a file follows at once.
    pub(crate) fn write_first(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.channel {
            None => retry(|| self.socket.write_first(bytes)).inspect(|count| self.count(*count)),
            Some(_) => self.write(bytes),
        }
    }

    pub(crate) fn write_vectored(&self, parts: [&[u8]; 3]) -> io::Result<usize> {
        let result = match &self.channel {
            None => retry(|| self.socket.write_vectored(&parts.map(IoSlice::new))),
            Some(channel) => channel.write(&self.socket, &parts),
        };
        result.inspect(|count| self.count(*count))
    }

    /// Sends bytes of `file` from its position, without a copy in this process.
    #[cfg(target_os = "linux")]
    pub(crate) fn send_file(&self, file: &File, length: u64) -> io::Result<usize> {
        if self.channel.is_some() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let length = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(SENDFILE_SIZE);
        let count = retry(|| Ok(rustix::fs::sendfile(&self.socket, file, None, length)?))?;
        self.count(count);
        Ok(count)
    }

    /// On other systems, the caller reads and writes.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn send_file(&self, _file: &File, _length: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes everything. Waits for the client as long as `patience` allows.
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
                        // Other bytes must not take the place of those that were not taken.
                        self.channel.iter().for_each(|channel| channel.fail());
                        return Err(timed_out());
                    }
                    patience.note(since.elapsed(), 0);
                }
                Err(_) => return Err(Disconnected.into()),
            }
        }
        Ok(())
    }

    /// Whether a read would not block, except that a part of a TLS record may be all there is.
    pub(crate) fn can_be_read(&self) -> bool {
        self.has_unread() || self.has_received()
    }

    /// Whether there is something to read that no event of the socket tells of.
    #[inline]
    pub(crate) fn has_unread(&self) -> bool {
        self.channel
            .as_ref()
            .is_some_and(|channel| channel.can_be_read())
    }

    /// Whether records of TLS wait for the peer to take those before them.
    #[inline]
    pub(crate) fn has_unsent(&self) -> bool {
        self.channel
            .as_ref()
            .is_some_and(|channel| channel.has_unsent())
    }

    /// Whether a part of a TLS record has come.
    pub(crate) fn is_midway(&self) -> bool {
        self.channel
            .as_ref()
            .is_some_and(|channel| channel.is_midway())
    }

    /// Whether the socket can be read.
    fn has_received(&self) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut sockets, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// Whether the connection has broken, so that no bytes pass in either direction.
    pub(crate) fn is_cut(&self) -> bool {
        self.has_any(PollFlags::ERR | PollFlags::HUP)
    }

    /// Whether the system tells any of these events, which it tells without being asked.
    fn has_any(&self, events: PollFlags) -> bool {
        let mut sockets = [PollFd::new(&self.socket, PollFlags::empty())];
        poll(&mut sockets, Some(&Timespec::default())).is_ok()
            && sockets[0].revents().intersects(events)
    }

    /// The position in the received stream: the number of bytes that were read.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// The number of bytes that have arrived and were not read.
    pub(crate) fn unread_bytes(&self) -> u64 {
        let unread = rustix::io::ioctl_fionread(&self.socket).unwrap_or(0);
        match &self.channel {
            None => unread,
            // What was not decrypted is counted with everything that TLS adds to it.
            Some(channel) => unread + channel.unread_bytes() as u64,
        }
    }

    /// Whether something of another request has come that was not read, as far as that shows
    /// without decrypting it.
    pub(crate) fn is_followed(&self) -> bool {
        if self.is_secure() {
            return self.unread_bytes() > 0;
        }
        let mut bytes = [0; Protocol::MAX_BLANK + 1];
        let count = self.peek(&mut bytes).unwrap_or(0);
        !self.protocol.is_blank(&bytes[..count])
    }

    /// Waits until the socket can be read. Returns false if `deadline` comes first.
    pub(crate) fn wait_readable(&self, deadline: Instant) -> io::Result<bool> {
        if self.has_unread() {
            return Ok(true);
        }
        self.wait(PollFlags::IN, deadline)
    }

    /// Waits until the socket takes bytes. Returns false if `deadline` comes first.
    pub(super) fn wait_writable(&self, deadline: Instant) -> io::Result<bool> {
        self.wait(PollFlags::OUT, deadline)
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

    /// The position in the sent stream: the number of bytes that the kernel has taken.
    pub(crate) fn position(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// The position up to which the peer has acknowledged the sent stream. If the system does not
    /// tell, bytes count as acknowledged when the kernel has taken them.
    pub(crate) fn acknowledged(&self) -> u64 {
        if let Some(acknowledged) = self.acknowledged.get() {
            return *acknowledged; // the system has forgotten it
        }
        let unsent = self.socket.unsent_bytes().unwrap_or(0);
        self.position().saturating_sub(unsent)
    }

    /// Whether there are no unread bytes, and the peer has acknowledged everything. False if the
    /// system does not tell.
    pub(crate) fn is_quiet(&self) -> bool {
        self.socket.unsent_bytes() == Some(0) && !self.can_be_read()
    }

    /// Whether there is nothing left for the peer to acknowledge: it has everything, or has broken
    /// the connection. True if the system does not tell.
    pub(crate) fn has_received_all(&self) -> bool {
        self.socket.unsent_bytes().is_none_or(|bytes| bytes == 0) || self.has_any(PollFlags::ERR)
    }

    /// Whether the peer has still to read some of what was sent. False if the system does not tell,
    /// as over TCP.
    pub(crate) fn is_behind(&self) -> bool {
        self.socket.has_unread_output()
    }

    /// Has these events of the socket told to a loop, instead of those `before`.
    pub(crate) fn tell(
        &self,
        event_queue: &EventQueue,
        token: Token,
        before: Option<Events>,
        events: Option<Events>,
    ) -> io::Result<()> {
        event_queue.tell(&self.socket, token, before, events)
    }

    /// Ends the server's side. The client may go on sending.
    pub(crate) fn finish(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Tells a TLS client that nothing more will come. Without this, it has to take the end of the
    /// connection for an attack (RFC 8446 section 6.1). Returns false if the client has to take
    /// what is before that first: then it has to be [sent](Self::flush).
    pub(crate) fn say_goodbye(&self) -> bool {
        match &self.channel {
            None => true,
            Some(channel) => channel.close(&self.socket),
        }
    }

    /// Sends what TLS adds to everything that was written. Returns false if the client has to take
    /// it first.
    pub(crate) fn flush(&self) -> io::Result<bool> {
        match &self.channel {
            None => Ok(true),
            Some(channel) => channel.flush(&self.socket),
        }
    }

    /// The TLS channel with the socket below it.
    pub(crate) fn channel(&self) -> Option<(&Channel, &Socket)> {
        Some((self.channel.as_deref()?, &self.socket))
    }

    /// Whether the client speaks TLS.
    #[inline]
    pub(crate) fn is_secure(&self) -> bool {
        self.channel.is_some()
    }

    /// Ends the client's side for the readers of the socket, which then stop waiting.
    pub(crate) fn stop_reading(&self) {
        let _ = self.socket.shutdown(Shutdown::Read);
    }

    /// Ends both sides, also for other owners of the socket.
    pub(crate) fn close(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Whether [`reset`](Self::reset) has an effect.
    pub(crate) fn can_be_reset(&self) -> bool {
        self.socket.knows_resets()
    }

    /// Has the connection reset when it is closed, so that the client can tell it from a normal
    /// end.
    pub(crate) fn reset(&self) {
        self.socket.reset_on_close();
    }

    /// A variable of the connection (RFC 3875 sections 4.1.8 and 4.1.9). The client of a Unix
    /// socket has an empty address and no port.
    pub(super) fn variable(&self, name: &str) -> Option<&[u8]> {
        match name {
            "REMOTE_ADDR" => Some(self.remote.address()),
            "REMOTE_PORT" => self.remote.port(),
            name => self.channel.as_ref()?.variable(name),
        }
    }

    /// The names of the variables of the connection.
    pub(super) fn names(&self) -> &'static [&'static str] {
        match &self.channel {
            Some(channel) => channel.names(),
            None => &SOCKET_NAMES,
        }
    }

    /// Whether the client is there. False once it has ended its side: a client that only stopped
    /// sending and still reads cannot be told apart. False, too, once a front server has given its
    /// request up.
    pub(super) fn is_connected(&self) -> bool {
        self.is_open() && !self.is_given_up()
    }

    /// Whether a front server has given up the request that is answered, by its records since then.
    fn is_given_up(&self) -> bool {
        let Some(id) = self.watch.abortable() else {
            return false;
        };
        let mut records = [0; ABORT_BYTES];
        let received = self.peek(&mut records).unwrap_or(0);
        gives_up(&records[..received], id)
    }

    fn is_open(&self) -> bool {
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

    /// Cuts the connection at once, also for other owners of the socket, and in such a way that the
    /// client can tell it from a normal end, if the system allows that.
    pub(crate) fn cut(&self) {
        let _ = self.acknowledged.set(self.acknowledged());
        self.reset();
        if self.socket.reset_now().is_err() {
            self.close();
        }
    }

    fn count(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Relaxed);
        self.recorder.sent(bytes);
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The error of a client that did not take a response in time.
pub(crate) fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, Disconnected)
}
