//! Escapes of values, so that no request can forge a line, or a part of one.
//!
//! A value is cut after [`MAX_VALUE_BYTES`], and an ellipsis of three dots follows.

/// The limit of a value in a line, in bytes before escaping.
pub(super) const MAX_VALUE_BYTES: usize = 4096;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The role of spaces in a text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spaces {
    /// They are kept, because the value is between quotes.
    Kept,
    /// They are escaped, because a space separates values.
    Escaped,
}

/// Writes a value of a text format, in printable ASCII: quotes and backslashes have a backslash,
/// and all other bytes are written as `\x0a`.
pub(super) fn push_text(line: &mut Vec<u8>, value: &[u8], spaces: Spaces) {
    let kind = match spaces {
        Spaces::Kept => SPACE,
        Spaces::Escaped => PLAIN,
    };
    match value.len() <= MAX_VALUE_BYTES && all(value, kind) {
        true => line.extend_from_slice(value),
        false => push_escaped(line, value, kind),
    }
}

/// Writes a value of a text format that has other bytes than those of a kind, or is too long.
#[cold]
fn push_escaped(line: &mut Vec<u8>, value: &[u8], kind: u8) {
    let (value, is_cut) = cut(value);
    for &byte in value {
        match byte {
            _ if KINDS[usize::from(byte)] >= kind => line.push(byte),
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            _ => push_hex(line, b"\\x", byte),
        }
    }
    push_ellipsis(line, is_cut);
}

