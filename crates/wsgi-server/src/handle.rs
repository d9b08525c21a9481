//! Ending a server from another thread.

use std::sync::{Arc, Mutex, PoisonError};

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
    running: Option<Arc<Shared>>,
}

impl Handle {
    /// Ends the server gracefully: clients that wait to be accepted are served,
    /// connections at rest are closed, requests are finished, up to the
    /// builder's [`shutdown_timeout`](crate::Builder::shutdown_timeout); what
    /// is left then is cut. Returns at once; `serve_forever` returns when it is
    /// done. A server that has not begun yet ends as soon as it does.
    pub fn shutdown(&self) {
        self.advance(Stage::Draining);
    }

    /// Ends the server at once: every connection is cut.
    /// Applications that are running are not waited for: `serve_forever` returns,
    /// and the hooks of their requests run when they return, if the process still
    /// lives.
    pub fn abort(&self) {
        self.advance(Stage::Cutting);
    }

    fn advance(&self, stage: Stage) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.stage = state.stage.max(Some(stage));
        if let Some(running) = &state.running {
            running.advance(stage);
        }
    }

    /// Whether the server has been told to end.
    pub(crate) fn is_ending(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.stage.is_some()
    }

    /// Notes which server runs now, and whether it has been told to end.
    pub(crate) fn attach(&self, shared: &Arc<Shared>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.running = Some(shared.clone());
        if let Some(stage) = state.stage {
            shared.advance(stage);
        }
    }

    pub(crate) fn detach(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .running = None;
    }
}
