//! A loop's own state: readiness, connections, deadlines.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Registry, Token};

use crate::{
    connections::{connection::Connection, key::Key},
    listeners::listener::Listener,
    loops::{
        acceptor::{Acceptor, Arrival},
        crowd::Crowd,
        places::Places,
        pressure::{Notice, Shortage},
        resting::Resting,
        slots::Slots,
        timers::Timers,
    },
    options::Options,
    peers::peer::Peer,
    requests::room::{Room, Want},
};

/// The token of a loop's waker.
pub(super) const WAKER: Token = Token(usize::MAX - 1);

/// What the thread that runs a loop has alone. Everything that is not done yet
/// is in here and never on the thread's stack, so that another thread can go
/// on from it at any call of an application.
pub(crate) struct Core {
    poll: Poll,
    events: Events,
    acceptors: Vec<Acceptor>,
    /// Whether one of them may have a connection, now or after a pause.
    accepting: bool,
    /// Clients that were accepted at the end and have no place yet.
    waiting: VecDeque<Arrival>,
    /// Whether there was no place for a further connection. It is looked for again
    /// when the loop wakes: who gives one back sees to that.
    full: bool,
    pub(crate) slots: Slots,
    timers: Timers,
    /// Connections that can be driven on.
    ready: VecDeque<Key>,
    /// Those that may call an application and have to wait for a spare thread.
    starved: Vec<Key>,
    /// Those that wait for room for a body.
    pub(crate) crowd: Crowd,
    /// Whether a spare thread is reserved.
    pub(crate) reserved: bool,
    /// Since when the loop has been ending, if it is.
    pub(crate) drained: Option<Instant>,
    /// Whether the loop has ended. A thread that it was cut off from may still
    /// come back to it.
    pub(crate) ended: bool,
    /// Those that may give way to new ones.
    pub(super) resting: Resting,
    /// What there was none left of, when accepting stopped.
    pub(super) shortage: Option<Shortage>,
    /// How many other loops were asked to make room, and have not answered.
    pub(super) asked: usize,
    /// When to look again whether there is room.
    pub(super) look_again: Option<Instant>,
    /// What the log is to be told of that.
    pub(crate) notice: Option<Notice>,
    /// How many connections may still be accepted, where that is limited.
    pub(crate) quota: Option<usize>,
    /// The time when the loop woke.
    pub(crate) now: Instant,
}

