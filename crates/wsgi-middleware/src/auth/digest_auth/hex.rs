//! Thirty-two bytes as hexadecimal digits.

/// The digits of a hash, in lower case.
pub(super) fn encode(bytes: &[u8; 32]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
    let digits = bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte)]);
    digits.collect()
}

/// The bytes of exactly 64 digits, in any case.
pub(super) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let text: &[u8; 64] = text.try_into().ok()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let value = digit(digits[0])? * 16 + digit(digits[1])?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes: [u8; 32] = std::array::from_fn(|n| n as u8 * 8 + 7);
        assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        let upper = encode(&bytes).to_uppercase();
        assert_eq!(decode(upper.as_bytes()), Some(bytes));
    }

    #[test]
    fn other_texts_are_refused() {
        let digits = "0".repeat(64);
        for text in [
            &digits[1..],
            &format!("{digits}0"),
            &digits.replacen('0', "g", 1),
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        assert_eq!(decode(digits.replacen("00", "+1", 1).as_bytes()), None);
    }
}
