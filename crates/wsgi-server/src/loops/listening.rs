//! A listening socket in the event queue of a loop.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixListener,
    },
};

use crate::{
    event_queue::{EventQueue, Token},
    listeners::listener::{self, Listener},
    peers::socket::Socket,
};

/// A listening socket, as the event queue of a loop takes it.
#[derive(Debug)]
pub(super) struct Listening {
    socket: ListeningSocket,
    /// Whether only the loops of this process wait for its clients.
    is_own: bool,
}

#[derive(Debug)]
enum ListeningSocket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listening {
    /// Another descriptor of the listener, for an event loop.
    pub(super) fn of(listener: &Listener) -> io::Result<Self> {
        let socket = match &listener.socket {
            listener::Socket::Tcp(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                ListeningSocket::Tcp(listener)
            }
            listener::Socket::Unix(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                ListeningSocket::Unix(listener)
            }
        };
        let is_own = listener.is_own();
        Ok(Listening { socket, is_own })
    }

    /// Has the event queue tell of clients.
    ///
    /// Of the loops that wait for clients of an own socket, the system wakes one for each. All
    /// would be woken otherwise, most of them in vain. A loop that does not wait just then hears of
    /// the client as well, so none is left alone with a loop that is busy. A loop of another
    /// process must always hear of a client: this one may leave its clients to it.
    pub(super) fn register(&self, event_queue: &EventQueue, token: Token) -> io::Result<()> {
        event_queue.add_listener(self, token, self.is_own)
    }

    /// Stops listening for events.
    pub(super) fn deregister(&self, event_queue: &EventQueue) -> io::Result<()> {
        event_queue.remove(self)
    }

    /// Accepts the next client. Its address is missing on a Unix socket.
    pub(super) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        match &self.socket {
            ListeningSocket::Tcp(listener) => {
                let (stream, address) = system::accept_tcp(listener)?;
                Ok((Socket::Tcp(stream), Some(address)))
            }
            ListeningSocket::Unix(listener) => {
                Ok((Socket::Unix(system::accept_unix(listener)?), None))
            }
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsFd for ListeningSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

/// Accepting by one system call, after which the socket does not block.
#[cfg(target_os = "linux")]
mod system {
    use std::{
        io,
        net::{SocketAddr, TcpListener, TcpStream},
        os::unix::net::{UnixListener, UnixStream},
    };

    use rustix::net::{SocketFlags, accept_with, acceptfrom_with};

    const FLAGS: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);

    pub(super) fn accept_tcp(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = acceptfrom_with(listener, FLAGS)?;
        let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok((stream.into(), address.try_into()?))
    }

    pub(super) fn accept_unix(listener: &UnixListener) -> io::Result<UnixStream> {
        Ok(accept_with(listener, FLAGS)?.into())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{
        io,
        net::{SocketAddr, TcpListener, TcpStream},
        os::unix::net::{UnixListener, UnixStream},
    };

    pub(super) fn accept_tcp(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = listener.accept()?;
        stream.set_nonblocking(true)?;
        Ok((stream, address))
    }

    pub(super) fn accept_unix(listener: &UnixListener) -> io::Result<UnixStream> {
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{net::TcpStream, sync::mpsc, thread, time::Duration};

    use super::*;
    use crate::event_queue::Waker;

    const CLIENT: Token = Token(1);
    const WAKER: Token = Token(2);

    /// The event queue of a loop that waits for the clients of a listener.
    struct Loop {
        event_queue: EventQueue,
        waker: Waker,
        listening: Listening,
    }

    impl Loop {
        fn new(listener: &Listener) -> Self {
            let event_queue = EventQueue::new().unwrap();
            let waker = Waker::new(&event_queue, WAKER).unwrap();
            let listening = Listening::of(listener).unwrap();
            listening.register(&event_queue, CLIENT).unwrap();
            Self {
                event_queue,
                waker,
                listening,
            }
        }
    }

    /// Waits for an event. Returns whether it tells of a client.
    fn hears_of_a_client(event_queue: &mut EventQueue) -> bool {
        loop {
            event_queue.wait(None).unwrap();
            if !event_queue.is_empty() {
                return event_queue.events().any(|(token, _)| token == CLIENT);
            } // else a signal came
        }
    }

    fn connect(listener: &Listener) -> TcpStream {
        TcpStream::connect(listener.local_addr().unwrap().tcp().unwrap()).unwrap()
    }

    /// The number of loops, out of two that wait, that hear of a client.
    fn told_of_a_client(listener: &Listener) -> usize {
        let mut loops = [(); 2].map(|()| Loop::new(listener));
        let (tell, told) = mpsc::channel();
        let count = thread::scope(|scope| {
            let mut wakers = Vec::new();
            for Loop {
                event_queue, waker, ..
            } in &mut loops
            {
                let tell = tell.clone();
                scope.spawn(move || tell.send(hears_of_a_client(event_queue)).unwrap());
                wakers.push(waker);
            }
            thread::sleep(Duration::from_millis(20)); // so that both wait, mostly
            let _client = connect(listener);
            assert!(told.recv().unwrap(), "nobody hears of the client");
            for waker in wakers {
                waker.wake().unwrap();
            }
            1 + usize::from(told.recv().unwrap())
        });
        loops[0].listening.accept().expect("the client");
        count
    }

    #[test]
    fn a_client_of_an_own_socket_wakes_one_loop() {
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let is_one_told = |_| told_of_a_client(&listener) == 1;
        assert!((0..500).any(is_one_told), "both are told each time");
    }

    #[test]
    fn each_loop_hears_of_a_client_that_another_process_may_have_to_serve() {
        let own = Listener::bind("127.0.0.1:0").unwrap();
        let inherited = Listener { maker: None, ..own };
        let made_elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        for listener in [inherited, made_elsewhere.into()] {
            assert_eq!(told_of_a_client(&listener), 2);
        }
    }

    #[test]
    fn no_client_is_left_to_a_loop_that_is_busy() {
        let listener = Listener::bind("127.0.0.1:0").unwrap();
        let mut loops = [(); 2].map(|()| Loop::new(&listener));
        let _client = connect(&listener);
        for one in &mut loops {
            assert!(hears_of_a_client(&mut one.event_queue));
        }
        for one in &mut loops {
            one.listening.deregister(&one.event_queue).unwrap();
        }
        let _client = connect(&listener);
        for one in &mut loops {
            one.waker.wake().unwrap();
            assert!(!hears_of_a_client(&mut one.event_queue));
        }
    }
}
