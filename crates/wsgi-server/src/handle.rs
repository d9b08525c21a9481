//! Ending a server from another thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::loops::shared::{Shared, Stage};

/// Ends a server from another thread, or from a signal's.
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
/// serving.join().unwrap()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Handle(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// How far the server is to be, also before it has begun.
    stage: Option<Stage>,
    /// Every run of the server that is not over, and those of which calls are left.
    runs: Vec<Weak<Shared>>,
}

impl Handle {
    /// Ends the server gracefully, whatever of it runs: `serve_forever`, and each
    /// `handle_request`. Clients that wait to be accepted are served, all requests
    /// that have arrived are answered, connections at rest are closed. A client
    /// that has sent nothing so far has about a second for its first request. All
    /// that takes no longer than the builder's
    /// [`shutdown_timeout`](crate::Builder::shutdown_timeout); what is left then
    /// is cut. Returns at once; `serve_forever` returns when it is done. A server
    /// that has not begun yet ends as soon as it does.
    ///
    /// Where `handle_request` runs alone, it finishes its one request, and leaves the
    /// others waiting. Clients who wait at a socket that was [passed](crate::Listener::inherited) to
    /// this process, or bound before a fork, are left to the process that goes on
    /// with it.
    pub fn shutdown(&self) {
        self.advance(Stage::Draining);
    }

    /// Ends the server at once: every connection is cut.
    /// Applications that are running are not waited for: `serve_forever` returns,
    /// [`calls`](Self::calls) says how many there are, and the hooks of their
    /// requests run when they return, if the process still lives.
    pub fn abort(&self) {
        self.advance(Stage::Cutting);
    }

    /// How many calls of the application are under way, those included that go on
    /// after `serve_forever` has returned. Each has a thread of its own; at 0 the
    /// server has none left once `serve_forever` has returned.
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

    fn advance(&self, stage: Stage) {
        let mut state = self.state();
        state.stage = state.stage.max(Some(stage));
        let runs = state.runs();
        drop(state);
        runs.iter().for_each(|run| run.advance(stage));
    }

    /// Whether the server has been told to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.state().stage.is_some()
    }

    /// Notes a run of the server, and ends it if that has been asked for.
    pub(crate) fn attach(&self, shared: &Arc<Shared>) {
        let mut state = self.state();
        state.runs.retain(|run| run.strong_count() > 0);
        state.runs.push(Arc::downgrade(shared));
        if let Some(stage) = state.stage {
            shared.advance(stage);
        }
    }

    /// Has every loop look around.
    pub(crate) fn wake(&self) {
        let runs = self.state().runs();
        runs.iter().for_each(|run| run.wake());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The runs that are not over. Whoever has the last of one drops the application with it,
    /// so not under the lock.
    fn runs(&self) -> Vec<Arc<Shared>> {
        self.runs.iter().filter_map(Weak::upgrade).collect()
    }
}
