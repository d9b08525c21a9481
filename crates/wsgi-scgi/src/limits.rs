//! How large a request may be.

/// The sizes a request may have.
///
/// The defaults have room for what nginx and Apache send as they come.
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

/// The most headers [`Limits::max_headers`] can allow, whose spans take 16 KiB.
const MOST_HEADERS: usize = 1024;

impl Limits {
    /// The defaults: 256 headers in 64 KiB, a body of 1 GiB.
    pub const fn new() -> Limits {
        Limits {
            head: 64 << 10,
            headers: 256,
            body: 1 << 30,
        }
    }

    /// How many bytes all headers may have together, which is the number a request starts with:
    /// 64 KiB by default and at most 4 GiB. More are refused as soon as that number says so.
    pub const fn max_head_bytes(mut self, bytes: usize) -> Limits {
        let most = u32::MAX as usize;
        self.head = if bytes < most { bytes } else { most };
        self
    }

    /// The most headers a request may have, 256 by default and at most 1,024. A request with more
    /// is refused.
    pub const fn max_headers(mut self, count: usize) -> Limits {
        self.headers = if count < MOST_HEADERS {
            count
        } else {
            MOST_HEADERS
        };
        self
    }

    /// The longest body in bytes, 1 GiB by default. A request whose CONTENT_LENGTH is more is
    /// refused.
    ///
    /// A body is never held here, so that this guards what an application does with it (a disk,
    /// mostly), and not the server's memory.
    pub const fn max_body_bytes(mut self, bytes: u64) -> Limits {
        self.body = bytes;
        self
    }

    /// The longest body in bytes, as [`max_body_bytes`](Limits::max_body_bytes) has set it: for a server that keeps
    /// bodies.
    pub const fn body_limit(&self) -> u64 {
        self.body
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::new()
    }
}
