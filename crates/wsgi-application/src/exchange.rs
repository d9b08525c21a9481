//! The state of one response on its gateway's side.

use crate::Head;

/// What a gateway keeps of one response while it is made: the head, and the written bytes that
/// wait for it.
///
/// A gateway makes one, calls applications with it by way of
/// [`StartResponse::new`](crate::StartResponse::new), and clears it between requests. Its memory
/// stays: it grows to the largest head and to [`MAX_GATHERED_BYTES`](crate::MAX_GATHERED_BYTES) of written
/// bytes.
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
    /// Status and header fields. After the response they are those that were sent, or would have
    /// been if the client had stayed.
    pub head: Head,
    /// Bytes that the application wrote and that were not passed on yet.
    pub gathered: Vec<u8>,
}

impl Exchange {
    /// An exchange without a response.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the response and keeps the memory.
    pub fn clear(&mut self) {
        self.head.clear();
        self.gathered.clear();
    }
}
