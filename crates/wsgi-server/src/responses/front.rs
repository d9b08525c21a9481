//! Bytes that come before others.

/// Puts bytes before others, within the memory that these have.
pub(super) fn put_before(bytes: &mut Vec<u8>, first: &[u8]) {
    let length = bytes.len();
    bytes.extend_from_slice(first);
    bytes.copy_within(..length, first.len());
    bytes[..first.len()].copy_from_slice(first);
}

#[cfg(test)]
mod tests {
    use super::put_before;

    #[test]
    fn bytes_are_put_before_others() {
        for (bytes, first, expected) in [
            ("cdefg", "ab", "abcdefg"),
            ("c", "ab", "abc"),
            ("", "ab", "ab"),
        ] {
            let mut bytes = bytes.as_bytes().to_vec();
            put_before(&mut bytes, first.as_bytes());
            assert_eq!(bytes, expected.as_bytes());
        }
    }
}
