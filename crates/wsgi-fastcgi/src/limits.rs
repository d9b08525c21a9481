//! How large a request may be.

/// The sizes a request may have.
///
/// The defaults have room for what nginx and Apache send as they come. Every limit is checked as
/// the bytes come in, so that a peer cannot make a server hold, or count, more than it.
///
/// ```
/// use wsgi_fastcgi::{Limits, Parsed, Rejection, RequestHead, Role, encode};
///
/// let limits = Limits::new().max_head_bytes(1024);
/// let mut bytes = Vec::new();
/// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
/// bytes.extend([1, 4, 0, 1, 4, 0, 0, 0]); // a record of parameters, of which 1,024 bytes are to follow
/// let parsed = RequestHead::new().parse(&bytes, &limits, &mut Vec::new());
/// assert_eq!(parsed, Err(Rejection::HeadTooLarge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) head: usize,
    pub(crate) params: usize,
    pub(crate) body: u64,
    pub(crate) interleaved: u32,
    pub(crate) connections: Option<u32>,
}

/// The most parameters [`Limits::max_params`] can allow, whose spans take 16 KiB.
const MOST_PARAMS: usize = 1024;

impl Limits {
    /// The defaults: a head of 64 KiB with 256 parameters, a body of 1 GiB, 64 interleaved records.
    pub const fn new() -> Limits {
        Limits {
            head: 64 << 10,
            params: 256,
            body: 1 << 30,
            interleaved: 64,
            connections: None,
        }
    }

    /// The longest head in bytes, from the start of BEGIN_REQUEST to the end of PARAMS: with the
    /// headers and the padding of its records, and those in between. 64 KiB by default and at most
    /// 4 GiB. A longer one is refused as soon as the header of a record says that it will be.
    pub const fn max_head_bytes(mut self, bytes: usize) -> Limits {
        let most = u32::MAX as usize;
        self.head = if bytes < most { bytes } else { most };
        self
    }

    /// The most parameters a head may have, 256 by default and at most 1,024. A head with more is
    /// refused.
    pub const fn max_params(mut self, count: usize) -> Limits {
        self.params = if count < MOST_PARAMS {
            count
        } else {
            MOST_PARAMS
        };
        self
    }

    /// The longest body in bytes, 1 GiB by default. A longer one is refused: at once where
    /// CONTENT_LENGTH says so, else at the record that would exceed it.
    ///
    /// A body is passed on as it arrives and never held here, so that this guards what an
    /// application does with it (a disk, mostly), and not the server's memory.
    pub const fn max_body_bytes(mut self, bytes: u64) -> Limits {
        self.body = bytes;
        self
    }

    /// The longest body in bytes, as [`max_body_bytes`](Limits::max_body_bytes) has set it: for a server that keeps
    /// bodies.
    pub const fn body_limit(&self) -> u64 {
        self.body
    }

    /// The most records that may come between those of a request without being its own, 64 by
    /// default: management records, records of other requests, and DATA. More of them are refused.
    ///
    /// It bounds the replies that a peer can ask for meanwhile: none is longer than 80 bytes.
    pub const fn max_interleaved(mut self, records: u32) -> Limits {
        self.interleaved = records;
        self
    }

    /// How many connections the server takes at a time, and so how many requests. Nothing is
    /// refused because of it: it is what a web server is told that asks for FCGI_MAX_CONNS and
    /// FCGI_MAX_REQS (section 4.1). By default these are left out of the answer.
    pub const fn max_connections(mut self, count: u32) -> Limits {
        self.connections = Some(count);
        self
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::new()
    }
}
