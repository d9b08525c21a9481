//! One header of a request.

/// A range of a request's text: where it starts, and where it ends.
pub type Span = (u32, u32);

/// A header, as two ranges of [`RequestHead::text`](crate::RequestHead::text): mostly a CGI
/// variable, as `HTTP_HOST`.
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
    /// The name: one byte at least, none of them NUL.
    pub name: Span,
    /// The value, which may be empty; none of its bytes is NUL.
    pub value: Span,
}

impl Header {
    /// The name as bytes of the text.
    #[inline]
    pub fn name<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.name)
    }

    /// The value as bytes of the text.
    #[inline]
    pub fn value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.value)
    }
}

/// What `span` covers; empty where it is not of this text.
#[inline]
fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or(&[])
}
