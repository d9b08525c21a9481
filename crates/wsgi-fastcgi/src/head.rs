//! The head of a request: its id and its parameters.

use crate::NULL_REQUEST_ID;
use crate::param::Param;
use crate::parse::{Progress, Source};

/// The head of a request, to be used again for the next one: BEGIN_REQUEST and PARAMS.
///
/// [`parse`](RequestHead::parse) fills it. Parameters that came in one record, as nearly all do,
/// stay where they are: it keeps only their places in the bytes that were parsed. Those that came
/// in several are put together here. [`text`](RequestHead::text) gives them either way.
///
/// What its methods return before a head was complete has no meaning, but they are safe to call.
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
/// let names: Vec<_> = head.params().iter().map(|param| param.name(text)).collect();
/// assert_eq!(names, [b"REQUEST_METHOD", b"CONTENT_LENGTH"]);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequestHead {
    pub(crate) id: u16,
    pub(crate) keep_conn: bool,
    pub(crate) params: Vec<Param>,
    pub(crate) content_length: Option<u64>,
    pub(crate) source: Source,
    /// The parameters of several records.
    pub(crate) text: Vec<u8>,
    /// How many records that are not of the request came within it.
    pub(crate) interleaved: u32,
    pub(crate) progress: Progress,
}

impl RequestHead {
    /// An empty head; it allocates with the first parameter.
    pub const fn new() -> RequestHead {
        RequestHead {
            id: NULL_REQUEST_ID,
            keep_conn: false,
            params: Vec::new(),
            content_length: None,
            source: Source::Nothing,
            text: Vec::new(),
            interleaved: 0,
            progress: Progress::START,
        }
    }

    /// The id of the request, which all records of its response have; 0, which is no request's,
    /// as long as none has begun. After a rejection it tells whether there is a request to be
    /// answered.
    #[inline]
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Whether the web server wants to keep the connection for another request: else close it
    /// behind the response (section 5.1).
    #[inline]
    pub fn keep_conn(&self) -> bool {
        self.keep_conn
    }

    /// The bytes that the parameters are in, of those the head was parsed from.
    #[inline]
    pub fn text<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match self.source {
            Source::Nothing => &[],
            Source::Record(start, end) => bytes.get(start..end).unwrap_or(&[]),
            Source::Records => &self.text,
        }
    }

    /// The parameters in the order they came in, as places in [`text`](RequestHead::text). A name
    /// but CONTENT_LENGTH may be there more than once: front servers send a parameter that was set
    /// up twice as often, and the last is meant; before version 1.23 nginx sends repeated fields of
    /// HTTP so.
    #[inline]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The value of the last parameter of this name; names are case-sensitive.
    pub fn param<'a>(&'a self, bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let text = self.text(bytes);
        let mut params = self.params.iter();
        let param = params.rfind(|param| param.name(text) == name)?;
        Some(param.value(text))
    }

    /// How long the body is. Where CONTENT_LENGTH is absent or empty it is not known: the body is
    /// what STDIN has until its end, which is how a request in chunks is passed on unread.
    #[inline]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }
}

impl Default for RequestHead {
    fn default() -> RequestHead {
        RequestHead::new()
    }
}
