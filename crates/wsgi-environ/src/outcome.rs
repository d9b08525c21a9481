//! The outcome of a request, as its hooks see it.

use std::time::{Duration, SystemTime};

use crate::end::End;

/// The outcome of a request. Its [`on_finished`](crate::Environ::on_finished) hooks receive it.
///
/// It has what a line of an access log and the metrics `http.server.*` of OpenTelemetry need.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use wsgi_environ::{End, Outcome};
///
/// let started = SystemTime::now();
/// let outcome = Outcome::new(End::Complete, started, Duration::from_millis(2))
///     .with_status_code(200)
///     .with_bytes(130, 13);
/// assert!(outcome.is_complete());
/// assert_eq!(outcome.status_code(), Some(200));
/// assert_eq!((outcome.bytes_sent(), outcome.body_bytes()), (130, 13));
/// assert_eq!((outcome.started(), outcome.duration().as_millis()), (started, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    end: End,
    status: Option<u16>,
    bytes_sent: u64,
    body_bytes: u64,
    started: SystemTime,
    duration: Duration,
}

impl Outcome {
    /// The way in which the response ended.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_environ::{End, Outcome};
    ///
    /// let outcome = Outcome::new(End::TimedOut, SystemTime::now(), Duration::from_secs(30));
    /// assert_eq!(outcome.end(), End::TimedOut);
    /// assert!(!outcome.is_complete());
    /// ```
    #[must_use]
    pub const fn end(&self) -> End {
        self.end
    }

    /// Whether the response was sent to its end.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.end, End::Complete)
    }

    /// The status code of the response; `None` if no head was made.
    #[must_use]
    pub const fn status_code(&self) -> Option<u16> {
        self.status
    }

    /// The bytes of the response that the peer took, including the head and the framing. If the
    /// response broke off, the bytes that the kernel still held are not counted.
    #[must_use]
    pub const fn bytes_sent(&self) -> u64 {
        self.bytes_sent
    }

    /// The bytes of the body among them, without the head. The framing is not counted either, but
    /// if the response broke off, it may be.
    #[must_use]
    pub const fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// The time of day when the server took up the request.
    #[must_use]
    pub const fn started(&self) -> SystemTime {
        self.started
    }

    /// The time from then until the last byte was sent, or the response broke off. It does not
    /// depend on changes of the time of day.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }
}

/// For gateways.
impl Outcome {
    /// The outcome of a request without a response.
    #[must_use]
    pub const fn new(end: End, started: SystemTime, duration: Duration) -> Self {
        Self {
            end,
            status: None,
            bytes_sent: 0,
            body_bytes: 0,
            started,
            duration,
        }
    }

    /// Sets the status code of the response, if it has a head.
    #[must_use]
    pub fn with_status_code(mut self, code: impl Into<Option<u16>>) -> Self {
        self.status = code.into();
        self
    }

    /// Sets the bytes that the peer took, and those of the body among them.
    #[must_use]
    pub const fn with_bytes(mut self, sent: u64, body: u64) -> Self {
        self.bytes_sent = sent;
        self.body_bytes = body;
        self
    }
}
