//! The head of a request: its id and its parameters.

use std::fmt;

use crate::{header::NULL_REQUEST_ID, param::Span, params::Params, role::Role};

/// The head of a request: BEGIN_REQUEST and PARAMS. It can be reused for the next one.
///
/// [`parse`](RequestHead::parse) fills it, and checks all parameters. Those in a single record, as
/// nearly all are, stay in the received bytes, and are read from there when a caller asks for them.
/// Parameters in several records are copied into the head. [`text`](RequestHead::text) returns
/// their bytes in either case.
///
/// Before a head is complete, the results of its methods mean nothing, but the methods are safe to
/// call.
///
/// ```
/// use wsgi_fastcgi::{Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};
///
/// let mut params = Vec::new();
/// encode::param(&mut params, b"REQUEST_METHOD", b"PUT");
/// encode::param(&mut params, b"CONTENT_LENGTH", b"5");
/// let mut bytes = Vec::new();
/// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
/// encode::stream(&mut bytes, RecordType::PARAMS, 1, &params);
/// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
///
/// let mut head = RequestHead::new();
/// let parsed = head.parse(&bytes, &Limits::new(), &mut Vec::new())?;
/// assert_eq!(parsed, Parsed::Complete(bytes.len()));
/// assert_eq!((head.id(), head.keep_conn(), head.content_length()), (1, true, Some(5)));
/// assert_eq!(head.param(&bytes, b"REQUEST_METHOD"), Some(&b"PUT"[..]));
/// let text = head.text(&bytes);
/// let names: Vec<_> = head.params(&bytes).map(|param| param.name(text)).collect();
/// assert_eq!(names, [b"REQUEST_METHOD", b"CONTENT_LENGTH"]);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone)]
pub struct RequestHead {
    pub(crate) id: u16,
    pub(crate) keep_conn: bool,
    pub(crate) role: Role,
    pub(crate) method: Option<Span>,
    pub(crate) content_length: Option<u64>,
    pub(crate) source: Source,
    /// The text of parameters in several records.
    pub(crate) text: Vec<u8>,
    /// The number of records within the request that are not its own.
    pub(crate) interleaved: u32,
    pub(crate) progress: Progress,
}

impl RequestHead {
    /// Creates an empty head. It allocates for parameters in several records.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            id: NULL_REQUEST_ID,
            keep_conn: false,
            role: Role::RESPONDER,
            method: None,
            content_length: None,
            source: Source::Nothing,
            text: Vec::new(),
            interleaved: 0,
            progress: Progress::START,
        }
    }

    /// The id of the request, which all records of its response must have. Before a request begins
    /// it is 0, which is not the id of any. So after a rejection it shows whether there is a
    /// request to answer.
    #[inline]
    #[must_use]
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Whether the web server wants to keep the connection for another request. If not, close it
    /// after the response (section 5.1).
    #[inline]
    #[must_use]
    pub fn keep_conn(&self) -> bool {
        self.keep_conn
    }

    /// The role in which the web server addresses the application: Responder, or
    /// [Authorizer](crate::Limits::accept_authorizers).
    #[inline]
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The bytes of all parameters. `bytes` are those that the head was parsed from.
    #[inline]
    #[must_use]
    pub fn text<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match self.source {
            Source::Nothing => &[],
            Source::Record { start, end } => bytes.get(start..end).unwrap_or(&[]),
            Source::Records => &self.text,
        }
    }

    /// The parameters in the order of the request, as ranges of [`text`](RequestHead::text).
    /// `bytes` are those that the head was parsed from.
    ///
    /// Any name except CONTENT_LENGTH may be repeated. If a parameter is configured twice, web
    /// servers send it twice, and the last one counts. Before version 1.23, nginx also sends
    /// repeated HTTP fields in this way.
    #[inline]
    #[must_use]
    pub fn params<'a>(&'a self, bytes: &'a [u8]) -> Params<'a> {
        Params::new(self.text(bytes))
    }

    /// The value of the last REQUEST_METHOD, as a range of [`text`](RequestHead::text).
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, Rejection, RequestHead, RecordType, Role, encode};
    ///
    /// let (mut params, mut bytes) = (Vec::new(), Vec::new());
    /// encode::param(&mut params, b"REQUEST_METHOD", b"PUT");
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// encode::stream(&mut bytes, RecordType::PARAMS, 1, &params);
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    ///
    /// let mut head = RequestHead::new();
    /// head.parse(&bytes, &Limits::new(), &mut Vec::new())?;
    /// let (start, end) = head.method_span().unwrap();
    /// assert_eq!(&head.text(&bytes)[start as usize..end as usize], b"PUT");
    /// # Ok::<(), Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn method_span(&self) -> Option<Span> {
        self.method
    }

    /// The value of the last parameter of this name. Names are case-sensitive.
    #[must_use]
    pub fn param<'a>(&'a self, bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let text = self.text(bytes);
        let same = self.params(bytes).filter(|param| param.name(text) == name);
        same.last().map(|param| param.value(text))
    }

    /// The length of the body. `None` if CONTENT_LENGTH is absent or empty: the body then lasts
    /// until the end of STDIN. Web servers pass on a chunked request in this way. An Authorizer has
    /// no body.
    #[inline]
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }
}

impl Default for RequestHead {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows only the length of the parameters, which may have secrets.
impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("id", &self.id)
            .field("keep_conn", &self.keep_conn)
            .field("role", &self.role)
            .field("method", &self.method)
            .field("content_length", &self.content_length)
            .field("source", &self.source)
            .field("text", &format_args!("({} bytes)", self.text.len()))
            .field("interleaved", &self.interleaved)
            .field("progress", &self.progress)
            .finish()
    }
}

/// The progress with an incomplete head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The start of the first record that was not read yet. It is 0 before a request has begun.
    pub(crate) at: usize,
}

impl Progress {
    pub(crate) const START: Self = Self { at: 0 };
}

/// The place of the text of the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Nothing,
    /// The content of a single record, in the received bytes.
    Record {
        start: usize,
        end: usize,
    },
    /// Copied from several records.
    Records,
}
