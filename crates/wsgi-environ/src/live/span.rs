//! A part of a live request's text.

/// Of a longer text only so much is taken: offsets fit in 32 bits, also with a decoded path behind it.
pub(crate) const MAX_TEXT: usize = 1 << 30;

/// A start and an end in a text.
pub(crate) type Span = (u32, u32);

/// How long a span is; one that ends before it starts is longer than anything.
#[inline]
pub(crate) fn len((start, end): Span) -> usize {
    end.wrapping_sub(start) as usize
}

/// A span that lies outside reads as empty: a parser's mistake must not stop a server.
pub(crate) fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or_default()
}
