//! The number in `CONTENT_LENGTH` (RFC 3875 section 4.1.2).

/// Parses a decimal number; `None` if there are other bytes than digits, or if it is 2^64 or more.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
