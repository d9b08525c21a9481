//! Accepting clients from one listening socket.

use std::{io, mem, net::SocketAddr, sync::Arc, time::Duration};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::sockopt,
};

use crate::{
    counting::recorder::Recorder,
    event_queue::{EventQueue, Token},
    instant::Instant,
    listeners::{
        allowed_peers::AllowedPeers,
        listener::{BACKLOG, Listener},
        proxies::Proxies,
        socket_file::SocketFile,
    },
    loops::{listening::Listening, vanishing},
    peers::{
        address_limit::AddressPlace,
        channel::{Channel, Channels},
        socket::Socket,
    },
    protocol::Protocol,
};

/// A listening socket of a loop.
#[derive(Debug)]
pub(crate) struct Acceptor {
    /// The file of a Unix socket that this process has bound. It is removed before listening ends.
    file: Option<Arc<SocketFile>>,
    protocol: Protocol,
    channels: Option<Channels>,
    allowed: AllowedPeers,
    proxies: Option<Arc<dyn Proxies>>,
    listening: Listening,
    token: Token,
    /// The number of the listener.
    number: usize,
    /// Whether clients may be waiting.
    ready: bool,
    /// Whether an event has told of a client who was not accepted yet.
    is_told: bool,
    /// The end of the pause after the system ran out of something.
    paused: Option<Instant>,
    /// Whether the system had no descriptor or memory for the last client.
    short: bool,
    /// The error after which the last pause began, if nothing was short.
    failure: Option<io::Error>,
    /// Whether another process accepts from the same queue, now or later.
    is_shared: bool,
    /// Whether clients have TCP_NODELAY from the listening socket.
    gives_nodelay: bool,
    /// The number of clients that may still be accepted.
    left: usize,
}

/// A client that was accepted.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The number of the listener.
    pub(crate) listener: usize,
    pub(crate) protocol: Protocol,
    pub(crate) socket: Socket,
    /// Its address; `None` on a Unix socket.
    pub(crate) address: Option<SocketAddr>,
    /// Whether it may connect to this socket.
    pub(crate) is_allowed: bool,
    /// Its TLS channel, if it has to speak TLS.
    pub(crate) channel: Option<Box<Channel>>,
    /// The proxies that name their clients, if it has to be one.
    pub(crate) proxies: Option<Arc<dyn Proxies>>,
    /// Its place among the connections of its address, if these are limited.
    pub(crate) place: Option<Box<AddressPlace>>,
}

/// Clients that are passed over in a row before others have their turn.
const RETRIES: usize = 64;

/// The pause when the system has no descriptor or memory left.
const PAUSE: Duration = Duration::from_millis(100);

/// The errors of accept(2) when the system has no descriptor or memory left.
const SHORT: [Errno; 4] = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];

/// The errors of accept(2) about a client that failed before its turn.
const PASSED_OVER: [Errno; 12] = [
    Errno::INTR,
    Errno::CONNABORTED,
    Errno::CONNRESET,
    Errno::PROTO,
    Errno::NOPROTOOPT,
    Errno::HOSTDOWN,
    Errno::HOSTUNREACH,
    Errno::NETDOWN,
    Errno::NETUNREACH,
    Errno::OPNOTSUPP,
    Errno::TIMEDOUT,
    Errno::PERM, // a firewall's rule
];

/// Those of them that a rule of the system causes too, which may then refuse every client and leave
/// them in the queue.
const LASTING: [Errno; 2] = [Errno::OPNOTSUPP, Errno::PERM];

impl Acceptor {
    pub(crate) fn new(
        listener: &Listener,
        event_queue: &EventQueue,
        number: usize,
    ) -> io::Result<Self> {
        let token = Token(usize::MAX - 2 - number);
        let listening = Listening::of(listener)?;
        listening.register(event_queue, token)?;
        vanishing::watch(&listening);
        let gives_nodelay =
            cfg!(target_os = "linux") && sockopt::tcp_nodelay(&listening).unwrap_or_default();
        Ok(Acceptor {
            file: listener.file.clone(),
            protocol: listener.protocol.unwrap_or_default(),
            channels: Channels::of(listener)?,
            allowed: listener.allowed.clone(),
            proxies: listener.proxies.clone(),
            listening,
            token,
            number,
            ready: true,
            is_told: false,
            paused: None,
            short: false,
            failure: None,
            is_shared: listener.is_shared(),
            gives_nodelay,
            left: usize::MAX,
        })
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Stops further clients from coming, as far as possible. Returns whether the clients who wait
    /// must still be accepted, because no other process will.
    pub(crate) fn retire(&mut self) -> bool {
        self.file.iter().for_each(|file| file.remove());
        self.ready = true; // clients may have come since the last look at the events
        self.left = BACKLOG as usize;
        !self.is_shared
    }

    /// Stops listening for events.
    pub(crate) fn deregister(&mut self, event_queue: &EventQueue) {
        // Events would go on as long as another descriptor of the socket is open.
        let _ = self.listening.deregister(event_queue);
    }

    pub(crate) fn mark_ready(&mut self) {
        self.ready = true;
        self.is_told = true;
    }

    /// Whether clients may be waiting, now or after a pause.
    pub(crate) fn may_have_more(&self) -> bool {
        self.ready && self.left > 0
    }

    /// Begins a pause.
    pub(crate) fn pause(&mut self, now: Instant) {
        self.paused = Some(now + PAUSE);
    }

    /// The end of the pause, if there is one.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused
    }

