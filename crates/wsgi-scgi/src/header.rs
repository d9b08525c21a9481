//! A header of a request.

/// A range of the text of a request: its start and its end.
pub type Span = (u32, u32);

/// A header, as two ranges of [`RequestHead::text`](crate::RequestHead::text). Most headers are CGI
/// variables, such as `HTTP_HOST`.
///
/// ```
/// use wsgi_scgi::Header;
///
/// let text = b"SERVER_PORT\x0080\0";
/// let header = Header { name: (0, 11), value: (12, 14) };
/// assert_eq!((header.name(text), header.value(text)), (&b"SERVER_PORT"[..], &b"80"[..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The name. It is not empty, and contains no NUL.
    pub name: Span,
    /// The value. It may be empty, and contains no NUL.
    pub value: Span,
}

impl Header {
    /// The name, from the bytes of the text.
    #[inline]
    #[must_use]
    pub fn name<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.name)
    }

    /// The value, from the bytes of the text.
    #[inline]
    #[must_use]
    pub fn value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.value)
    }
}

/// The bytes that a span covers. Empty if the span is not within `text`.
#[inline]
fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or(&[])
}