impl Core {
    /// A core that listens to `listeners`.
    pub(crate) fn new(listeners: &[Listener]) -> io::Result<Self> {
        let poll = Poll::new()?;
        let acceptors = listeners.iter().enumerate();
        let acceptors =
            acceptors.map(|(number, listener)| Acceptor::new(listener, poll.registry(), number));
        Ok(Core {
            acceptors: acceptors.collect::<io::Result<_>>()?,
            accepting: true,
            waiting: VecDeque::new(),
            full: false,
            poll,
            events: Events::with_capacity(256),
            slots: Slots::default(),
            timers: Timers::default(),
            ready: VecDeque::new(),
            starved: Vec::new(),
            crowd: Crowd::default(),
            reserved: false,
            drained: None,
            ended: false,
            resting: Resting::default(),
            shortage: None,
            asked: 0,
            look_again: None,
            notice: None,
            quota: None,
            now: Instant::now(),
        })
    }

    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Waits until there is something to do, and queues what is ready.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        let timeout = if self.ready.is_empty() && !self.can_accept() {
            self.until_next()
        } else {
            Some(Duration::ZERO)
        };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => result?,
        }
        self.now = Instant::now();
        self.full = false;
        if self.look_again.is_some_and(|at| at <= self.now) {
            self.look_again = None;
        }
        for event in &self.events {
            if event.token() == WAKER {
                continue;
            }
            if let Some(acceptor) = self
                .acceptors
                .iter_mut()
                .find(|acceptor| acceptor.token() == event.token())
            {
                acceptor.mark_ready();
                self.accepting = true;
                continue;
            }
            let key = Key::from_token(event.token());
            if let Some(slot) = self.slots.get(key) {
                slot.hangup |= event.is_read_closed() || event.is_error();
                if !slot.queued {
                    slot.queued = true;
                    self.ready.push_back(key);
                }
            }
        }
        Ok(())
    }

    /// How long nothing is due, from when the loop woke last; `None` for no end.
    fn until_next(&self) -> Option<Duration> {
        let mut next = self.timers.next();
        if self.accepting {
            let times = [next, self.accept_paused(), self.look_again];
            next = times.into_iter().flatten().min();
        }
        let next = next?;
        let left = next.saturating_duration_since(self.now);
        Some(left.max(Duration::from_millis(1)))
    }

    /// When accepting goes on, where it rests.
    fn accept_paused(&self) -> Option<Instant> {
        if !self.accepting || self.full {
            return None;
        }
        self.acceptors
            .iter()
            .filter_map(Acceptor::paused_until)
            .min()
    }

    /// How many connections are ready now: all of them may be driven before the
    /// next look at the events.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Takes the next connection that is ready, if it is not away.
    pub(crate) fn next_ready(&mut self) -> Option<Box<Connection>> {
        let key = self.ready.pop_front()?;
        let slot = self.slots.get(key)?;
        slot.queued = false;
        slot.missed = slot.connection.is_none();
        let mut connection = slot.connection.take()?;
        connection.hangup |= slot.hangup;
        Some(connection)
    }

    /// Puts a connection back that waits for its peer, or refuses one that was
    /// cut while it was away.
    pub(crate) fn park(&mut self, connection: Box<Connection>) -> Result<(), Box<Connection>> {
        let (key, deadline) = (connection.key, connection.deadline);
        let Some(slot) = self.slots.get(key) else {
            return Err(connection);
        };
        slot.connection = Some(connection);
        slot.deadline = deadline;
        // A thread that took its loop back parks here what another one was told of.
        let missed = slot.missed;
        if let Some(at) = deadline
            && slot.alarm.is_none_or(|alarm| at < alarm)
        {
            slot.alarm = Some(at);
            self.timers.set(at, key);
            let slots = &self.slots;
            self.timers
                .prune(slots.len(), |at, key| slots.has_alarm(key, at));
        }
        if missed {
            self.queue(key);
        }
        Ok(())
    }

    /// Puts a connection back that can be driven on, as [`park`](Self::park) does.
    pub(crate) fn requeue(&mut self, connection: Box<Connection>) -> Result<(), Box<Connection>> {
        let key = connection.key;
        self.park(connection)?;
        self.queue(key);
        Ok(())
    }

    /// Notes a connection that cannot be driven on for want of a spare thread.
    pub(crate) fn starve(&mut self, key: Key) {
        if let Some(slot) = self.slots.get(key)
            && !slot.starved
        {
            slot.starved = true;
            self.starved.push(key);
        }
    }

    /// Whether connections wait for a spare thread.
    pub(crate) fn has_starved(&self) -> bool {
        !self.starved.is_empty()
    }

    /// Gives those that starved another try.
    pub(crate) fn retry_starved(&mut self) {
        for key in std::mem::take(&mut self.starved) {
            if let Some(slot) = self.slots.get(key) {
                slot.starved = false;
            }
            self.queue(key);
        }
    }

    /// Notes a connection that cannot be driven on for want of room.
    pub(crate) fn crowd(&mut self, key: Key, want: Want) {
        let Some(slot) = self.slots.get(key) else {
            return;
        };
        if std::mem::replace(&mut slot.crowded, true) {
            self.crowd.change(key, want);
        } else {
            self.crowd.add(key, want);
            let slots = &mut self.slots;
            self.crowd
                .prune(slots.len(), |key| slots.get(key).is_some());
        }
    }

    /// Gives those another try for whom there is room by now.
    pub(crate) fn retry_crowded(&mut self, room: &Room) {
        let slots = &mut self.slots;
        for key in self.crowd.admit(room, |key| slots.get(key).is_some()) {
            if let Some(slot) = self.slots.get(key) {
                slot.crowded = false;
            }
            self.queue(key);
        }
    }

    fn queue(&mut self, key: Key) {
        if let Some(slot) = self.slots.get(key)
            && !slot.queued
        {
            slot.queued = true;
            slot.missed = false;
            self.ready.push_back(key);
        }
    }

    /// Takes a connection whose time is up.
    pub(crate) fn next_expired(&mut self) -> Option<Box<Connection>> {
        while let Some((at, key)) = self.timers.ring(self.now) {
            let Some(slot) = self.slots.get(key) else {
                continue;
            };
            if slot.alarm != Some(at) {
                continue; // an earlier one was set since
            }
            slot.alarm = None;
            // One that is away keeps its own deadlines, and gets an alarm when it is back.
            let (Some(deadline), true) = (slot.deadline, slot.connection.is_some()) else {
                continue;
            };
            if deadline <= self.now {
                return slot.connection.take();
            }
            slot.alarm = Some(deadline);
            self.timers.set(deadline, key);
        }
        None
    }

    /// Whether someone may be waiting to be accepted.
    #[inline]
    pub(crate) fn is_accepting(&self) -> bool {
        self.accepting
    }

    /// Accepts who waits, as far as there are places, and up to a bound, so that the
    /// connections there are have their turn. Says whether somebody waits for a
    /// place that was not needed.
    pub(crate) fn accept(
        &mut self,
        places: &Places,
        mut place: impl FnMut(&mut Self, Arrival),
    ) -> bool {
        const BATCH: usize = 64;
        if self.drained.is_some() && self.quota.is_none() {
            self.accept_last(places, place);
            return false;
        }
        let mut is_awaited = false;
        for number in 0..self.acceptors.len() {
            for _ in 0..BATCH {
                let acceptor = &mut self.acceptors[number];
                if self.quota == Some(0) || !acceptor.is_ready(self.now) {
                    break;
                }
                if !places.take() {
                    self.full = true;
                    self.shortage = Some(Shortage::Places);
                    return is_awaited;
                }
                let Some(arrival) = acceptor.accept(self.now) else {
                    is_awaited |= places.give_back();
                    if acceptor.is_short() {
                        self.shortage = Some(Shortage::Descriptors);
                    }
                    break;
                };
                if let Some(quota) = &mut self.quota {
                    *quota -= 1;
                }
                place(self, arrival);
            }
        }
        if self.drained.is_some() {
            self.keep_acceptors(|acceptor| acceptor.may_have_more());
        }
        self.accepting =
            self.quota != Some(0) && self.acceptors.iter().any(Acceptor::may_have_more);
        is_awaited
    }

    /// Accepts all who wait at the end, so that the queue has an end too: clients that
    /// come later find nobody listening. Those for whom there is no place wait here.
    fn accept_last(&mut self, places: &Places, mut place: impl FnMut(&mut Self, Arrival)) {
        for acceptor in &mut self.acceptors {
            while acceptor.is_ready(self.now)
                && let Some(arrival) = acceptor.accept(self.now)
            {
                self.waiting.push_back(arrival);
            }
            if acceptor.is_short() {
                self.shortage = Some(Shortage::Descriptors);
            }
        }
        self.keep_acceptors(|acceptor| acceptor.may_have_more());
        while !self.waiting.is_empty() {
            if !places.take() {
                self.full = true;
                self.shortage = Some(Shortage::Places);
                break;
            }
            if let Some(arrival) = self.waiting.pop_front() {
                place(self, arrival);
            }
        }
        self.accepting = !self.waiting.is_empty() || !self.acceptors.is_empty();
    }

    /// Whether a client waits to be accepted indeed, or for a place. Where none does, accepting
    /// goes on with the next, whatever there was none left of.
    pub(super) fn is_awaited(&mut self) -> bool {
        let mut is_awaited = !self.waiting.is_empty();
        for acceptor in &mut self.acceptors {
            is_awaited |= acceptor.is_awaited();
        }
        is_awaited
    }

    /// Goes on with accepting, as there may be room.
    pub(super) fn accept_again(&mut self) {
        self.full = false;
        self.acceptors.iter_mut().for_each(Acceptor::resume);
    }

    /// Takes note that a loop which was asked to make room has answered.
    pub(crate) fn answered(&mut self) {
        self.asked = self.asked.saturating_sub(1);
        self.accept_again();
    }

    fn keep_acceptors(&mut self, mut keep: impl FnMut(&mut Acceptor) -> bool) {
        let registry = self.poll.registry();
        self.acceptors.retain_mut(|acceptor| {
            let kept = keep(acceptor);
            if !kept {
                acceptor.deregister(registry);
            }
            kept
        });
    }

    /// Whether someone waits to be accepted, and can be now.
    pub(crate) fn can_accept(&self) -> bool {
        self.accepting
            && !self.full
            && (!self.waiting.is_empty()
                || self
                    .acceptors
                    .iter()
                    .any(|acceptor| acceptor.is_ready(self.now)))
    }

    /// Takes a new connection in, if the system lets us.
    pub(crate) fn admit(&mut self, arrival: Arrival, options: &Options) -> bool {
        let Arrival {
            protocol,
            mut socket,
            address,
        } = arrival;
        // That of a front server is none of a client.
        let address = address.filter(|_| !protocol.is_gateway());
        socket.set_nodelay();
        // mio needs the key before the socket is shared.
        let key = self.slots.next_key();
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = socket.register(self.poll.registry(), key.to_token(), interest);
        if registered.is_err() {
            return false;
        }
        let peer = Arc::new(Peer::new(socket, address));
        self.slots.occupy(key, peer.clone());
        let mut connection = Box::new(Connection::new(key, protocol, peer, self.now));
        connection.deadline = Some(self.now + options.first_request_timeout);
        let _ = self.park(connection); // its place was taken just now
        self.resting.admit(key, &mut self.slots);
        if self.drained.is_some() {
            self.queue(key);
        }
        true
    }

    /// Forgets a connection; false where that was done before.
    pub(crate) fn release(&mut self, key: Key) -> bool {
        let is_there = self.slots.get(key).is_some();
        self.slots.release(key);
        is_there
    }

    /// Begins the end: listens on for those alone who wait to be accepted, and has
    /// every connection looked at once more.
    pub(crate) fn drain(&mut self) {
        self.drained = Some(Instant::now());
        self.keep_acceptors(Acceptor::retire);
        self.accepting = !self.acceptors.is_empty();
        for key in self.slots.keys() {
            self.queue(key);
        }
    }

    /// Closes every connection, also those that threads are away with, and says how
    /// many; gives those that are not.
    pub(crate) fn cut(&mut self) -> (usize, impl Iterator<Item = Box<Connection>> + use<>) {
        self.acceptors.clear();
        self.waiting.clear();
        self.accepting = false;
        let mut connections = Vec::new();
        let keys = self.slots.keys();
        let count = keys.len();
        for key in keys {
            if let Some(slot) = self.slots.get(key) {
                slot.peer.iter().for_each(|peer| peer.close());
                connections.extend(slot.connection.take());
            }
            self.slots.release(key);
        }
        (count, connections.into_iter())
    }

    /// Whether all is done: it was told to end, or has had as many connections
    /// as it was to have, and none is left, nor on its way from another loop.
    pub(crate) fn is_over(&self, count: &AtomicUsize) -> bool {
        (self.acceptors.is_empty() || self.quota == Some(0))
            && self.waiting.is_empty()
            && count.load(SeqCst) == 0
    }
}
