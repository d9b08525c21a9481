//! Status and header fields of a response, until they are sent.

use crate::{Headers, Status};

/// The head of a response: its status and header fields, and how far it is.
///
/// An application makes it with `start_response`; middleware changes it in a
/// [`Filter`](crate::Filter); a gateway sends it.
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
    /// The header fields, in the order in which they will be sent.
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
    /// A head that nothing was said of yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `start_response` was called.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.stage != Stage::Blank
    }

    /// Whether the head is settled: bytes of the body are on their way through
    /// its filters. From here on `restart` returns the error it was given.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.stage == Stage::Committed
    }

    /// Settles the head: for gateways, at the first bytes of the body.
    pub fn commit(&mut self) {
        self.stage = Stage::Committed;
    }

    /// Forgets the response, keeping allocations: for gateways, between requests.
    pub fn clear(&mut self) {
        self.stage = Stage::Blank;
        self.status = Status::OK;
        self.headers.clear();
    }

    pub(crate) fn mark_started(&mut self) {
        self.stage = Stage::Started;
    }
}
