//! Comparison of names without regard to case.

/// Whether `text` is `lower_case` in any case. Compares eight bytes at a time.
///
/// `text` holds no control characters, and `lower_case` only letters, digits and hyphens. So the
/// bit that lower-cases a letter turns no other byte of `text` into one of them.
#[inline]
pub(crate) fn is<const N: usize>(text: &[u8], lower_case: &[u8; N]) -> bool {
    const LOWER: u8 = 0x20;
    let (text_words, text_rest) = text.as_chunks();
    let (words, rest) = lower_case.as_chunks();
    let same_word = |(&text, &word)| {
        u64::from_ne_bytes(text) | u64::from_ne_bytes([LOWER; 8]) == u64::from_ne_bytes(word)
    };
    text.len() == N
        && text_words.iter().zip(words).all(same_word)
        && text_rest
            .iter()
            .zip(rest)
            .all(|(text, byte)| text | LOWER == *byte)
}
