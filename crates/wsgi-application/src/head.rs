//! The status and header fields of a response.

use wsgi_headers::Headers;

use crate::status::Status;

/// The head of a response: its status, its header fields and its stage.
///
/// An application makes it with `start_response`, middleware changes it in a
/// [`Filter`](crate::Filter), and a gateway sends it.
///
/// ```
/// use wsgi_application::{Head, Status};
///
/// let mut head = Head::new();
/// assert!(!head.is_started());
/// head.status = Status::NOT_FOUND;
/// head.headers.append("Content-Type", "text/plain")?;
/// head.clear();
/// assert_eq!(head.status, Status::OK);
/// assert!(head.headers.is_empty());
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Head {
    /// The status line's code and reason.
    pub status: Status,
    /// The header fields, in the order in which they are sent.
    pub headers: Headers,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Blank,
    Started,
    Committed,
}

impl Head {
    /// A head that is not started.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `start_response` was called.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.stage != Stage::Blank
    }

    /// Whether the head is settled, because bytes of the body are on their way through its filters.
    /// From then on, `restart` returns the error that it was given.
    ///
    /// ```
    /// use wsgi_application::Head;
    ///
    /// let mut head = Head::new();
    /// assert!(!head.is_committed());
    /// head.commit();
    /// assert!(head.is_committed());
    /// ```
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.stage == Stage::Committed
    }

    /// For gateways: settles the head, at the first bytes of the body.
    pub fn commit(&mut self) {
        self.stage = Stage::Committed;
    }

    /// Removes the response and keeps the memory, such as in a filter that fails, so that another
    /// response can be started. That one begins without the bytes written so far.
    ///
    /// Gateways use [`Exchange::clear`](crate::Exchange::clear) between requests.
    pub fn clear(&mut self) {
        self.stage = Stage::Blank;
        self.status = Status::OK;
        self.headers.clear();
    }

    pub(crate) fn mark_started(&mut self) {
        self.stage = Stage::Started;
    }
}
