//! The end of a server, from another thread.

#[cfg(feature = "restart")]
use std::io;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

#[cfg(feature = "restart")]
use crate::listeners::listener::Listener;
#[cfg(feature = "metrics")]
use crate::metrics::{handle::Metrics, snapshot::MetricsSnapshot};
#[cfg(feature = "notify")]
use crate::notify::announcer::EndNotice;
use crate::{
    gate::Gate,
    instant::Instant,
    loops::{shared::Shared, stage::Stage},
    metrics::handle::Recording,
    options::LONGEST,
};

/// A handle that ends a server from another thread.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_server::make_server;
///
/// let server = make_server("127.0.0.1", 0, application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("Hello world!\n".into())
/// }))?;
/// let handle = server.handle();
/// let serving = std::thread::spawn(move || server.serve_forever());
/// handle.shutdown();
/// assert!(serving.join().unwrap().is_ok());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Handle(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The stage of its end that was asked for, if any. It may be asked for before the server
    /// serves.
    stage: Option<Stage>,
    /// When the shutdown begins, if it was asked for after a delay.
    drained_at: Option<Instant>,
    /// Whether the server was told to end, now or after a delay, and not only to retire.
    is_shutting_down: bool,
    /// Every run of the server that is not over, or that still has calls.
    runs: Vec<Weak<Shared>>,
    /// The gates that the first run opens.
    gates: Vec<Arc<Gate>>,
    /// The thread that tells a service manager of the end.
    #[cfg(feature = "notify")]
    end_notice: Option<EndNotice>,
    recording: Recording,
}

impl Handle {
    /// Ends the server gracefully: `serve_forever`, and each `handle_request`.
    ///
    /// Clients that wait to be accepted are served, all requests that have arrived are answered,
    /// and idle connections are closed. A request behind a body in chunks that is streamed is only
    /// answered if the application reads that body. A client that has sent nothing has about a
    /// second for its first request. What is left after the builder's
    /// [`shutdown_timeout`](crate::Builder::shutdown_timeout) is cut. This method returns at once;
    /// `serve_forever` returns when all that is done. A server that does not serve yet ends as soon
    /// as it does.
    ///
    /// If `handle_request` runs alone, it finishes its one request, and leaves other clients
    /// waiting. Clients that wait at a socket that was [passed](crate::Listener::inherited) to this
    /// process, or bound before a fork, are left to the process that goes on with the socket.
    pub fn shutdown(&self) {
        self.advance(Stage::Draining);
    }

