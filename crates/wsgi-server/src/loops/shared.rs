//! A running server, as all of its threads share it.

#[cfg(feature = "restart")]
use std::sync::MutexGuard;
use std::{
    fmt, io,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::*},
    },
};

#[cfg(feature = "restart")]
use crate::listeners::listener::Listener;
#[cfg(feature = "notify")]
use crate::loops::probe::Probe;
use crate::{
    config::Config,
    connections::waiting::WaitingLine,
    instant::Instant,
    loops::{
        connection_limit::ConnectionLimit,
        doze::Doze,
        event_loop::EventLoop,
        message::Message,
        notice::{Cause, Notice},
        pressure::Pressure,
        reports::Reports,
        spares::{Spares, Summons},
        stage::{Stage, StageCell},
        throttles::Throttles,
    },
    peers::{
        address_limit::AddressLimit, cutoffs::Cutoffs, deadlines::Deadlines, lookout::Lookout,
    },
    requests::spool_room::Room,
    stuck_threads::StuckThreads,
};

/// A running server.
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) loops: Vec<EventLoop>,
    pub(crate) spares: Arc<Spares>,
    pub(crate) doze: Arc<Doze>,
    pub(crate) cutoffs: Arc<Cutoffs>,
    pub(crate) deadlines: Arc<Deadlines>,
    /// The watch over the deadlines of each loop.
    pub(crate) lookouts: Vec<Arc<Lookout>>,
    pub(crate) reports: Arc<Reports>,
    /// The reason of the end, if too many threads are stuck.
    exhausted: OnceLock<StuckThreads>,
    pub(crate) room: Arc<Room>,
    pub(crate) connection_limit: ConnectionLimit,
    pub(crate) address_limit: Option<Arc<AddressLimit>>,
    pub(crate) waiting_line: Arc<WaitingLine>,
    pub(crate) pressure: Pressure,
    pub(crate) throttles: Throttles,
    /// Starts a spare thread.
    start_spare: StartSpare,
    stage: StageCell,
    /// Whether it was left to another process to accept the clients.
    has_retired: AtomicBool,
    /// When the monitor begins the shutdown, if it was asked for after a delay.
    drained_at: Mutex<Option<Instant>>,
    /// Whether a monitor watches over the loops.
    is_watched: bool,
    /// Whether the server's own code has panicked.
    failed: AtomicBool,
    /// The number of loops that have not ended.
    pub(crate) running: AtomicUsize,
    /// The listening sockets, for another process, as long as the server accepts clients.
    #[cfg(feature = "restart")]
    listeners: Mutex<Vec<Listener>>,
}

/// Starts a thread that waits for a summons.
pub(crate) type StartSpare = fn(&Arc<Shared>) -> io::Result<()>;

impl Shared {
    pub(crate) fn new(config: Arc<Config>, loops: Vec<EventLoop>, start_spare: StartSpare) -> Self {
        let options = &config.options;
        let reports = Reports::new(options.thread_stack_size, config.thread_end.clone());
        let spares = Spares::new(loops.len(), options.max_threads, options.max_stuck_threads);
        let connection_limit = ConnectionLimit::new(options.max_connections);
        let wakers = loops.iter().map(EventLoop::waker).collect();
        let address_limit = options.max_connections_per_address.map(AddressLimit::new);
        let doze = Arc::new(Doze::default());
        let watcher = doze.clone();
        let cutoffs = Cutoffs::new(move || watcher.call_began());
        let watcher = doze.clone();
        let deadlines = Arc::new(Deadlines::new(move || watcher.call_began()));
        let lookouts = (0..loops.len()).map(|index| Lookout::new(index, deadlines.clone()));
        let waiting_line = WaitingLine::new(options.max_waiting);
        let room = Room::new(options.spool_limit(), options.spool_writers(), wakers);
        Shared {
            config,
            spares: Arc::new(spares),
            room: Arc::new(room),
            doze,
            cutoffs: Arc::new(cutoffs),
            lookouts: lookouts.collect(),
            deadlines,
            reports: Arc::new(reports),
            exhausted: OnceLock::new(),
            connection_limit,
            address_limit: address_limit.map(Arc::new),
            waiting_line: Arc::new(waiting_line),
            pressure: Pressure::new(),
            throttles: Throttles::default(),
            start_spare,
            stage: StageCell::default(),
            has_retired: AtomicBool::new(false),
            drained_at: Mutex::new(None),
            is_watched: true,
            failed: AtomicBool::new(false),
            running: AtomicUsize::new(loops.len()),
            loops,
            #[cfg(feature = "restart")]
            listeners: Mutex::default(),
        }
    }