    /// Whether a client may be waiting now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        self.may_have_more() && self.paused.is_none_or(|until| until <= now)
    }

    /// Accepts the next client, if one waits. A client that left before its turn is passed over.
    /// If the system has no descriptor left, or fails otherwise, the client stays in the queue and
    /// accepting pauses.
    pub(crate) fn accept(&mut self, now: Instant, recorder: &Recorder) -> Option<Arrival> {
        self.accept_by(Listening::accept, now, recorder)
    }

    fn accept_by(
        &mut self,
        accept: impl Fn(&Listening) -> io::Result<(Socket, Option<SocketAddr>)>,
        now: Instant,
        recorder: &Recorder,
    ) -> Option<Arrival> {
        self.resume();
        let mut lasting = None;
        for _ in 0..RETRIES {
            // A call that finds nobody has made a socket in vain, which takes longer than a look.
            if !mem::take(&mut self.is_told) && !self.is_awaited() {
                return None;
            }
            let error = match accept(&self.listening) {
                Ok((socket, address)) => {
                    recorder.accepted();
                    self.left = self.left.saturating_sub(1);
                    match self.arrival(socket, address) {
                        Some(arrival) => return Some(arrival),
                        None => continue,
                    }
                }
                Err(error) => error,
            };
            if error.kind() == io::ErrorKind::WouldBlock {
                self.ready = false;
                return None;
            }
            let errno = Errno::from_io_error(&error);
            let is_passed_over = errno.is_some_and(|errno| PASSED_OVER.contains(&errno));
            if errno != Some(Errno::INTR) {
                recorder.accept_failed(&error, is_passed_over);
            }
            if !is_passed_over {
                self.pause(now);
                self.short = errno.is_some_and(|errno| SHORT.contains(&errno));
                self.failure = (!self.short).then_some(error);
                return None;
            }
            lasting = errno
                .is_some_and(|errno| LASTING.contains(&errno))
                .then_some(error);
        }
        if lasting.is_some() {
            self.pause(now);
            self.failure = lasting;
        }
        None
    }

    /// A client that was accepted, unless TLS is configured in a way that serves nobody.
    fn arrival(&self, socket: Socket, address: Option<SocketAddr>) -> Option<Arrival> {
        let is_allowed = self.allowed.contains(address);
        let channel = match &self.channels {
            Some(channels) if is_allowed => Some(channels.open()?),
            _ => None,
        };
        if !self.gives_nodelay {
            socket.set_nodelay();
        }
        Some(Arrival {
            listener: self.number,
            protocol: self.protocol,
            socket,
            address,
            is_allowed,
            channel,
            proxies: self.proxies.clone(),
            place: None,
        })
    }

    /// Whether accepting pauses because the system has no descriptor or memory left.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// Takes the error after which the last pause began, if nothing was short.
    pub(crate) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Ends a pause.
    pub(crate) fn resume(&mut self) {
        self.paused = None;
        self.short = false;
    }

    /// Whether a client waits according to the system. If not, an event will tell of the next one.
    pub(crate) fn is_awaited(&mut self) -> bool {
        let mut sockets = [PollFd::new(&self.listening, PollFlags::IN)];
        let is_awaited = poll(&mut sockets, Some(&Timespec::default())) != Ok(0);
        if !is_awaited {
            self.ready = false;
            self.resume();
        }
        is_awaited
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, net::TcpStream};

    use super::*;

    /// An acceptor for which a client waits, and what it needs.
    fn awaited() -> (Acceptor, EventQueue, TcpStream) {
        let event_queue = EventQueue::new().unwrap();
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().tcp().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let acceptor = Acceptor::new(&listener, &event_queue, 0).unwrap();
        wait_for_client(&acceptor);
        (acceptor, event_queue, client)
    }

    /// Waits until the system has a client who has connected. It may hand that over a little later.
    fn wait_for_client(acceptor: &Acceptor) {
        let mut sockets = [PollFd::new(&acceptor.listening, PollFlags::IN)];
        assert_eq!(poll(&mut sockets, None), Ok(1));
    }

    /// Accepts from a system that fails once.
    fn accept_after(error: Errno, acceptor: &mut Acceptor, now: Instant) -> Option<Arrival> {
        let has_failed = Cell::new(false);
        let accept = |listening: &Listening| match has_failed.replace(true) {
            false => Err(error.into()),
            true => listening.accept(),
        };
        acceptor.accept_by(accept, now, &Recorder::default())
    }

    #[test]
    fn a_client_that_failed_before_its_turn_is_passed_over() {
        for error in [Errno::CONNABORTED, Errno::INTR, Errno::PROTO, Errno::PERM] {
            let (mut acceptor, _event_queue, _client) = awaited();
            let arrival = accept_after(error, &mut acceptor, Instant::now());
            assert!(arrival.is_some(), "{error}");
            assert_eq!(acceptor.paused_until(), None, "{error}");
        }
    }

    #[test]
    fn accepting_pauses_while_the_system_lacks_something_and_then_goes_on() {
        let now = Instant::now();
        for (error, is_short) in [
            (Errno::MFILE, true),
            (Errno::NFILE, true),
            (Errno::NOBUFS, true),
            (Errno::NOMEM, true),
            (Errno::INVAL, false),
        ] {
            let (mut acceptor, _event_queue, _client) = awaited();
            assert!(accept_after(error, &mut acceptor, now).is_none(), "{error}");
            assert_eq!(acceptor.is_short(), is_short, "{error}");
            assert_eq!(acceptor.take_failure().is_none(), is_short, "{error}");
            assert!(!acceptor.is_ready(now), "{error}");
            assert!(acceptor.is_ready(now + PAUSE), "{error}");
            let arrival = acceptor.accept(now + PAUSE, &Recorder::default());
            assert!(arrival.is_some(), "the client has waited: {error}");
            assert!(!acceptor.is_short() && acceptor.paused_until().is_none());
        }
    }

    #[test]
    fn a_client_has_the_same_settings_whoever_bound_the_socket() {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for listener in [Listener::bind("127.0.0.1:0").unwrap(), other.into()] {
            let event_queue = EventQueue::new().unwrap();
            let address = listener.local_addr().unwrap().tcp().unwrap();
            let mut acceptor = Acceptor::new(&listener, &event_queue, 0).unwrap();
            let _client = TcpStream::connect(address).unwrap();
            wait_for_client(&acceptor);
            let arrival = acceptor.accept(Instant::now(), &Recorder::default());
            let arrival = arrival.expect("a client");
            let socket = &arrival.socket;
            assert!(sockopt::tcp_nodelay(socket).unwrap(), "writes wait");
            assert!(sockopt::socket_keepalive(socket).unwrap(), "it may vanish");
        }
    }

    #[test]
    fn nobody_is_accepted_where_nobody_waits() {
        let (mut acceptor, _poll, client) = awaited();
        let count = Cell::new(0);
        let accept = |acceptor: &mut Acceptor| {
            let accept = |listening: &Listening| {
                count.set(count.get() + 1);
                listening.accept()
            };
            let arrival = acceptor.accept_by(accept, Instant::now(), &Recorder::default());
            (arrival.is_some(), count.replace(0))
        };
        for is_told in [false, true] {
            if is_told {
                let _client = TcpStream::connect(client.peer_addr().unwrap()).unwrap();
                wait_for_client(&acceptor);
                acceptor.mark_ready();
            }
            assert_eq!(accept(&mut acceptor), (true, 1), "told: {is_told}");
            assert_eq!(accept(&mut acceptor), (false, 0), "told: {is_told}");
            assert!(!acceptor.may_have_more());
        }
        // Another loop may be faster.
        acceptor.mark_ready();
        assert_eq!(accept(&mut acceptor), (false, 1));
        assert!(!acceptor.may_have_more());
    }

    #[test]
    fn accepting_pauses_when_a_rule_of_the_system_refuses_every_client() {
        for error in [Errno::PERM, Errno::OPNOTSUPP] {
            let (mut acceptor, _event_queue, _client) = awaited();
            let now = Instant::now();
            let refuse = |_: &Listening| Err(error.into());
            let arrival = acceptor.accept_by(refuse, now, &Recorder::default());
            assert!(arrival.is_none(), "{error}");
            assert!(!acceptor.is_ready(now), "{error}");
            assert!(acceptor.is_ready(now + PAUSE), "{error}");
            let failure = acceptor.take_failure().expect("the error");
            assert_eq!(Errno::from_io_error(&failure), Some(error));
            assert!(acceptor.take_failure().is_none());
        }
    }

    #[test]
    fn clients_that_fail_again_and_again_do_not_hold_the_loop() {
        let (mut acceptor, _event_queue, _client) = awaited();
        let count = Cell::new(0);
        let accept = |_: &Listening| {
            count.set(count.get() + 1);
            Err(Errno::CONNABORTED.into())
        };
        let arrival = acceptor.accept_by(accept, Instant::now(), &Recorder::default());
        assert!(arrival.is_none());
        assert_eq!(count.get(), RETRIES);
        assert!(
            acceptor.is_ready(Instant::now()),
            "others have their turn first"
        );
    }
}
