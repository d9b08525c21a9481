//! The site that a blog is.

use crate::store::Store;

/// The knowledge that all handlers share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) parent: Option<String>,
    pub(crate) store: Store,
}