    /// The same for a loop that one thread runs alone.
    pub(crate) fn alone(self) -> Self {
        Self {
            is_watched: false,
            ..self
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// Whether nobody has ended the server.
    #[inline]
    pub(crate) fn is_serving(&self) -> bool {
        self.stage() == Stage::Serving
    }

    /// Goes on to `stage`, and wakes every loop.
    pub(crate) fn advance(&self, stage: Stage) {
        if stage == Stage::Retiring && self.is_serving() {
            self.has_retired.store(true, SeqCst); // before a loop can see a later stage
        }
        self.stage.advance(stage);
        #[cfg(feature = "restart")]
        self.listeners().clear(); // or clients would wait at them
        self.wake();
        self.doze.wake();
    }

    /// Keeps the listening sockets for another process, unless the server ends already.
    #[cfg(feature = "restart")]
    pub(crate) fn keep_listeners(&self, listeners: Vec<Listener>) {
        let mut kept = self.listeners();
        if self.is_serving() {
            *kept = listeners;
        }
    }

    /// The listening sockets; none if the server accepts no clients.
    #[cfg(feature = "restart")]
    pub(crate) fn listeners(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the shutdown at a time, or at once if no monitor keeps the time.
    pub(crate) fn drain_at(&self, at: Instant) {
        if !self.is_watched {
            return self.advance(Stage::Draining);
        }
        *self
            .drained_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(at);
        self.doze.wake();
    }

    /// The time when the shutdown begins, if it is known and has not begun.
    pub(crate) fn drained_at(&self) -> Option<Instant> {
        let drained_at = self.drained_at.lock();
        let drained_at = *drained_at.unwrap_or_else(PoisonError::into_inner);
        drained_at.filter(|_| self.stage() < Stage::Draining)
    }

    /// Asks each loop whether it turns: all of them call `answer`. Returns their number.
    #[cfg(feature = "notify")]
    pub(crate) fn ask_loops(&self, answer: impl Fn() + Clone + Send + 'static) -> usize {
        for event_loop in &self.loops {
            // A loop that has ended drops the question, and so answers it.
            drop(event_loop.send(Message::Probe(Probe::new(answer.clone()))));
        }
        self.loops.len()
    }

    /// Whether it was left to another process to accept the clients.
    pub(crate) fn has_retired(&self) -> bool {
        self.has_retired.load(SeqCst)
    }

    /// Notes that the server's own code has panicked, and ends the server.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Release);
        self.advance(Stage::Cutting);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Acquire)
    }

    /// Wakes every loop.
    #[cold]
    pub(crate) fn wake(&self) {
        self.loops.iter().for_each(EventLoop::wake);
    }

    /// The number of calls of the application that run.
    pub(crate) fn calls(&self) -> usize {
        let calling = self
            .loops
            .iter()
            .filter(|event_loop| event_loop.call().is_some());
        self.spares.away() + calling.count()
    }

    /// The number of connections.
    #[cfg(feature = "metrics")]
    pub(crate) fn connections(&self) -> usize {
        let counts = self.loops.iter();
        counts
            .map(|event_loop| event_loop.connections.load(Relaxed))
            .sum()
    }

    /// Notes that `count` connections of a loop have ended, and wakes the loops that wait for
    /// their places.
    #[inline(never)] // as connections end in many places
    pub(crate) fn connections_ended(&self, own: usize, count: usize) {
        self.loops[own].connections.fetch_sub(count, SeqCst);
        // Each of them has to be given back.
        let awaited = (0..count)
            .filter(|_| self.connection_limit.give_back())
            .count();
        if awaited > 0 {
            self.wake();
        }
    }

    /// Reserves a spare thread for a loop. If none is free, returns false and wakes the loops, so
    /// that those which no longer need theirs give it back.
    pub(crate) fn reserve_spare(&self) -> bool {
        let Err(refused) = self.spares.reserve() else {
            return true;
        };
        if refused.is_first {
            self.wake();
        }
        false
    }

    /// Summons the spare that is reserved for a loop, to take it over from the thread that is in
    /// this call. Returns false if that was done before, and the spare has not come yet.
    pub(crate) fn summon(self: &Arc<Self>, index: usize, call: u64) -> bool {
        let start = || (self.start_spare)(self).inspect_err(|error| self.note_no_thread(error));
        let summoned = &self.loops[index].summoned;
        self.spares.summon(summoned, Summons { index, call }, start)
    }

    /// Notes that the system refused a spare, for the log: a loop that is not in a call writes it.
    /// If each is in one, the first of them does when it is back.
    #[cold]
    fn note_no_thread(&self, error: &io::Error) {
        let Some(untold) = self.throttles.refused_threads.note(Instant::now()) else {
            return;
        };
        let error = error.to_string();
        let is_free = |event_loop: &&EventLoop| event_loop.call().is_none();
        if let Some(event_loop) = self.loops.iter().find(is_free).or(self.loops.first()) {
            // It may have ended.
            let _ = event_loop.send(Message::Notice(Notice::NoThread { error, untold }));
        }
    }

    /// Notes that a body has broken its response off, for the log, which this loop writes. The head
    /// is out, and the application may have ended long ago.
    #[cold]
    pub(crate) fn note_broken(&self, index: usize, cause: Cause) {
        let throttle = match cause {
            Cause::File => &self.throttles.broken_files,
            Cause::Owner => &self.throttles.lost_bytes,
        };
        if let Some(untold) = throttle.note(Instant::now()) {
            // It may have ended.
            let _ = self.loops[index].send(Message::Notice(Notice::Broken { cause, untold }));
        }
    }

    /// Notes that a thread which lost its loop has finished its call.
    pub(crate) fn spare_comes_back(&self) {
        if self.spares.come_back() {
            self.wake();
        }
    }

    /// Notes that the thread of a call on a connection of this loop is stuck. Returns the number of
    /// those that are. Ends the server if that is too many, and it was asked to.
    pub(crate) fn thread_is_stuck(&self, index: usize) -> usize {
        self.lookouts[index].stuck.fetch_add(1, SeqCst);
        let (count, is_awaited) = self.spares.stick();
        let limit = self.config.options.max_stuck_threads;
        let is_replaced = count <= limit && self.connection_limit.add_place();
        if is_awaited || is_replaced || !self.is_serving() {
            self.wake();
        }
        if count > limit && self.config.options.end_when_stuck {
            let _ = self.exhausted.set(StuckThreads { count, limit });
            self.advance(Stage::Draining);
        }
        count
    }

    /// Notes that the thread of a call on a connection of this loop is no longer stuck.
    pub(crate) fn thread_is_free(&self, index: usize) {
        self.lookouts[index].stuck.fetch_sub(1, SeqCst);
        if self.spares.come_unstuck() {
            self.connection_limit.remove_place();
        }
    }

    /// Whether more threads are stuck than may be.
    pub(crate) fn is_stuck(&self) -> bool {
        self.spares.stuck() > self.config.options.max_stuck_threads
    }

    /// The reason why the server has ended, if too many threads are stuck.
    pub(crate) fn exhausted(&self) -> Option<StuckThreads> {
        self.exhausted.get().copied()
    }

    /// Gives a spare back, for loops that wait for one.
    pub(crate) fn give_spare(&self) {
        if self.spares.give_back() {
            self.wake();
        }
    }

    /// Notes that a loop has ended.
    pub(crate) fn loop_ended(&self) {
        self.running.fetch_sub(1, AcqRel);
        self.doze.wake();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("stage", &self.stage())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wsgi_application::{Environ, Result, StartResponse};
    use wsgi_environ::Errors;
    use wsgi_gateway::Engine;

    use super::*;
    use crate::{
        bases::Bases, listeners::listener::Listener, loops::core::Core, options::Options,
        served_application::ServedApplication, thread_end::ThreadEnd,
    };

    /// A server with this number of loops, which no thread runs and which does not listen.
    pub(crate) fn shared(loops: usize) -> Shared {
        server(loops, &[], Options::new())
    }

    /// A server with one such loop and with these options.
    pub(crate) fn shared_with(options: Options) -> Shared {
        server(1, &[], options)
    }

    /// A server with this number of loops, which no thread runs, at this listener.
    pub(crate) fn listening(loops: usize, listener: Listener) -> Shared {
        server(loops, &[listener], Options::new())
    }

    fn server(loops: usize, listeners: &[Listener], options: Options) -> Shared {
        let app = |_: &mut Environ, _: &mut StartResponse<'_>| Result::Ok(().into());
        let config = Config {
            options: Arc::new(options),
            engine: Engine::new(),
            bases: vec![Bases::default()],
            script_name: None,
            errors: Errors::discard(),
            software: String::new(),
            thread_end: ThreadEnd::default(),
            application: ServedApplication::new(Arc::new(app), None, None),
        };
        let a_loop = |_| EventLoop::new(Core::new(listeners, Default::default()).unwrap()).unwrap();
        let loops = (0..loops).map(a_loop).collect();
        Shared::new(Arc::new(config), loops, |_| {
            Err(io::ErrorKind::Unsupported.into())
        })
    }

    #[test]
    fn the_log_hears_from_a_loop_without_a_call_that_the_system_refuses_threads() {
        let shared = Arc::new(shared(2));
        let busy = &shared.loops[0];
        let call = busy.leave(busy.begin());
        for _ in 0..2 {
            shared.summon(0, call);
        }
        let mut messages = shared.loops[1].take_mail().messages.into_iter();
        let Some(Message::Notice(notice)) = messages.next() else {
            panic!("a line for the log")
        };
        let line = notice.to_string();
        assert!(line.starts_with("starting a thread failed: "), "{line}");
        assert!(messages.next().is_none() && busy.take_mail().messages.is_empty());
    }
}
