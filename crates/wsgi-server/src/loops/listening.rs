//! A listening socket in the event queue of a loop.

use std::{
    io,
    net::SocketAddr,
    os::fd::{AsFd, BorrowedFd},
};

use mio::{
    Registry, Token,
    net::{TcpListener, UnixListener},
};

use crate::{
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
                ListeningSocket::Tcp(TcpListener::from_std(listener))
            }
            listener::Socket::Unix(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                ListeningSocket::Unix(UnixListener::from_std(listener))
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
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.socket.register(registry, token, self.is_own)
    }

    /// Stops listening for events.
    pub(super) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.socket.deregister(registry)
    }

    /// Accepts the next client. Its address is missing on a Unix socket.
    pub(super) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        Ok(match &self.socket {
            ListeningSocket::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                (Socket::Tcp(stream), Some(address))
            }
            ListeningSocket::Unix(listener) => (Socket::Unix(listener.accept()?.0), None),
        })
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

/// The event queue of Linux, which can wake one loop alone.
#[cfg(target_os = "linux")]
mod system {
    use std::io;

    use mio::{Registry, Token};
    use rustix::{
        event::epoll::{self, EventData, EventFlags},
        io::Errno,
    };

    use super::ListeningSocket;
    use crate::sys::descriptor_of;

    impl ListeningSocket {
        pub(super) fn register(
            &mut self,
            registry: &Registry,
            token: Token,
            is_own: bool,
        ) -> io::Result<()> {
            let add = |flags| {
                let data = EventData::new_u64(token.0 as u64);
                epoll::add(descriptor_of(registry), &*self, data, flags)
            };
            let each = EventFlags::IN | EventFlags::ET;
            if !is_own {
                return Ok(add(each)?);
            }
            match add(each | EventFlags::EXCLUSIVE) {
                Err(Errno::INVAL) => Ok(add(each)?), // before Linux 4.5
                added => Ok(added?),
            }
        }

        pub(super) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
            Ok(epoll::delete(descriptor_of(registry), &*self)?)
        }
    }
}

/// An event queue that wakes all loops.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use mio::{Interest, Registry, Token, event::Source};

    use super::ListeningSocket;

    impl ListeningSocket {
        pub(super) fn register(
            &mut self,
            registry: &Registry,
            token: Token,
            _is_own: bool,
        ) -> io::Result<()> {
            self.source().register(registry, token, Interest::READABLE)
        }

        pub(super) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
            self.source().deregister(registry)
        }

        fn source(&mut self) -> &mut dyn Source {
            match self {
                Self::Tcp(listener) => listener,
                Self::Unix(listener) => listener,
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{net::TcpStream, sync::mpsc, thread, time::Duration};

    use mio::Waker;

    use super::*;
    use crate::loops::readiness::Readiness;

    const CLIENT: Token = Token(1);
    const WAKER: Token = Token(2);

    /// The event queue of a loop that waits for the clients of a listener.
    struct Loop {
        readiness: Readiness,
        waker: Waker,
        listening: Listening,
    }

    impl Loop {
        fn new(listener: &Listener) -> Self {
            let readiness = Readiness::new().unwrap();
            let waker = Waker::new(readiness.registry(), WAKER).unwrap();
            let mut listening = Listening::of(listener).unwrap();
            listening.register(readiness.registry(), CLIENT).unwrap();
            Self {
                readiness,
                waker,
                listening,
            }
        }
    }

    /// Waits for an event. Returns whether it tells of a client.
    fn hears_of_a_client(readiness: &mut Readiness) -> bool {
        loop {
            readiness.wait(None).unwrap();
            if !readiness.is_empty() {
                return readiness.iter().any(|(token, _)| token == CLIENT);
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
                readiness, waker, ..
            } in &mut loops
            {
                let tell = tell.clone();
                scope.spawn(move || tell.send(hears_of_a_client(readiness)).unwrap());
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
        let made_elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
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
            assert!(hears_of_a_client(&mut one.readiness));
        }
        for one in &mut loops {
            one.listening.deregister(one.readiness.registry()).unwrap();
        }
        let _client = connect(&listener);
        for one in &mut loops {
            one.waker.wake().unwrap();
            assert!(!hears_of_a_client(&mut one.readiness));
        }
    }
}
