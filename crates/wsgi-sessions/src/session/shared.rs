//! What all sessions of an application share.

use super::cookie::Template;
use super::lifetimes::Lifetimes;
use crate::Store;

/// The store and the settings of all sessions of an application.
pub(crate) struct Shared {
    pub(crate) store: Box<dyn Store>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) template: Template,
}

impl Shared {
    /// These sessions with the default settings.
    pub(crate) fn new(store: impl Store + 'static) -> Self {
        Self {
            store: Box::new(store),
            lifetimes: Lifetimes::DEFAULT,
            template: Template::new(),
        }
    }
}
