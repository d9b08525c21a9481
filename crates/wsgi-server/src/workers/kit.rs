//! What a thread keeps from one request to the next.

use std::sync::Arc;

use wsgi_application::Application;
use wsgi_environ::{Environ, Field};
use wsgi_gateway::Exchange;

use crate::responses::stderr::Stderr;
use crate::{
    config::Config, connections::partial::Partial, foreign::guarded, options::READ_SIZE,
    protocol::Protocol, responses::clock::Clock,
};

/// What a thread needs to answer a request, kept from one to the next so that
/// none allocates. A connection at rest has none of it.
pub(crate) struct Kit {
    /// What is read from a socket.
    pub(crate) scratch: Vec<u8>,
    /// For a request that comes in one piece, and to keep what does not: one of
    /// each protocol.
    pub(crate) partials: [Option<Box<Partial>>; Protocol::COUNT],
    pub(crate) fields: Vec<Field>,
    pub(crate) environ: Environ,
    pub(crate) exchange: Exchange,
    /// Responses that were not sent yet.
    pub(crate) out: Vec<u8>,
    pub(crate) clock: Clock,
    pub(crate) stderr: Stderr,
    /// The application that was called last; none while the thread rests, so that a
    /// former one can go.
    pub(crate) application: Option<Arc<dyn Application>>,
    version: u64,
}

impl Kit {
    pub(super) fn new(config: &Config) -> Self {
        let mut environ = Environ::new();
        environ.set_base(&config.base);
        Kit {
            scratch: vec![0; READ_SIZE],
            partials: Default::default(),
            fields: Vec::new(),
            environ,
            exchange: Exchange::new(),
            out: Vec::new(),
            clock: Clock::new(&config.software),
            stderr: Stderr::new(&config.errors),
            application: None,
            version: 0,
        }
    }

    /// Sees to it that the application is the one of this moment.
    #[inline]
    pub(crate) fn refresh_application(&mut self, config: &Config) {
        let version = config.site.version();
        if self.version != version {
            self.let_go_of_application();
            self.application = Some(config.site.called());
            self.version = version;
        }
    }

    /// Whether there is an application that is served no more.
    #[inline]
    pub(crate) fn is_outdated(&self, config: &Config) -> bool {
        self.application.is_some() && self.version != config.site.version()
    }

    /// Parts with the application. The last to hold it runs its drop, which is
    /// application code.
    pub(crate) fn let_go_of_application(&mut self) {
        self.version = 0;
        if let Some(former) = self.application.take() {
            guarded(|| drop(former));
        }
    }

    /// Parts with all that belongs to others, before the thread rests.
    pub(crate) fn rest(&mut self) {
        self.environ.take_connection();
        self.let_go_of_application();
    }
}
