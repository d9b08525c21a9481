//! How large a request may be.

/// The sizes a request may have; what exceeds one is refused with the status its setter names.
///
/// The defaults suit a server that faces the internet. Every limit is checked as the bytes come
/// in, so that a peer cannot make the server hold, or count, more than it.
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

/// The most fields [`Limits::max_fields`] can allow, whose spans take 4 KiB.
pub(crate) const MOST_FIELDS: usize = 256;

impl Limits {
    /// The defaults: a target of 8 KiB, a head of 32 KiB with 100 fields, a body of 1 GiB.
    pub const fn new() -> Limits {
        Limits {
            target: 8 << 10,
            head: 32 << 10,
            fields: 100,
            body: 1 << 30,
        }
    }

    /// The longest request-target in bytes, 8 KiB by default (RFC 9112 section 3 asks for at
    /// least 8,000 octets of request line). A longer one is refused with 414, as soon as it is
    /// seen to be longer.
    pub const fn max_target_bytes(mut self, bytes: usize) -> Limits {
        self.target = bytes;
        self
    }

    /// The longest head in bytes, from the request line to the empty line, 32 KiB by default and
    /// at most 4 GiB. A longer one is refused with 431, as soon as that many bytes came
    /// without its end. It bounds the trailer section of a chunked body as well.
    pub const fn max_head_bytes(mut self, bytes: usize) -> Limits {
        let most = u32::MAX as usize;
        self.head = if bytes < most { bytes } else { most };
        self
    }

    /// The most fields a head may have, 100 by default and at most 256. A head with more is
    /// refused with 431. It bounds the trailer section of a chunked body as well.
    pub const fn max_fields(mut self, count: usize) -> Limits {
        self.fields = if count < MOST_FIELDS {
            count
        } else {
            MOST_FIELDS
        };
        self
    }

    /// The longest body in bytes, 1 GiB by default. A longer one is refused with 413: at once
    /// where Content-Length says so, else at the chunk that would exceed it.
    ///
    /// A body is passed on as it arrives and never held here, so that this guards what an
    /// application does with it (a disk, mostly), and not the server's memory. 1 GiB is what
    /// other origin servers have settled on.
    pub const fn max_body_bytes(mut self, bytes: u64) -> Limits {
        self.body = bytes;
        self
    }

    /// The longest body in bytes, as [`max_body_bytes`](Limits::max_body_bytes) has set it: for a server that speaks
    /// other protocols as well.
    pub const fn body_limit(&self) -> u64 {
        self.body
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::new()
    }
}
