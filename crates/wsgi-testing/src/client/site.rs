//! The relation between the origins of a page and of a request.

use crate::url::Url;

/// The relation of the page that makes a request to the application (W3C Fetch Metadata). A greater
/// one is farther away.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Site {
    SameOrigin,
    Same,
    Cross,
}

impl Site {
    pub(super) fn of(page: &Url, url: &Url) -> Self {
        if page.origin() == url.origin() {
            Self::SameOrigin
        } else if (page.scheme, page.site()) == (url.scheme, url.site()) {
            Self::Same
        } else {
            Self::Cross
        }
    }

    /// The value of `Sec-Fetch-Site`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::Same => "same-site",
            Self::Cross => "cross-site",
        }
    }
}
