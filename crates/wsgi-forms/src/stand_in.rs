//! File names for programs that do not know extended ones.

/// Whether a plain value stands in for a name that is not ASCII, as programs write it for those
/// that do not know extended values (RFC 6266 appendix D): with other characters in place of those
/// that are not ASCII, or as an encoded word (RFC 2047 section 2), which is what .NET sends.
pub(crate) fn has_stand_in(name: &str, plain: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let mut kept = name.split(|character: char| !character.is_ascii());
    let (first, last) = (kept.next().unwrap_or(""), kept.next_back().unwrap_or(""));
    let rest = plain.strip_prefix(first);
    let mut rest = rest.and_then(|rest| rest.strip_suffix(last));
    for between in kept {
        rest = rest.and_then(|rest| Some(rest.split_once(between)?.1));
    }
    rest.is_some() || plain == encoded_word(name)
}

/// A text as an encoded word in Base64.
fn encoded_word(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut word = String::from("=?utf-8?B?");
    for bytes in text.as_bytes().chunks(3) {
        let byte = |at: usize| bytes.get(at).map_or(0, |&byte| usize::from(byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            word.push(match digit <= bytes.len() {
                true => char::from(DIGITS[value]),
                false => '=',
            });
        }
    }
    word.push_str("?=");
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_word_is_in_base64() {
        // RFC 4648 section 10
        for (text, word) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{7ff}?>", "378/Pg=="),
        ] {
            assert_eq!(encoded_word(text), format!("=?utf-8?B?{word}?="));
        }
    }
}
