//! The end of a request, as its hooks see it.

use std::time::Duration;

/// The end of a request. Its [`on_finished`](crate::Environ::on_finished) hooks receive it.
///
/// ```
/// use std::time::Duration;
/// use wsgi_environ::Outcome;
///
/// let outcome = Outcome::new(130, true, Duration::from_millis(2)).with_response(Some(200), 13);
/// assert_eq!(outcome.status, Some(200));
/// assert_eq!((outcome.bytes_sent, outcome.body_bytes), (130, 13));
/// assert!(outcome.complete);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The status code of the response; `None` if no head was made.
    pub status: Option<u16>,
    /// Bytes of the response that the peer took, including the head. After a reset, the bytes
    /// that the kernel still held are not counted.
    pub bytes_sent: u64,
    /// Bytes of the body among them, without the head and the framing. Approximate if the
    /// response is not complete.
    pub body_bytes: u64,
    /// Whether the response was sent to its end.
    pub complete: bool,
    /// The time from the request's head to the last byte sent, or to the client's departure.
    pub duration: Duration,
}

impl Outcome {
    /// For gateways: an outcome without a response.
    #[must_use]
    pub fn new(bytes_sent: u64, complete: bool, duration: Duration) -> Self {
        Self {
            status: None,
            bytes_sent,
            body_bytes: 0,
            complete,
            duration,
        }
    }

    /// For gateways: adds the status code of the response and the length of its body. If the
    /// response is not complete, the body counts at most the bytes that were sent.
    #[must_use]
    pub fn with_response(mut self, status: Option<u16>, body_bytes: u64) -> Self {
        self.status = status;
        self.body_bytes = match self.complete {
            true => body_bytes,
            false => body_bytes.min(self.bytes_sent),
        };
        self
    }
}
