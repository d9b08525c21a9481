//! The encoding of signed values: base64url without padding (RFC 4648, section 5), in its canonical
//! form only.

use base64::Engine;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use vectors::ENGINE;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::URL_SAFE_NO_PAD as ENGINE;

pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The number of bytes that a valid text of this length encodes.
pub(crate) fn decoded_length(text: usize) -> usize {
    text / 4 * 3 + (text % 4).saturating_sub(1)
}

/// Decodes a text into `room`, which it must fill.
pub(crate) fn decode(text: &str, room: &mut [u8]) -> Option<()> {
    let length = ENGINE.decode_slice(text, room).ok()?;
    (length == room.len()).then_some(())
}

/// The engine that uses the vector instructions of the processor.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vectors {
    use std::sync::LazyLock;

    use base64::engine::{Simd, general_purpose::NO_PAD};

    pub(super) static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|place| (place * 167 + 13) as u8).collect()
    }

    #[test]
    fn every_length_is_encoded_as_without_vectors_and_decoded_again() {
        for length in 0..600 {
            let bytes = bytes(length);
            let text = encode(&bytes);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes));
            let mut read = vec![0; decoded_length(text.len())];
            assert_eq!(decode(&text, &mut read), Some(()), "{length} bytes");
            assert_eq!(read, bytes);
        }
    }

    #[test]
    fn characters_outside_the_alphabet_are_refused_at_every_place() {
        let text = encode(&bytes(299));
        let mut room = vec![0; decoded_length(text.len())];
        for place in 0..text.len() {
            for byte in (0..0x80_u8).filter(|byte| !byte.is_ascii_alphanumeric()) {
                let mut wrong = text.clone().into_bytes();
                wrong[place] = byte;
                let wrong = String::from_utf8(wrong).expect("the text is ASCII");
                let is_read = decode(&wrong, &mut room).is_some();
                let is_canonical = b"-_".contains(&byte) && place < text.len() - 1;
                assert_eq!(is_read, is_canonical, "{byte:#04x} at {place}");
            }
        }
    }

    #[test]
    fn impossible_lengths_unused_bits_and_padding_are_refused() {
        for text in ["A", "AAAAA", "AB", "AAB", "AA==", "AAA="] {
            let mut room = vec![0; decoded_length(text.len())];
            assert_eq!(decode(text, &mut room), None, "{text}");
        }
    }
}
