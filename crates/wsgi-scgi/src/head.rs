//! The head of a request: its headers, as spans of the bytes received.

use crate::Header;

/// The head of a request, to be used again for the next one.
///
/// [`parse`](RequestHead::parse) fills it. It keeps no bytes, only where things are in them: its
/// methods that return text take the bytes that were parsed. What they return before a head was
/// complete has no meaning, but they are safe to call.
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
    /// Where the text is in the bytes received.
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) headers: Vec<Header>,
    pub(crate) content_length: u64,
}

impl RequestHead {
    /// An empty head; it allocates with the first header.
    pub const fn new() -> RequestHead {
        RequestHead {
            start: 0,
            length: 0,
            headers: Vec::new(),
            content_length: 0,
        }
    }

    /// The bytes that the headers are in, of those the head was parsed from.
    #[inline]
    pub fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let rest = bytes.get(self.start..).unwrap_or(&[]);
        rest.get(..self.length).unwrap_or(&[])
    }

    /// The headers in the order they came in, as places in [`text`](RequestHead::text).
    /// CONTENT_LENGTH is the first and stands alone, and SCGI is one of them. Any other name may be
    /// there more than once: front servers send a header that was set up twice as often, and the
    /// last is meant; before version 1.23 nginx sends repeated fields of HTTP so.
    #[inline]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The value of the last header of this name; names are case-sensitive.
    pub fn header<'a>(&self, bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let text = self.text(bytes);
        let header = self
            .headers
            .iter()
            .rfind(|header| header.name(text) == name)?;
        Some(header.value(text))
    }

    /// How long the body is: exactly so many bytes follow the head, and nothing follows them.
    #[inline]
    pub fn content_length(&self) -> u64 {
        self.content_length
    }
}