/// Writes the content of a JSON string (RFC 8259 section 7), in UTF-8. Control characters, and
/// those that break or reorder a line on a screen, are written as `\u000a`. Bytes that are not
/// UTF-8 become U+FFFD.
pub(super) fn push_json(line: &mut Vec<u8>, value: &[u8]) {
    let (value, is_cut) = cut(value);
    if all(value, SPACE) {
        line.extend_from_slice(value);
    } else {
        for chunk in value.utf8_chunks() {
            for character in chunk.valid().chars() {
                push_json_character(line, character);
            }
            if !chunk.invalid().is_empty() {
                line.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    push_ellipsis(line, is_cut);
}

fn push_json_character(line: &mut Vec<u8>, character: char) {
    match character {
        '"' | '\\' => line.extend_from_slice(&[b'\\', character as u8]),
        _ if character.is_control() || is_invisible(character) => {
            let [.., high, low] = u32::from(character).to_be_bytes();
            push_hex(line, b"\\u", high);
            push_hex(line, b"", low);
        }
        _ => line.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Whether a character breaks or reorders a line, or has no width.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{61c}' | '\u{feff}')
}

/// The kinds of bytes, in the order of what stands for itself in ever fewer places.
const ESCAPED: u8 = 0;
const SPACE: u8 = 1;
const PLAIN: u8 = 2;

/// The kind of each byte.
const KINDS: [u8; 256] = {
    let mut kinds = [ESCAPED; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        kinds[byte as usize] = match byte {
            b' ' => SPACE,
            b'"' | b'\\' => ESCAPED,
            _ => PLAIN,
        };
        byte += 1;
    }
    kinds
};

/// Whether all bytes are of this kind, or of a later one. All are looked at, without a branch: by
/// words of eight bytes, of which the last may overlap the one before it, in a short value by a
/// word of two halves, and in a very short one by the table.
#[inline]
fn all(value: &[u8], kind: u8) -> bool {
    let first = if kind == SPACE { b' ' } else { b'!' };
    let marks = |&bytes: &[u8; 8]| marks(u64::from_ne_bytes(bytes), first);
    if let Some(last) = value.last_chunk() {
        let words = value.as_chunks().0.iter();
        return words.fold(marks(last), |all, word| all | marks(word)) & each(0x80) == 0;
    }
    if let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (value.first_chunk(), value.last_chunk()) {
        return marks(&[a, b, c, d, e, f, g, h]) & each(0x80) == 0;
    }
    let kinds = value.iter().map(|byte| KINDS[usize::from(*byte)]);
    kinds.fold(PLAIN, u8::min) >= kind
}

/// Returns a word in which the highest bit of a byte is set if one of eight bytes is below `first`,
/// above `~`, a quote or a backslash. If there is no such byte, nothing is carried or borrowed from
/// one byte to another.
#[inline]
fn marks(word: u64, first: u8) -> u64 {
    let (quote, backslash) = (word ^ each(b'"'), word ^ each(b'\\'));
    let is_low = word.wrapping_sub(each(first));
    let is_high = word | word.wrapping_add(each(1));
    let (is_quote, is_backslash) = (quote.wrapping_sub(each(1)), backslash.wrapping_sub(each(1)));
    is_low | is_high | is_quote | is_backslash
}

/// A word that repeats a byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

fn push_hex(line: &mut Vec<u8>, prefix: &[u8], byte: u8) {
    let digit = |value: u8| HEX[usize::from(value & 15)];
    line.extend_from_slice(prefix);
    line.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
}

fn push_ellipsis(line: &mut Vec<u8>, is_cut: bool) {
    if is_cut {
        line.extend_from_slice(b"...");
    }
}

/// The first bytes of a value, without a half of a character, and whether others follow.
fn cut(value: &[u8]) -> (&[u8], bool) {
    if value.len() <= MAX_VALUE_BYTES {
        return (value, false);
    }
    let is_boundary = |&end: &usize| value[end] & 0b1100_0000 != 0b1000_0000;
    let end = (MAX_VALUE_BYTES - 3..=MAX_VALUE_BYTES)
        .rev()
        .find(is_boundary);
    (&value[..end.unwrap_or(MAX_VALUE_BYTES)], true)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::any, proptest};

    use super::{MAX_VALUE_BYTES, Spaces, push_json, push_text};

    fn text(value: &[u8], spaces: Spaces) -> String {
        let mut line = Vec::new();
        push_text(&mut line, value, spaces);
        String::from_utf8(line).expect("ASCII")
    }

    fn json(value: &[u8]) -> String {
        let mut line = Vec::new();
        push_json(&mut line, value);
        String::from_utf8(line).expect("UTF-8")
    }

    #[test]
    fn text_is_printable_ascii() {
        for (value, expected) in [
            (&b"Mozilla/5.0 ~"[..], "Mozilla/5.0 ~"),
            (b"", ""),
            (b"a\"b\\c", "a\\\"b\\\\c"),
            (b"a\r\nb\tc\0\x7f\x1b", "a\\x0d\\x0ab\\x09c\\x00\\x7f\\x1b"),
            ("caf\u{e9}".as_bytes(), "caf\\xc3\\xa9"),
            (b"\xff \x80", "\\xff \\x80"),
        ] {
            assert_eq!(text(value, Spaces::Kept), expected);
        }
        assert_eq!(text(b"a b\"", Spaces::Escaped), "a\\x20b\\\"");
        assert_eq!(text(b"a!b", Spaces::Escaped), "a!b");
    }

    #[test]
    fn a_byte_is_escaped_at_any_place_of_a_value_of_any_length() {
        for byte in 0..=u8::MAX {
            let escaped = text(&[byte], Spaces::Escaped);
            let is_plain = escaped.as_bytes() == [byte];
            assert_eq!(
                is_plain,
                byte.is_ascii_graphic() && !b"\"\\".contains(&byte)
            );
            for length in [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 40] {
                for place in [0, length / 2, length - 1] {
                    let mut value = vec![b'a'; length];
                    value[place] = byte;
                    let (before, after) = ("a".repeat(place), "a".repeat(length - place - 1));
                    let expected = format!("{before}{escaped}{after}");
                    assert_eq!(text(&value, Spaces::Escaped), expected);
                    let spaced = format!("{before}{}{after}", text(&[byte], Spaces::Kept));
                    assert_eq!(text(&value, Spaces::Kept), spaced);
                }
            }
        }
        assert_eq!(text(b" ", Spaces::Kept), " ");
    }

    #[test]
    fn json_keeps_characters_that_are_harmless() {
        for (value, expected) in [
            (&b"Mozilla/5.0 ~"[..], "Mozilla/5.0 ~"),
            (b"a\"b\\c", "a\\\"b\\\\c"),
            (b"a\r\nb\0\x7f", "a\\u000d\\u000ab\\u0000\\u007f"),
            ("caf\u{e9} \u{1f600}".as_bytes(), "caf\u{e9} \u{1f600}"),
            ("\u{85}\u{9b}".as_bytes(), "\\u0085\\u009b"),
            (
                "\u{2028}\u{202e}\u{200b}".as_bytes(),
                "\\u2028\\u202e\\u200b",
            ),
            ("a\u{61c}b".as_bytes(), "a\\u061cb"),
            (
                "\u{2060}\u{feff}\u{2070}".as_bytes(),
                "\\u2060\\ufeff\u{2070}",
            ),
            (b"a\xff\xc3", "a\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(json(value), expected);
        }
    }

    #[test]
    fn a_long_value_is_cut_at_a_character() {
        let longest = "a".repeat(MAX_VALUE_BYTES);
        let cut = format!("{longest}...");
        for escaped in [json, |value: &[u8]| text(value, Spaces::Kept)] {
            assert_eq!(escaped(longest.as_bytes()), longest);
            assert_eq!(escaped(format!("{longest}a").as_bytes()), cut);
        }
        for before in 1..4 {
            let start = "a".repeat(MAX_VALUE_BYTES - before);
            let value = format!("{start}\u{1f600}");
            assert_eq!(json(value.as_bytes()), format!("{start}..."));
        }
        let whole = format!("{}\u{1f600}", &longest[4..]);
        assert_eq!(json(format!("{whole}b").as_bytes()), format!("{whole}..."));
        assert!(json(&[0x80; MAX_VALUE_BYTES + 9]).ends_with("\u{fffd}..."));
    }

    proptest! {
        #[test]
        fn no_value_ends_its_text(value in vec(any::<u8>(), 0..50)) {
            let escaped = text(&value, Spaces::Escaped);
            assert!(escaped.bytes().all(|byte| byte.is_ascii_graphic()));
            // Two values never have the same text, so that a reader gets back what was sent.
            let mut bytes = escaped.bytes();
            let mut read = Vec::new();
            while let Some(byte) = bytes.next() {
                assert_ne!(byte, b'"');
                read.push(match (byte, byte == b'\\') {
                    (byte, false) => byte,
                    _ => match bytes.next().expect("an escaped byte") {
                        b'x' => {
                            let digits = [bytes.next(), bytes.next()].map(Option::unwrap);
                            let digits = std::str::from_utf8(&digits).unwrap().to_owned();
                            u8::from_str_radix(&digits, 16).expect("a byte")
                        }
                        byte => byte,
                    },
                });
            }
            assert_eq!(read, value);
        }

        #[test]
        fn json_is_read_back_as_the_same_text(value in ".{0,40}") {
            let escaped = json(value.as_bytes());
            assert!(!escaped.chars().any(char::is_control));
            let mut read = String::new();
            let mut characters = escaped.chars();
            while let Some(character) = characters.next() {
                assert_ne!(character, '"');
                read.push(match (character, character == '\\') {
                    (character, false) => character,
                    _ => match characters.next().expect("an escaped character") {
                        'u' => {
                            let digits: String = characters.by_ref().take(4).collect();
                            let code = u32::from_str_radix(&digits, 16).expect("digits");
                            char::from_u32(code).expect("a character")
                        }
                        character => character,
                    },
                });
            }
            assert_eq!(read, value);
        }
    }
}
