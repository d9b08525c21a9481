//! Limits on the size of a request.

/// The limits on the size of a request.
///
/// The defaults suit nginx and Apache as they are configured by default. Every limit is checked
/// while bytes arrive, so a peer cannot make a server hold or count more than the limit.
///
/// ```
/// use wsgi_fastcgi::{Limits, Parsed, Rejection, RequestHead, Role, encode};
///
/// let limits = Limits::new().max_head_bytes(1024);
/// let mut bytes = Vec::new();
/// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
/// bytes.extend([1, 4, 0, 1, 4, 0, 0, 0]); // the header of 1,024 bytes of parameters
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
    pub(crate) authorizers: bool,
}

/// The highest value of [`Limits::max_params`], which bounds the work on the parameters of a head.
const HIGHEST_MAX_PARAMS: usize = 1024;

/// The highest value of [`Limits::max_head_bytes`], so that spans fit in 32 bits.
const HIGHEST_MAX_HEAD_BYTES: usize = u32::MAX as usize;

impl Limits {
    /// Creates the defaults: a head of 64 KiB with 256 parameters, a body of 1 GiB, 64 interleaved
    /// records.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: 64 << 10,
            params: 256,
            body: 1 << 30,
            interleaved: 64,
            connections: None,
            authorizers: false,
        }
    }

    /// The longest head in bytes, from the start of BEGIN_REQUEST to the end of PARAMS: 64 KiB by
    /// default, at most 4 GiB. It includes headers, padding and interleaved records. A longer head
    /// is refused as soon as the header of a record exceeds the limit.
    #[must_use]
    pub const fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.head = min(bytes, HIGHEST_MAX_HEAD_BYTES);
        self
    }

    /// The most parameters of a head: 256 by default, at most 1,024. A head with more is refused.
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, RecordType, RequestHead, Role, encode};
    ///
    /// let mut params = Vec::new();
    /// encode::param(&mut params, b"REQUEST_METHOD", b"GET");
    /// encode::param(&mut params, b"SERVER_PORT", b"80");
    /// let mut bytes = Vec::new();
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// encode::stream(&mut bytes, RecordType::PARAMS, 1, &params);
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let limits = Limits::new().max_params(1);
    /// let rejection = RequestHead::new().parse(&bytes, &limits, &mut Vec::new()).unwrap_err();
    /// assert_eq!(rejection.status_code(), 431);
    /// ```
    #[must_use]
    pub const fn max_params(mut self, count: usize) -> Self {
        self.params = min(count, HIGHEST_MAX_PARAMS);
        self
    }

    /// The longest body in bytes, 1 GiB by default. A longer one is refused: at once if
    /// CONTENT_LENGTH announces it, else at the record that would exceed the limit.
    ///
    /// A body is passed on as it arrives and never kept here. So the limit protects the resources
    /// of the application, such as its disk, and not the server's memory.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.body = bytes;
        self
    }

    /// The limit that [`max_body_bytes`](Limits::max_body_bytes) has set, for servers that keep
    /// bodies.
    ///
    /// ```
    /// assert_eq!(wsgi_fastcgi::Limits::new().max_body_bytes(7).body_limit(), 7);
    /// ```
    #[must_use]
    pub const fn body_limit(&self) -> u64 {
        self.body
    }

    /// The most records that may come between those of a request without belonging to it, 64 by
    /// default: management records, records of other requests, and DATA. A request with more is
    /// refused. With 0, no such record may come, and front servers that send one request after the
    /// other on a connection send none.
    ///
    /// The limit also bounds the replies to these records, none of which is longer than 80 bytes.
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, RecordType, RequestHead, Role, encode};
    ///
    /// let mut bytes = Vec::new();
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// for _ in 0..2 {
    ///     encode::header(&mut bytes, RecordType::GET_VALUES, 0, 0, 0);
    /// }
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let parse = |limits| RequestHead::new().parse(&bytes, &limits, &mut Vec::new());
    /// assert!(parse(Limits::new()).is_ok());
    /// assert!(parse(Limits::new().max_interleaved(1)).is_err());
    /// ```
    #[must_use]
    pub const fn max_interleaved(mut self, records: u32) -> Self {
        self.interleaved = records;
        self
    }

    /// The number of connections that the server accepts at a time, which is also its number of
    /// requests. A web server is told so if it asks for FCGI_MAX_CONNS or FCGI_MAX_REQS (section
    /// 4.1). By default these are left out of the answer. Nothing is refused because of this limit.
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, Rejection, RecordType, RequestHead, encode};
    ///
    /// let mut bytes = Vec::new();
    /// let start = encode::start_record(&mut bytes, RecordType::GET_VALUES, 0);
    /// encode::param(&mut bytes, b"FCGI_MAX_CONNS", b"");
    /// encode::finish_record(&mut bytes, start);
    /// let mut replies = Vec::new();
    /// RequestHead::new().parse(&bytes, &Limits::new().max_connections(512), &mut replies)?;
    /// assert!(replies[8..].starts_with(b"\x0e\x03FCGI_MAX_CONNS512"));
    /// # Ok::<(), Rejection>(())
    /// ```
    #[must_use]
    pub const fn max_connections(mut self, count: u32) -> Self {
        self.connections = Some(count);
        self
    }

    /// Sets whether requests for an Authorizer are accepted too (section 6.3); by default they are
    /// not. Such a request has no body. [`RequestHead::role`](crate::RequestHead::role) tells it
    /// from one for a Responder.
    ///
    /// An answer with status 200 lets the web server go on, and each of its fields whose name
    /// begins with `Variable-` becomes a variable there. Any other answer goes to the client. So an
    /// application that answers every request must not be asked.
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};
    ///
    /// let mut bytes = Vec::new();
    /// encode::begin_request(&mut bytes, 1, Role::AUTHORIZER, true);
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let (mut head, limits) = (RequestHead::new(), Limits::new().accept_authorizers(true));
    /// let parsed = head.parse(&bytes, &limits, &mut Vec::new())?;
    /// assert_eq!(parsed, Parsed::Complete(bytes.len()));
    /// assert_eq!(head.role(), Role::AUTHORIZER);
    /// # Ok::<(), Rejection>(())
    /// ```
    #[must_use]
    pub const fn accept_authorizers(mut self, accepts: bool) -> Self {
        self.authorizers = accepts;
        self
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
