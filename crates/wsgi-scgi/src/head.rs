//! The head of a request: its headers, as spans of the received bytes.

use crate::header::Header;

/// The head of a request. It can be reused for the next one.
///
/// [`parse`](RequestHead::parse) fills it. It keeps ranges of the received bytes, not the bytes
/// themselves, so its methods that return text take the bytes that were parsed. Before a head is
/// complete, the results of its methods mean nothing, but the methods are safe to call.
///
/// ```
/// use wsgi_scgi::{Limits, Rejection, RequestHead};
///
/// let bytes = b"43:CONTENT_LENGTH\x005\0SCGI\x001\0REQUEST_METHOD\0PUT\0,hello";
/// let mut head = RequestHead::new();
/// let length = head.parse(bytes, &Limits::new())?.expect("a complete head");
/// assert_eq!(&bytes[length..], b"hello");
/// assert_eq!(head.content_length(), 5);
/// assert_eq!(head.header(bytes, b"REQUEST_METHOD"), Some(&b"PUT"[..]));
/// let text = head.text(bytes);
/// let names: Vec<_> = head.headers().iter().map(|header| header.name(text)).collect();
/// assert_eq!(names, [&b"CONTENT_LENGTH"[..], b"SCGI", b"REQUEST_METHOD"]);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    /// The start of the text in the received bytes.
    pub(crate) start: usize,
    /// The length of the text.
    pub(crate) length: usize,
    pub(crate) headers: Vec<Header>,
    pub(crate) content_length: u64,
}

impl RequestHead {
    /// Creates an empty head. It allocates at the first header.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            start: 0,
            length: 0,
            headers: Vec::new(),
            content_length: 0,
        }
    }

    /// The bytes of all headers. `bytes` are those that the head was parsed from.
    #[inline]
    #[must_use]
    pub fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let rest = bytes.get(self.start..).unwrap_or(&[]);
        rest.get(..self.length).unwrap_or(&[])
    }

    /// The headers in the order of the request, as ranges of [`text`](RequestHead::text).
    ///
    /// CONTENT_LENGTH comes first and only once, and SCGI is one of the others. Any other name may
    /// be repeated. If a header is configured twice, web servers send it twice, and the last one
    /// counts. Before version 1.23, nginx also sends repeated HTTP fields in this way.
    #[inline]
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The value of the last header of this name. Names are case-sensitive.
    #[must_use]
    pub fn header<'a>(&self, bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let text = self.text(bytes);
        let header = self
            .headers
            .iter()
            .rfind(|header| header.name(text) == name)?;
        Some(header.value(text))
    }

    /// The length of the body, which follows the head. Nothing follows the body.
    #[inline]
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.content_length
    }
}
