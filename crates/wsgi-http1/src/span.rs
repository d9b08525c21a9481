//! Ranges of the bytes that a head was parsed from.

/// A range of the bytes that a head was parsed from: its start and its end.
pub type Span = (u32, u32);

/// The bytes that a span covers. Empty if the span is not within `bytes`.
#[inline]
pub(crate) fn slice(bytes: &[u8], (start, end): Span) -> &[u8] {
    bytes.get(start as usize..end as usize).unwrap_or(&[])
}
