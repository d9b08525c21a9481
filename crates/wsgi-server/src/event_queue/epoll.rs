//! The event queue of Linux, which can wake one loop alone.
//!
//! Its wait is a system call of its own: that of the C library is a point at which a thread can be
//! cancelled, and takes longer for that.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::{
        EventfdFlags, Timespec,
        epoll::{self, CreateFlags, Event, EventData, EventFlags},
        eventfd,
    },
    io::{Errno, read, write},
};

use super::{CAPACITY, Events, Token};

/// The sockets of a loop, and the events of its last wait.
///
/// An event is told once: a socket has to be read, or written, until the system has no more.
#[derive(Debug)]
pub(crate) struct EventQueue {
    queue: OwnedFd,
    /// Events with their meaning, because those of the system cannot go to another thread.
    events: Vec<(Token, bool)>,
}

impl EventQueue {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            queue: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(CAPACITY),
        })
    }

    /// Tells of these events of a socket from now on, instead of those `before`.
    pub(crate) fn tell(
        &self,
        socket: impl AsFd,
        token: Token,
        before: Option<Events>,
        events: Option<Events>,
    ) -> io::Result<()> {
        match (before, events) {
            (None, None) => Ok(()),
            (None, Some(events)) => Ok(self.add(socket, token, events.flags())?),
            (Some(_), Some(events)) => {
                let (data, flags) = (data(token), events.flags() | EventFlags::ET);
                Ok(epoll::modify(&self.queue, socket, data, flags)?)
            }
            (Some(_), None) => self.remove(socket),
        }
    }

    /// Tells from now on when clients come to a listening socket. Of the loops that wait for
    /// clients of an own one, the system wakes one for each.
    pub(crate) fn add_listener(
        &self,
        socket: impl AsFd,
        token: Token,
        is_own: bool,
    ) -> io::Result<()> {
        if !is_own {
            return Ok(self.add(socket, token, EventFlags::IN)?);
        }
        match self.add(&socket, token, EventFlags::IN | EventFlags::EXCLUSIVE) {
            // Before Linux 4.5.
            Err(Errno::INVAL) => Ok(self.add(socket, token, EventFlags::IN)?),
            added => Ok(added?),
        }
    }

    fn add(&self, socket: impl AsFd, token: Token, flags: EventFlags) -> Result<(), Errno> {
        epoll::add(&self.queue, socket, data(token), flags | EventFlags::ET)
    }

    /// Tells no longer of a socket.
    pub(crate) fn remove(&self, socket: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&self.queue, socket)?)
    }

    /// Waits for events until a time is up, or a signal comes.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.events.clear();
        let timeout = timeout.map(in_reach);
        let mut room = [MaybeUninit::uninit(); CAPACITY];
        match epoll::wait(&self.queue, &mut room, timeout.as_ref()) {
            Ok((received, _)) => self.events.extend(received.iter().map(meaning)),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Whether the last wait brought no event.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The sockets that the last wait brought events of, and whether their peers have ended their
    /// side.
    #[inline]
    pub(crate) fn events(&self) -> impl Iterator<Item = (Token, bool)> {
        self.events.iter().copied()
    }
}

impl Events {
    fn flags(self) -> EventFlags {
        match self {
            Self::Received => EventFlags::IN | EventFlags::RDHUP,
            Self::All => EventFlags::IN | EventFlags::RDHUP | EventFlags::OUT,
        }
    }
}

fn data(token: Token) -> EventData {
    EventData::new_u64(token.0 as u64)
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

fn meaning(event: &Event) -> (Token, bool) {
    let Event { flags, data } = *event;
    let has_ended = flags.intersects(EventFlags::HUP | EventFlags::ERR)
        || flags.contains(EventFlags::IN | EventFlags::RDHUP);
    (Token(data.u64() as usize), has_ended)
}

/// Ends the wait of a queue, from any thread.
#[derive(Debug)]
pub(crate) struct Waker(OwnedFd);

impl Waker {
    pub(crate) fn new(queue: &EventQueue, token: Token) -> io::Result<Self> {
        let counter = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        queue.add(&counter, token, EventFlags::IN)?;
        Ok(Self(counter))
    }

    /// Each call is an event, so nobody has to read the counter, until it is full.
    pub(crate) fn wake(&self) -> Result<(), Errno> {
        let one = 1_u64.to_ne_bytes();
        while let Err(error) = write(&self.0, &one) {
            match error {
                Errno::AGAIN => {
                    // Another thread may have read it just now.
                    let _ = read(&self.0, &mut [0; 8]);
                }
                Errno::INTR => {}
                error => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_waker_whose_counter_is_full_still_wakes() {
        let mut queue = EventQueue::new().unwrap();
        let waker = Waker::new(&queue, Token(1)).unwrap();
        write(&waker.0, &(u64::MAX - 1).to_ne_bytes()).unwrap();
        for _ in 0..2 {
            queue.wait(Some(Duration::ZERO)).unwrap();
            waker.wake().unwrap();
        }
        queue.wait(Some(Duration::ZERO)).unwrap();
        assert_eq!(queue.events().collect::<Vec<_>>(), [(Token(1), false)]);
    }
}
