//! The site that a blog is.

use wsgi::Request;

use crate::{frame::Frame, store::Store};

/// The knowledge that all handlers share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) parent: Option<String>,
    pub(crate) frame: Frame,
    /// The `Content-Security-Policy` of pages, which is that of the frame.
    pub(crate) policy: String,
    pub(crate) store: Store,
}

impl Site {
    /// The header of a page.
    pub(crate) fn header(&self, request: &Request<'_>) -> String {
        let parent = self.parent.as_deref();
        self.frame.header(request, &self.title, parent)
    }
}
