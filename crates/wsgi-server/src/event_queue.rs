//! The system's queue of events, which tells a loop of its sockets.
//!
//! On Linux it is used by system calls of our own, which need no further crate. Elsewhere it is
//! that of mio.

#[cfg(target_os = "linux")]
mod epoll;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use epoll::{EventQueue, Waker};
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{EventQueue, Waker};

/// The word by which a loop knows the socket of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) usize);

/// The events of a socket that its loop is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Events {
    /// Something has come, or the peer has ended its side.
    Received,
    /// The same, and the socket takes bytes again. A socket takes some from the beginning, so the
    /// first event tells of that at once.
    All,
}

/// The number of events that one wait takes.
const CAPACITY: usize = 256;

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        net::Shutdown,
        os::unix::net::UnixStream,
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    const SOCKET: Token = Token(1 << 40 | 7);
    const WAKER: Token = Token(usize::MAX - 1);

    /// The events that a queue tells at once.
    fn told(queue: &mut EventQueue) -> Vec<(Token, bool)> {
        queue.wait(Some(Duration::ZERO)).unwrap();
        queue.events().collect()
    }

    #[test]
    fn a_socket_is_told_of_with_its_token_and_the_end_of_its_peer() {
        let mut queue = EventQueue::new().unwrap();
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        queue
            .tell(&ours, SOCKET, None, Some(Events::Received))
            .unwrap();
        assert_eq!(told(&mut queue), []);
        theirs.write_all(b"a").unwrap();
        assert_eq!(told(&mut queue), [(SOCKET, false)]);
        assert_eq!(told(&mut queue), [], "it is told once");
        theirs.shutdown(Shutdown::Write).unwrap();
        assert_eq!(told(&mut queue), [(SOCKET, true)]);
    }

    #[test]
    fn a_socket_that_takes_bytes_is_told_of_only_if_that_is_awaited() {
        let mut queue = EventQueue::new().unwrap();
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mut before = None;
        for (events, is_told) in [
            (Some(Events::Received), false),
            (Some(Events::All), true),
            (None, false),
            (None, false),
            (Some(Events::All), true),
            (Some(Events::Received), false),
        ] {
            queue.tell(&ours, SOCKET, before, events).unwrap();
            before = events;
            assert_eq!(!told(&mut queue).is_empty(), is_told, "{events:?}");
        }
    }

    #[test]
    fn a_waker_ends_a_wait_on_another_thread_each_time() {
        let mut queue = EventQueue::new().unwrap();
        let waker = Waker::new(&queue, WAKER).unwrap();
        assert_eq!(told(&mut queue), []);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| waker.wake().unwrap()).join().unwrap();
                assert_eq!(told(&mut queue), [(WAKER, false)]);
                assert_eq!(told(&mut queue), [], "nobody has to read it");
            }
            scope.spawn(|| waker.wake().unwrap());
            queue.wait(None).unwrap();
        });
        waker.wake().unwrap();
        waker.wake().unwrap();
        assert_eq!(told(&mut queue), [(WAKER, false)], "once for both");
    }

    #[test]
    fn a_wait_without_events_ends_with_its_time_and_not_before() {
        let mut queue = EventQueue::new().unwrap();
        for micros in [0, 1, 1_500] {
            let (began, timeout) = (Instant::now(), Duration::from_micros(micros));
            queue.wait(Some(timeout)).unwrap();
            assert!(began.elapsed() >= timeout, "{timeout:?}");
            assert!(queue.is_empty());
        }
    }

    #[test]
    fn a_listener_is_told_of_when_a_client_connects() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for is_own in [true, false] {
            let mut queue = EventQueue::new().unwrap();
            queue.add_listener(&listener, SOCKET, is_own).unwrap();
            assert_eq!(told(&mut queue), []);
            let _client = std::net::TcpStream::connect(address).unwrap();
            queue.wait(None).unwrap();
            assert_eq!(queue.events().collect::<Vec<_>>(), [(SOCKET, false)]);
            listener.accept().unwrap();
            queue.remove(&listener).unwrap();
        }
    }
}
