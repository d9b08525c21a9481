//! Limits on the size of a request.

/// The limits on the size of a request.
///
/// The defaults suit nginx and Apache as they are configured by default.
///
/// ```
/// use wsgi_scgi::{Limits, Rejection, RequestHead};
///
/// let limits = Limits::new().max_head_bytes(1024);
/// let parsed = RequestHead::new().parse(b"1025", &limits);
/// assert_eq!(parsed, Err(Rejection::HeadTooLarge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) head: usize,
    pub(crate) headers: usize,
    pub(crate) body: u64,
}

/// The highest value of [`Limits::max_params`]. The spans of this many headers take 16 KiB.
const HIGHEST_MAX_PARAMS: usize = 1024;

/// The highest value of [`Limits::max_head_bytes`], so that spans fit in 32 bits.
const HIGHEST_MAX_HEAD_BYTES: usize = u32::MAX as usize;

impl Limits {
    /// Creates the defaults: a head of 64 KiB with 256 headers, a body of 1 GiB.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: 64 << 10,
            headers: 256,
            body: 1 << 30,
        }
    }

    /// The longest text of all headers in bytes, which is the number at the start of a request:
    /// 64 KiB by default, at most 4 GiB. A longer one is refused as soon as the number exceeds the
    /// limit.
    #[must_use]
    pub const fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.head = min(bytes, HIGHEST_MAX_HEAD_BYTES);
        self
    }

    /// The most headers of a request, which are its parameters: 256 by default, at most 1,024. A
    /// request with more is refused.
    ///
    /// ```
    /// use wsgi_scgi::{Limits, RequestHead};
    ///
    /// let bytes = b"43:CONTENT_LENGTH\x005\0SCGI\x001\0REQUEST_METHOD\0PUT\0,hello";
    /// let parse = |limits| RequestHead::new().parse(bytes, &limits);
    /// assert!(parse(Limits::new()).is_ok());
    /// assert_eq!(parse(Limits::new().max_params(2)).unwrap_err().status_code(), 431);
    /// ```
    #[must_use]
    pub const fn max_params(mut self, count: usize) -> Self {
        self.headers = min(count, HIGHEST_MAX_PARAMS);
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
    /// assert_eq!(wsgi_scgi::Limits::new().max_body_bytes(7).body_limit(), 7);
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
