//! Store and settings shared by all sessions of an application.

use super::{cookie::Template, lifetimes::Lifetimes};
use crate::store::Store;

/// Store and settings shared by all sessions of an application.
pub(crate) struct Shared {
    pub(crate) store: Box<dyn Store>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) template: Template,
}

impl Shared {
    /// Makes the default settings for sessions in `store`.
    pub(crate) fn new(store: impl Store + 'static) -> Self {
        Self {
            store: Box::new(store),
            lifetimes: Lifetimes::DEFAULT,
            template: Template::new(),
        }
    }
}
