//! The settings of a service, which its clones share.

use std::{sync::Arc, time::Duration};

use http::request::Parts;
use wsgi_application::Application;
use wsgi_environ::{Base, Environ};
use wsgi_gateway::Engine;

use crate::pool::Pool;

/// A function that completes the environ of each request.
pub(crate) type Prepare = dyn Fn(&Parts, &mut Environ) + Send + Sync;

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) application: Arc<dyn Application>,
    pub(crate) pool: Pool,
    pub(crate) engine: Engine,
    pub(crate) base: Arc<Base>,
    /// The scheme of the base, if it was set.
    pub(crate) url_scheme: Option<String>,
    pub(crate) script_name: String,
    pub(crate) prepare: Option<Arc<Prepare>>,
    pub(crate) buffer: usize,
    pub(crate) read_timeout: Duration,
    pub(crate) write_timeout: Duration,
}
