//! The state of a response on the side of its gateway.

use crate::head::Head;

/// The state of a response on the side of its gateway: the head, and written bytes that wait to be
/// sent.
///
/// A gateway uses one for many requests, with
/// [`StartResponse::new`](crate::StartResponse::new), and clears it between them. It keeps its
/// memory, which grows to the largest head and to
/// [`MAX_GATHERED_BYTES`](crate::MAX_GATHERED_BYTES) of written bytes.
///
/// ```
/// use wsgi_application::{Exchange, StartResponse, Status};
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// StartResponse::new(&mut exchange, &mut sent).start(Status::NO_CONTENT, ())?;
/// assert_eq!(exchange.head.status, Status::NO_CONTENT);
/// exchange.clear();
/// assert!(!exchange.head.is_started());
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Exchange {
    /// The status and header fields. After the response, they are those that were sent, or would
    /// have been sent if the client had stayed.
    pub head: Head,
    /// Bytes that the application wrote and that are not passed on yet.
    pub gathered: Vec<u8>,
}

impl Exchange {
    /// An exchange without a response.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes the response and keeps the memory.
    pub fn clear(&mut self) {
        self.head.clear();
        self.gathered.clear();
    }
}
