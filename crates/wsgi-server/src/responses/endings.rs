//! The requests that a thread has answered, and whose hooks wait.

use std::sync::Arc;

use wsgi_environ::{End, Environ};

use crate::{
    counting::measures::Measures,
    instant::Instant,
    options::MAX_STEPS,
    peers::peer::Peer,
    responses::ending::{Began, Ending, Made},
};

/// The requests whose responses are in the thread's buffer, in their order, if hooks wait for the
/// end of these responses. It keeps the memory of earlier ones.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    waiting: Vec<Ending>,
    /// Environs without a request or a connection.
    #[expect(clippy::vec_box, reason = "an environ is moved by its box")]
    environs: Vec<Box<Environ>>,
    /// The requests whose durations are measured.
    pub(crate) measures: Measures,
}

impl Endings {
    /// Whether no hooks wait.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a request. Exchanges its environ for another one.
    pub(crate) fn push(
        &mut self,
        environ: &mut Box<Environ>,
        peer: Arc<Peer>,
        began: Began,
        made: Made,
    ) {
        let other = self.environs.pop().unwrap_or_default();
        let environ = std::mem::replace(environ, other);
        self.waiting.push(Ending::new(environ, peer, began, made));
    }

    /// Notes the `end` of the last response, and of those before that are not sent either.
    pub(crate) fn end(&mut self, end: End) {
        let now = Instant::now();
        let endings = self.waiting.iter_mut();
        endings.for_each(|ending| ending.end(end, now));
    }

    /// Ends all responses, which were sent, and runs their hooks.
    #[inline]
    pub(crate) fn finish(&mut self) {
        if !self.is_empty() {
            self.end(End::Complete);
            self.run_hooks();
        }
    }

    /// Takes the requests out, for a client that is slow to take the responses.
    pub(crate) fn take(&mut self) -> Vec<Ending> {
        std::mem::take(&mut self.waiting)
    }

    /// Adds requests that were taken out.
    pub(crate) fn extend(&mut self, endings: impl IntoIterator<Item = Ending>) {
        self.waiting.extend(endings);
    }

    /// Runs the hooks. They are not the server's code.
    pub(crate) fn run_hooks(&mut self) {
        // In their places, since they are large.
        for ending in &mut self.waiting {
            let Some(mut environ) = ending.run() else {
                continue;
            };
            // The environ would keep the socket open.
            environ.take_connection();
            if self.environs.len() < MAX_STEPS {
                self.environs.push(environ);
            }
        }
        self.waiting.clear();
    }
}
