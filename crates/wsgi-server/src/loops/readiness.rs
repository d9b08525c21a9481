//! The events of a loop's sockets.

use std::{io, time::Duration};

use mio::{Poll, Registry, Token};

/// The number of events that one wait takes.
const CAPACITY: usize = 256;

/// The sockets of a loop whose events it is told, and the events of its last wait.
pub(crate) struct Readiness {
    poll: Poll,
    events: system::Events,
}

impl Readiness {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: system::Events::with_capacity(CAPACITY),
        })
    }

    pub(super) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Waits for events until a time is up, or a signal comes.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match system::wait(&mut self.poll, &mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Whether the last wait brought no event.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The sockets that the last wait brought events of, and whether their peers have ended their
    /// side.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (Token, bool)> {
        self.events.iter().map(system::meaning)
    }
}

/// A wait by a system call of its own: that of the C library is a point at which a thread can be
/// cancelled, and takes longer for that.
#[cfg(target_os = "linux")]
mod system {
    use std::{io, mem::MaybeUninit, time::Duration};

    use mio::{Poll, Token};
    use rustix::event::{
        Timespec,
        epoll::{self, Event, EventFlags},
    };

    use super::CAPACITY;

    /// Events with their meaning, because those of the system cannot go to another thread.
    pub(super) type Events = Vec<(Token, bool)>;

    pub(super) fn wait(
        poll: &mut Poll,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        events.clear();
        let timeout = timeout.map(in_reach);
        let mut room = [MaybeUninit::uninit(); CAPACITY];
        let descriptor = crate::sys::descriptor_of(poll.registry());
        let (received, _) = epoll::wait(descriptor, &mut room, timeout.as_ref())?;
        events.extend(received.iter().map(of_system));
        Ok(())
    }

    /// A time that every kernel can wait for: before Linux 5.11, milliseconds that fit an `i32`. A
    /// loop that wakes without an event waits again.
    fn in_reach(timeout: Duration) -> Timespec {
        let timeout = timeout.min(Duration::from_secs(24 * 60 * 60));
        Timespec {
            tv_sec: timeout.as_secs().cast_signed(),
            tv_nsec: timeout.subsec_nanos().into(),
        }
    }

    fn of_system(event: &Event) -> (Token, bool) {
        let Event { flags, data } = *event;
        let has_ended = flags.intersects(EventFlags::HUP | EventFlags::ERR)
            || flags.contains(EventFlags::IN | EventFlags::RDHUP);
        (Token(data.u64() as usize), has_ended)
    }

    #[inline]
    pub(super) fn meaning(event: &(Token, bool)) -> (Token, bool) {
        *event
    }

    #[test]
    fn no_wait_is_longer_than_an_old_kernel_allows() {
        for timeout in [Duration::MAX, Duration::from_secs(365 * 24 * 60 * 60)] {
            let timeout = in_reach(timeout);
            assert!(i32::try_from(timeout.tv_sec * 1000).is_ok());
            assert!(timeout.tv_sec > 60 * 60, "it need not wake often either");
        }
        let short = in_reach(Duration::from_millis(1_500));
        assert_eq!((short.tv_sec, short.tv_nsec), (1, 500_000_000));
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{io, time::Duration};

    use mio::{Poll, Token, event::Event};

    pub(super) use mio::Events;

    pub(super) fn wait(
        poll: &mut Poll,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        poll.poll(events, timeout)
    }

    pub(super) fn meaning(event: &Event) -> (Token, bool) {
        (event.token(), event.is_read_closed() || event.is_error())
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::Shutdown, os::unix::net::UnixStream, time::Instant};

    use super::*;
    use crate::peers::socket::{Events, Socket};

    #[test]
    fn a_socket_is_told_of_with_its_token_and_the_end_of_its_peer() {
        let mut readiness = Readiness::new().unwrap();
        let (ours, mut client) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let token = Token(1 << 40 | 7);
        let told = Some(Events::Received);
        let tell = |before, events| socket.tell(readiness.registry(), token, before, events);
        tell(None, told).unwrap();
        client.write_all(b"a").unwrap();
        readiness.wait(None).unwrap();
        assert_eq!(readiness.iter().collect::<Vec<_>>(), [(token, false)]);
        client.shutdown(Shutdown::Write).unwrap();
        readiness.wait(None).unwrap();
        assert_eq!(readiness.iter().collect::<Vec<_>>(), [(token, true)]);
    }

    #[test]
    fn a_socket_that_takes_bytes_is_told_of_only_if_that_is_awaited() {
        let mut readiness = Readiness::new().unwrap();
        let (ours, _client) = UnixStream::pair().unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let token = Token(7);
        let mut told = None;
        for (events, is_told) in [
            (Some(Events::Received), false),
            (Some(Events::All), true),
            (None, false),
            (Some(Events::All), true),
            (Some(Events::Received), false),
        ] {
            let registry = readiness.registry();
            socket.tell(registry, token, told, events).unwrap();
            told = events;
            readiness.wait(Some(Duration::ZERO)).unwrap();
            assert_eq!(readiness.is_empty(), !is_told, "{events:?}");
        }
    }

    #[test]
    fn a_wait_without_events_ends_with_its_time_and_not_before() {
        let mut readiness = Readiness::new().unwrap();
        for micros in [0, 1, 1_500] {
            let (began, timeout) = (Instant::now(), Duration::from_micros(micros));
            readiness.wait(Some(timeout)).unwrap();
            assert!(began.elapsed() >= timeout, "{timeout:?}");
            assert!(readiness.is_empty());
        }
    }
}