    /// Ends the server gracefully after a delay, in which load balancers can notice.
    ///
    /// At once the server is no longer [ready](Self::is_ready), but it goes on as before: it
    /// accepts clients and keeps connections. After the delay it ends as by
    /// [`shutdown`](Self::shutdown). The delay should be longer than a load balancer needs to
    /// notice that the server is not ready. This method returns at once. Of several delays, the one
    /// that ends first counts, and `shutdown` and `abort` do not wait for it. At most 365 days.
    ///
    /// `handle_request` that runs alone does not wait for the delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::make_server;
    ///
    /// let server = make_server("127.0.0.1", 0, application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// }))?;
    /// let handle = server.handle();
    /// let serving = std::thread::spawn(move || server.serve_forever());
    /// handle.drain(Duration::from_millis(10));
    /// assert!(!handle.is_ready());
    /// serving.join().unwrap()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn drain(&self, delay: Duration) {
        if delay.is_zero() {
            return self.shutdown();
        }
        let mut state = self.state();
        let at = state.drain_by(delay);
        state.is_shutting_down = true;
        let runs = state.runs();
        #[cfg(feature = "notify")]
        state.announce_end();
        drop(state);
        runs.iter().for_each(|run| run.drain_at(at));
    }

    /// Leaves new clients to another process that accepts them at the same sockets, and ends the
    /// server when its connections have ended.
    ///
    /// The server takes no further client from its sockets, also not those that wait already, and
    /// leaves the files of Unix sockets to those who hold their [listeners](crate::Listener). Idle
    /// connections are kept for up to `patience`, so that no client meets a closed connection. The
    /// next response on each of them says `Connection: close`. Open live pages are told at once
    /// (`Sender::is_draining`), so that they can end, and their clients come back to the other
    /// process. What is left after that time ends as by [`shutdown`](Self::shutdown). This method
    /// returns at once; `serve_forever` returns when all that is done. A server that retires stays
    /// [ready](Self::is_ready), also when it has ended: new clients find the other process at its
    /// address.
    ///
    /// With the feature `restart`, a `Successor` can be that process.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let hello = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// let server = Server::builder().listener(socket.try_clone()?).build(hello)?;
    /// let handle = server.handle();
    /// let serving = std::thread::spawn(move || server.serve_forever());
    /// handle.retire(Duration::from_secs(30));
    /// serving.join().unwrap()?;
    /// // The socket still listens.
    /// assert!(std::net::TcpStream::connect(socket.local_addr()?).is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn retire(&self, patience: Duration) {
        let mut state = self.state();
        state.stage = state.stage.max(Some(Stage::Retiring));
        let at = state.drain_by(patience);
        let runs = state.runs();
        drop(state);
        for run in runs {
            run.advance(Stage::Retiring);
            run.drain_at(at);
        }
    }

    /// The listening sockets of the server, for a [`Successor`](crate::Successor); none if the
    /// server does not accept clients in `serve_forever`.
    ///
    /// As long as one of them is held, the socket listens, also after the end of the server, and
    /// the file of a Unix socket stays.
    ///
    /// Needs the feature `restart`.
    ///
    /// # Errors
    ///
    /// The process has no descriptor left.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::make_server;
    ///
    /// let server = make_server("127.0.0.1", 0, application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// }))?;
    /// assert!(server.handle().listeners()?.is_empty(), "it does not serve");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "restart")]
    pub fn listeners(&self) -> io::Result<Vec<Listener>> {
        let mut listeners = Vec::new();
        let runs = self.state().runs();
        for run in runs {
            for listener in &*run.listeners() {
                listeners.push(listener.try_clone()?);
            }
        }
        Ok(listeners)
    }

    /// Whether new clients can come to the address of the server. If not, they should go to another
    /// one.
    ///
    /// A server is ready while it serves, was not told to shut down, and has no more stuck threads
    /// than [`max_stuck_threads`](crate::Builder::max_stuck_threads). One that
    /// [retires](Self::retire) is ready from the moment it serves, even if it was told before, and
    /// stays ready when it has ended, because another process accepts its clients.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::make_server;
    ///
    /// let app = application(|_environ, _start_response| Ok(Body::empty()));
    /// let server = make_server("127.0.0.1", 0, app)?;
    /// let handle = server.handle();
    /// assert!(!handle.is_ready(), "it does not serve");
    /// handle.retire(Duration::ZERO);
    /// server.serve_forever()?;
    /// assert!(handle.is_ready(), "another process serves");
    /// handle.shutdown();
    /// assert!(!handle.is_ready());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let state = self.state();
        let is_retiring = state.stage == Some(Stage::Retiring) && !state.runs.is_empty();
        let (is_ending, runs) = (state.is_shutting_down, state.runs());
        drop(state);
        let is_ready = |run: &Arc<Shared>| run.stage() < Stage::Draining && !run.is_stuck();
        !is_ending && (is_retiring || runs.iter().any(is_ready))
    }

    /// Ends the server at once: every connection is cut.
    ///
    /// The server does not wait for applications that are running. `serve_forever` returns, and
    /// [`calls`](Self::calls) counts them. The hooks of their requests run when they return, if the
    /// process still lives.
    pub fn abort(&self) {
        self.advance(Stage::Cutting);
    }

    /// The number of calls of the application that are running, including those that go on after
    /// `serve_forever` has returned. Each has its own thread. When `serve_forever` has returned and
    /// this is 0, the server has no thread left.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::NO_CONTENT, ())?;
    ///     Ok(().into())
    /// });
    /// let server = Server::builder().bind("127.0.0.1:0")?.build(app)?;
    /// let handle = server.handle();
    /// handle.abort();
    /// server.serve_forever()?;
    /// assert_eq!(handle.calls(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn calls(&self) -> usize {
        let runs = self.state().runs();
        runs.iter().map(|run| run.calls()).sum()
    }

    /// The numbers of the server as they are now; `None` if it
    /// [keeps none](crate::Builder::metrics). They can also be read when the server has ended.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::{Metrics, Server};
    ///
    /// let app = application(|_environ, _start_response| Ok(Body::empty()));
    /// let builder = Server::builder().bind("127.0.0.1:0")?.metrics(&Metrics::new());
    /// let handle = builder.build(app)?.handle();
    /// let snapshot = handle.metrics().expect("it keeps numbers");
    /// assert_eq!(snapshot.active_requests(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn metrics(&self) -> Option<MetricsSnapshot> {
        let recording = self.state().recording.clone();
        recording.metrics().map(Metrics::snapshot)
    }

    /// The number of calls whose request has passed its deadline. They are among the
    /// [`calls`](Self::calls), and their threads are stuck.
    #[must_use]
    pub fn stuck(&self) -> usize {
        let runs = self.state().runs();
        runs.iter().map(|run| run.spares.stuck()).sum()
    }

    fn advance(&self, stage: Stage) {
        let mut state = self.state();
        state.stage = state.stage.max(Some(stage));
        state.is_shutting_down = true;
        let runs = state.runs();
        #[cfg(feature = "notify")]
        state.announce_end();
        drop(state);
        runs.iter().for_each(|run| run.advance(stage));
    }

    /// Whether the server was told to end, now or after a delay.
    pub(crate) fn is_ending(&self) -> bool {
        self.state().is_ending()
    }

    /// Lets the thread that tells a service manager hear of the end. It may have begun already.
    #[cfg(feature = "notify")]
    pub(crate) fn set_end_notice(&self, end_notice: EndNotice) {
        let mut state = self.state();
        state.end_notice = Some(end_notice);
        if state.is_shutting_down {
            state.announce_end();
        }
    }

    /// Notes the numbers that the server keeps.
    pub(crate) fn keep(&self, recording: Recording) {
        self.state().recording = recording;
    }

    /// Opens a gate once the server has begun to serve.
    pub(crate) fn open_at_begin(&self, gate: Arc<Gate>) {
        let mut state = self.state();
        match state.runs.is_empty() {
            true => state.gates.push(gate),
            false => gate.open(),
        }
    }

    /// Adds a run of the server, and ends it if that was asked for.
    pub(crate) fn attach(&self, shared: &Arc<Shared>) {
        let mut state = self.state();
        state.runs.retain(|run| run.strong_count() > 0);
        state.runs.push(Arc::downgrade(shared));
        state.recording.attach(shared);
        state.gates.drain(..).for_each(|gate| gate.open());
        if let Some(stage) = state.stage {
            shared.advance(stage);
        }
        if let Some(at) = state.drained_at {
            shared.drain_at(at);
        }
    }

    /// Wakes every loop, so that it checks what has changed.
    pub(crate) fn wake(&self) {
        let runs = self.state().runs();
        runs.iter().for_each(|run| run.wake());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_ending(&self) -> bool {
        self.stage.is_some() || self.drained_at.is_some()
    }

    /// Notes that the shutdown begins after this delay, or at the time that is known. Returns the
    /// earlier time.
    fn drain_by(&mut self, delay: Duration) -> Instant {
        let at = Instant::now() + delay.min(LONGEST);
        *self
            .drained_at
            .insert(self.drained_at.map_or(at, |earlier| earlier.min(at)))
    }

    #[cfg(feature = "notify")]
    fn announce_end(&self) {
        if let Some(end_notice) = &self.end_notice {
            end_notice.send();
        }
    }

    /// The runs that are not over. Drop them without the lock: the last reference to a run drops
    /// the application too.
    fn runs(&self) -> Vec<Arc<Shared>> {
        self.runs.iter().filter_map(Weak::upgrade).collect()
    }
}
