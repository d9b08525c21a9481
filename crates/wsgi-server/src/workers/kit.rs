//! The memory of a thread, from one request to the next.

use std::sync::Arc;

use wsgi_application::Application;
use wsgi_environ::Environ;
use wsgi_gateway::Exchange;

#[cfg(feature = "fastcgi")]
use crate::fastcgi::stderr::Stderr;
use crate::{
    config::Config,
    connections::partial::Partial,
    guarded::guarded,
    instant::Instant,
    options::READ_SIZE,
    protocol::Protocol,
    responses::{clock::Clock, endings::Endings, http1_head::LastHead},
};

/// The memory that a thread answers requests with. It is reused, so that a request does not
/// allocate, and an idle connection needs none.
pub(crate) struct Kit {
    /// A buffer for reads from a socket.
    pub(crate) scratch: Box<[u8]>,
    /// Intakes, one for each protocol. A request that does not come in one piece keeps the one that
    /// it began with.
    pub(crate) partials: [Option<Box<Partial>>; Protocol::ALL.len()],
    pub(crate) environ: Box<Environ>,
    pub(crate) exchange: Exchange,
    /// Responses that were not sent yet: the thread's buffer.
    pub(crate) out: Vec<u8>,
    /// The requests whose hooks wait for the end of these responses.
    pub(crate) endings: Endings,
    /// When they have to be with the client, if the time of a response is limited.
    pub(crate) out_end: Option<Instant>,
    pub(crate) clock: Clock,
    pub(crate) last_head: LastHead,
    #[cfg(feature = "fastcgi")]
    pub(crate) stderr: Stderr,
    /// The application that was called last. `None` while the thread rests, so that an exchanged
    /// one can be dropped.
    pub(crate) application: Option<Arc<dyn Application>>,
    version: u64,
}

impl Kit {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            scratch: vec![0; READ_SIZE].into(),
            partials: Default::default(),
            environ: Box::new(Environ::new()),
            exchange: Exchange::new(),
            out: Vec::new(),
            endings: Endings::default(),
            out_end: None,
            clock: Clock::new(&config.software),
            last_head: LastHead::new(),
            #[cfg(feature = "fastcgi")]
            stderr: Stderr::new(&config.errors),
            application: None,
            version: 0,
        }
    }

    /// Takes the present application, if it was exchanged since the last call.
    #[inline]
    pub(crate) fn refresh_application(&mut self, config: &Config) {
        let version = config.application.version();
        if self.version != version {
            self.drop_application();
            self.application = Some(config.application.called());
            self.version = version;
        }
    }

    /// Whether the application here was exchanged.
    #[inline]
    pub(crate) fn is_outdated(&self, config: &Config) -> bool {
        self.application.is_some() && self.version != config.application.version()
    }

    /// Drops the application here. The last one to do so runs its drop, which is application code.
    pub(crate) fn drop_application(&mut self) {
        self.version = 0;
        if let Some(former) = self.application.take() {
            guarded(|| drop(former));
        }
    }

    /// Drops everything that is not the server's, and what may be large, before the thread rests.
    pub(crate) fn release(&mut self) {
        self.environ.take_connection();
        self.last_head.clear();
        self.drop_application();
    }
}
