//! Comparison of names without regard to case.

/// Whether `text` is `lower_case` in any case. Compares words, of which the last may overlap the
/// one before it.
///
/// `text` holds no control characters, and `lower_case` only letters, digits and hyphens. So the
/// bit that lower-cases a letter turns no other byte of `text` into one of them.
#[inline]
pub(crate) fn is<const N: usize>(text: &[u8], lower_case: &[u8; N]) -> bool {
    text.len() == N
        && match N {
            8.. => are_words::<8>(text, lower_case),
            4.. => are_words::<4>(text, lower_case),
            _ => are_words::<1>(text, lower_case),
        }
}

#[inline(always)]
fn are_words<const W: usize>(text: &[u8], lower_case: &[u8]) -> bool {
    let is_word = |text: &[u8; W], word: &[u8; W]| text.map(|byte| byte | 0x20) == *word;
    let words = text.as_chunks().0.iter().zip(lower_case.as_chunks().0);
    let last = text.last_chunk().zip(lower_case.last_chunk());
    words.chain(last).all(|(text, word)| is_word(text, word))
}
