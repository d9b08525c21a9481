//! Limits on the size of a request.

use crate::packet::MAX_TEXT;

/// The limits on the size of a request.
///
/// The defaults suit nginx and Apache as they are configured by default.
///
/// ```
/// use wsgi_uwsgi::{Limits, Rejection, RequestHead};
///
/// let limits = Limits::new().max_head_bytes(1024);
/// let parsed = RequestHead::new().parse(&[0, 1, 4], &limits); // 1,025 bytes will follow
/// assert_eq!(parsed, Err(Rejection::HeadTooLarge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) head: usize,
    pub(crate) params: usize,
    pub(crate) body: u64,
}

/// The highest value of [`Limits::max_params`]. The spans of this many parameters take 16 KiB.
const HIGHEST_MAX_PARAMS: usize = 1024;

impl Limits {
    /// Creates the defaults: a head of 65,535 bytes with 256 parameters, a body of 1 GiB.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: MAX_TEXT,
            params: 256,
            body: 1 << 30,
        }
    }

    /// The longest text of all parameters in bytes, which is the number in the header of a packet:
    /// 65,535 by default, which is the most that the protocol allows. A longer one is refused as
    /// soon as its length has come.
    #[must_use]
    pub const fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.head = min(bytes, MAX_TEXT);
        self
    }

    /// The most parameters of a request: 256 by default, at most 1,024. A request with more is
    /// refused.
    ///
    /// ```
    /// use wsgi_uwsgi::{Limits, RequestHead, encode};
    ///
    /// let mut bytes = Vec::new();
    /// encode::request_head(&mut bytes, 0, [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/")]);
    /// let parse = |limits| RequestHead::new().parse(&bytes, &limits);
    /// assert!(parse(Limits::new()).is_ok());
    /// assert_eq!(parse(Limits::new().max_params(2)).unwrap_err().status_code(), 431);
    /// ```
    #[must_use]
    pub const fn max_params(mut self, count: usize) -> Self {
        self.params = min(count, HIGHEST_MAX_PARAMS);
        self
    }

    /// The longest body in bytes, 1 GiB by default. A request with a larger CONTENT_LENGTH is
    /// refused.
    ///
    /// A body is never kept here. So the limit protects the resources of the application, such as
    /// its disk, and not the server's memory.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.body = bytes;
        self
    }

    /// The limit that [`max_body_bytes`](Limits::max_body_bytes) has set, for servers that keep
    /// bodies.
    ///
    /// ```
    /// assert_eq!(wsgi_uwsgi::Limits::new().max_body_bytes(7).body_limit(), 7);
    /// ```
    #[must_use]
    pub const fn body_limit(&self) -> u64 {
        self.body
    }
}

/// `Ord::min`, which is not `const`.
const fn min(a: usize, b: usize) -> usize {
    // Mutant: if both are equal, either will do.
    if a < b { a } else { b }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
