//! Limits on the size of a request.

/// The limits on the size of a request. A request above a limit is refused with the status that the
/// limit names.
///
/// The defaults suit a server that faces the internet. Every limit is checked while bytes arrive,
/// so a peer cannot make the server hold or count more than the limit.
///
/// ```
/// use wsgi_http1::{Limits, Rejection, RequestHead};
///
/// let limits = Limits::new().max_target_bytes(16).max_body_bytes(1024);
/// let request = b"GET /a/target/that/is/too/long";
/// assert_eq!(RequestHead::new().parse(request, &limits), Err(Rejection::TargetTooLong));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) target: usize,
    pub(crate) head: usize,
    pub(crate) fields: usize,
    pub(crate) body: u64,
}

/// The highest value of [`Limits::max_fields`]. The spans of this many fields take 4 KiB.
const HIGHEST_MAX_FIELDS: usize = 256;

/// The highest value of [`Limits::max_head_bytes`], so that spans fit in 32 bits.
const HIGHEST_MAX_HEAD_BYTES: usize = u32::MAX as usize;

impl Limits {
    /// Creates the defaults: a target of 8 KiB, a head of 32 KiB with 100 fields, a body of 1 GiB.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            target: 8 << 10,
            head: 32 << 10,
            fields: 100,
            body: 1 << 30,
        }
    }

    /// The longest request-target in bytes, 8 KiB by default (RFC 9112 section 3 recommends at
    /// least 8,000 octets of request line). A longer one is refused with 414 as soon as it exceeds
    /// the limit.
    #[must_use]
    pub const fn max_target_bytes(mut self, bytes: usize) -> Self {
        self.target = bytes;
        self
    }

    /// The longest head in bytes, from the request line to the empty line: 32 KiB by default, at
    /// most 4 GiB. A longer one is refused with 431 as soon as this many bytes have come without
    /// its end. The limit also applies to the trailer section of a chunked body.
    #[must_use]
    pub const fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.head = min(bytes, HIGHEST_MAX_HEAD_BYTES);
        self
    }

    /// The most fields of a head: 100 by default, at most 256. A head with more is refused with
    /// 431. The limit also applies to the trailer section of a chunked body.
    ///
    /// ```
    /// use wsgi_http1::{Limits, Rejection, RequestHead};
    ///
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
    /// let parse = |limits| RequestHead::new().parse(request, &limits);
    /// assert!(parse(Limits::new()).is_ok());
    /// assert_eq!(parse(Limits::new().max_fields(1)).unwrap_err().status_code(), 431);
    /// assert_eq!(parse(Limits::new().max_head_bytes(20)).unwrap_err().status_code(), 431);
    /// ```
    #[must_use]
    pub const fn max_fields(mut self, count: usize) -> Self {
        self.fields = min(count, HIGHEST_MAX_FIELDS);
        self
    }

    /// The longest body in bytes, 1 GiB by default. A longer one is refused with 413: at once if
    /// Content-Length announces it, else at the chunk that would exceed the limit.
    ///
    /// A body is passed on as it arrives and never kept here. So the limit protects the resources
    /// of the application, such as its disk, and not the server's memory. Other origin servers use
    /// 1 GiB as well.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.body = bytes;
        self
    }

    /// The limit that [`max_body_bytes`](Limits::max_body_bytes) has set, for servers that speak
    /// other protocols as well.
    ///
    /// ```
    /// assert_eq!(wsgi_http1::Limits::new().max_body_bytes(7).body_limit(), 7);
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
