//! A part of a live request's text.

/// The number of bytes taken of a longer text. Offsets then fit in 32 bits, even if a decoded path
/// follows the text.
pub(crate) const MAX_TEXT: usize = 1 << 30;

/// A start and an end in a text.
pub(crate) type Span = (u32, u32);

/// The length of a span. It is huge if the span ends before it starts.
#[inline]
pub(crate) fn len((start, end): Span) -> usize {
    end.wrapping_sub(start) as usize
}

/// The bytes of a span. A span outside the text reads as empty, since a parser's mistake must not
/// stop a server.
pub(crate) fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or_default()
}
