//! The limit on the size of a header.

/// The longest header of version 1 in bytes, with its CRLF (section 2.1).
pub(crate) const MAX_LINE_BYTES: usize = 107;

/// The limit on the size of a header.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection};
///
/// // The start of a header of version 2, which announces 12 bytes of addresses.
/// let start = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c";
/// assert_eq!(Header::parse(start, &Limits::new()), Ok(None));
/// let limits = Limits::new().max_header_bytes(27);
/// assert_eq!(Header::parse(start, &limits), Err(Rejection::TooLarge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) header: usize,
}

impl Limits {
    /// Creates the default: a header of 1,024 bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self { header: 1024 }
    }

    /// The longest header of version 2 in bytes: 1,024 by default, which leaves room for the
    /// registered TLVs except for the client's certificate, which may need some KiB; the protocol
    /// allows up to 65,551. A longer one is refused as soon as it announces its length. A header of
    /// version 1 has at most 107 bytes, whatever the limit is.
    #[must_use]
    pub const fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.header = bytes;
        self
    }

    /// The number of bytes with which every header is complete or refused: the limit, or 107 if
    /// that is more. A server need not read more at once.
    ///
    /// ```
    /// use wsgi_proxy_protocol::Limits;
    ///
    /// assert_eq!(Limits::new().header_limit(), 1024);
    /// assert_eq!(Limits::new().max_header_bytes(28).header_limit(), 107);
    /// ```
    #[must_use]
    pub const fn header_limit(&self) -> usize {
        if self.header > MAX_LINE_BYTES {
            self.header
        } else {
            MAX_LINE_BYTES
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
