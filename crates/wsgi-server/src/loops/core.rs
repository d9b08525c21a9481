//! The state of a loop that belongs to the thread which runs it.

use std::{
    io, mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::{
    connections::{connection::Connection, key::Key, opening::Opening},
    counting::recorder::Recorder,
    event_queue::{EventQueue, Events, Token},
    instant::Instant,
    listeners::listener::Listener,
    loops::{
        acceptor::Arrival, connection_limit::ConnectionLimit, horizon::Horizon, notice::Notice,
        parking::Parking, pressure::Appeal, reception::Reception,
    },
    options::Options,
    peers::{lookout::Lookout, peer::Peer},
};

/// The token of a loop's waker.
pub(super) const WAKER: Token = Token(usize::MAX - 1);

/// The number of lines that wait to be logged.
const MAX_NOTICES: usize = 16;

/// The shortest wait for an alarm, so that a loop does not spin until it is due.
const TICK: Duration = Duration::from_millis(1);

/// The state of a loop. All unfinished work is in here and never on the stack of the thread that
/// runs the loop, so that another thread can go on from it during any call of an application.
pub(crate) struct Core {
    event_queue: EventQueue,
    horizon: Horizon,
    pub(crate) reception: Reception,
    pub(crate) parking: Parking,
    pub(crate) appeal: Appeal,
    /// Lines for the log.
    pub(crate) notices: Vec<Notice>,
    /// Whether a spare thread is reserved for the loop.
    pub(crate) reserved: bool,
    /// Whether further clients are left to another process.
    pub(crate) has_retired: bool,
    /// When the shutdown began, if it has.
    pub(crate) draining_since: Option<Instant>,
    /// Whether the loop has ended. A thread that lost it does not take it back then.
    pub(crate) ended: bool,
    /// The time when the loop woke.
    pub(crate) now: Instant,
    pub(crate) recorder: Recorder,
}

impl Core {
    /// The core of a loop that accepts clients of `listeners`.
    pub(crate) fn new(listeners: &[Listener], recorder: Recorder) -> io::Result<Self> {
        let event_queue = EventQueue::new()?;
        let now = Instant::now();
        Ok(Core {
            reception: Reception::new(listeners, &event_queue, recorder.clone())?,
            recorder,
            event_queue,
            horizon: Horizon::new(now),
            parking: Parking::default(),
            appeal: Appeal::default(),
            notices: Vec::new(),
            reserved: false,
            has_retired: false,
            draining_since: None,
            ended: false,
            now,
        })
    }

    pub(crate) fn event_queue(&self) -> &EventQueue {
        &self.event_queue
    }

    /// Waits until there is something to do, and queues the connections that are ready.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        let has_work = self.parking.has_ready() || self.reception.is_ready(self.now);
        let timeout = if has_work {
            Some(Duration::ZERO)
        } else {
            self.until_next()
        };
        self.event_queue.wait(timeout)?;
        self.now = Instant::now();
        self.reception.look_again();
        self.appeal.wake(self.now);
        for (token, is_hangup) in self.event_queue.events() {
            match Key::from_token(token) {
                Some(key) => self.parking.note_event(key, is_hangup),
                None if token == WAKER => {}
                None => self.reception.mark_ready(token),
            }
        }
        Ok(())
    }

    /// The time until something is due, from when the loop woke last; `None` if nothing is.
    #[inline]
    fn until_next(&mut self) -> Option<Duration> {
        let mut next = self.parking.next_alarm();
        if self.reception.is_open() {
            // Nearly always there is neither.
            for at in [self.reception.paused_until(), self.appeal.look_again()] {
                if at.is_some_and(|at| next.is_none_or(|next| at < next)) {
                    next = at;
                }
            }
        }
        let next = next?;
        // After events, the loop is likely to wake long before.
        match self.event_queue.is_empty() {
            false if self.horizon.is_before(next, self.now) => Some(Horizon::DISTANCE),
            _ => Some(next.saturating_duration_since(self.now).max(TICK)),
        }
    }

    /// Accepts waiting clients, as [`Reception::accept`] does.
    pub(crate) fn accept(&mut self, limit: &ConnectionLimit) -> bool {
        self.reception.accept(limit, &self.event_queue, self.now)
    }

    /// Makes a client a connection of this loop.
    pub(crate) fn admit(&mut self, arrival: Arrival, options: &Options, lookout: &Arc<Lookout>) {
        let Arrival {
            listener,
            protocol,
            socket,
            address,
            is_allowed: _,
            channel,
            proxies,
            place,
        } = arrival;
        let opening = proxies.map(|proxies| {
            let deadline = self.now + options.head_timeout;
            Opening::new(proxies, address, deadline)
        });
        // The address of a front server is not that of a client.
        let address = address.filter(|_| !protocol.is_gateway());
        let key = self.parking.next_key();
        let peer = Peer::new(socket, address, channel).recorded_by(self.recorder.clone());
        let peer = Arc::new(peer.speaking(protocol));
        let mut connection = Box::new(Connection::new(key, protocol, peer, lookout, self.now));
        connection.listener = listener;
        connection.place = place;
        if let Some(opening) = opening {
            connection.expect(opening);
        }
        connection.deadline = connection.next_deadline(options, self.now);
        self.parking.admit(connection);
        // Its first request is often there already.
        self.parking.queue(key);
    }

    /// Makes a connection one of this loop that was one of another, or of this one before.
    pub(crate) fn take_over(&mut self, mut connection: Box<Connection>) {
        let key = self.parking.next_key();
        connection.key = key;
        self.parking.admit(connection);
        // The client may have sent something while no loop was told of it.
        self.parking.queue(key);
    }

    /// Has the events that a connection waits for told to this loop, unless they are.
    #[inline]
    pub(crate) fn register(&self, connection: &mut Connection) -> io::Result<()> {
        let awaited = Some(connection.awaited_events());
        if connection.told < awaited {
            self.tell(connection, awaited)?;
        }
        Ok(())
    }

    #[inline(never)] // as it is seldom more than once for a connection
    fn tell(&self, connection: &mut Connection, events: Option<Events>) -> io::Result<()> {
        let (peer, token) = (&connection.peer, connection.key.to_token());
        peer.tell(&self.event_queue, token, connection.told, events)?;
        connection.told = events;
        Ok(())
    }

    /// Has events of a connection told to no loop, until it is [registered](Self::register) again.
    pub(crate) fn deregister(&self, connection: &mut Connection) {
        // It fails only if that is so already.
        let _ = self.tell(connection, None);
        connection.told = None;
    }

    /// Takes a connection whose deadline has passed.
    pub(crate) fn next_expired(&mut self) -> Option<Box<Connection>> {
        self.parking.next_expired(self.now)
    }

    /// Leaves further clients to another process. Connections go on; live pages are told.
    pub(crate) fn retire(&mut self) {
        if !mem::replace(&mut self.has_retired, true) {
            self.reception.hand_over(&self.event_queue);
            self.parking.queue_all();
        }
    }

    /// Begins the shutdown: listens only for clients who wait already, and has every connection
    /// looked at once more.
    pub(crate) fn drain(&mut self) {
        self.draining_since = Some(Instant::now());
        self.reception.begin_closing(&self.event_queue);
        self.parking.queue_all();
    }

    /// Closes every connection, including those held by other threads. Returns their number, and
    /// those that are parked here.
    pub(crate) fn cut(&mut self) -> (usize, impl Iterator<Item = Box<Connection>> + use<>) {
        self.reception.close();
        self.parking.cut()
    }

    /// Whether the loop has nothing left to do: no client will come, and none of its `connections`
    /// is left, nor on its way from another loop. Those whose request was ended at its deadline,
    /// while its thread is `stuck`, are not waited for.
    pub(crate) fn is_over(&self, connections: &AtomicUsize, stuck: &AtomicUsize) -> bool {
        self.reception.is_over() && connections.load(SeqCst) <= stuck.load(SeqCst)
    }

    /// Notes that a loop which was asked for room has answered.
    pub(crate) fn note_answer(&mut self) {
        self.appeal.note_answer();
        self.reception.resume();
    }

    /// Adds a line for the log.
    pub(crate) fn notify(&mut self, notice: Notice) {
        // They come now and then, but may wait for any time for a thread that logs them.
        if self.notices.len() < MAX_NOTICES {
            self.notices.push(notice);
        }
    }
}
