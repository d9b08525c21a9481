//! The settings of a server, and the application that it serves.

use std::sync::Arc;

use wsgi_environ::Errors;
use wsgi_gateway::Engine;

use crate::{
    bases::Bases, options::Options, served_application::ServedApplication, thread_end::ThreadEnd,
};

/// The settings of a server, and the application that it serves.
pub(crate) struct Config {
    pub(crate) options: Arc<Options>,
    pub(crate) engine: Engine,
    /// The bases of the environs of each listener.
    pub(crate) bases: Vec<Bases>,
    /// The path at which a front server has mounted the application.
    pub(crate) script_name: Option<String>,
    pub(crate) errors: Errors,
    pub(crate) software: String,
    pub(crate) thread_end: ThreadEnd,
    pub(crate) application: ServedApplication,
}
