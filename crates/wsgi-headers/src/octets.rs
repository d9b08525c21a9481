//! The classes of octets of RFC 9110 and RFC 8187 in one table, and checks of eight octets at a
//! time.

use std::ops::BitOr;

/// `tchar`, the octets of tokens and so of field names (RFC 9110, section 5.6.2).
const TCHAR: u8 = 1;
/// `attr-char`, the octets that an extended value does not escape (RFC 8187, section 3.2.1).
const ATTR_CHAR: u8 = 2;
/// The octets of a field value: HTAB, SP, VCHAR and obs-text (RFC 9110, section 5.5).
const VALUE: u8 = 4;
/// The octets that are accepted in the value of a parameter without quotes: visible ASCII except
/// `"`, `,`, `;` and `\`.
const UNQUOTED: u8 = 8;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let byte = octet as u8;
        // Mutant: the classes are different bits, so `^` does the same as `|`.
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            )
        {
            class |= TCHAR | ATTR_CHAR;
        }
        if matches!(byte, b'%' | b'\'' | b'*') {
            class |= TCHAR;
        }
        if byte == b'\t' || byte >= b' ' && byte != 0x7f {
            class |= VALUE;
        }
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\') {
            class |= UNQUOTED;
        }
        classes[octet] = class;
        octet += 1;
    }
    classes
};

/// Whether `bytes` is a token, as every field name is: one or more letters, digits and
/// ``!#$%&'*+-.^_`|~`` (RFC 9110, section 5.6.2).
///
/// ```
/// use wsgi_headers::is_token;
///
/// assert!(is_token(b"Content-Type"));
/// assert!(!is_token(b"Content Type"));
/// assert!(!is_token(b""));
/// ```
#[inline]
#[must_use]
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && are_all(bytes, TCHAR)
}

/// Whether `bytes` contains only the bytes of a field value: no control characters except HTAB (RFC
/// 9110, section 5.5).
///
/// Bytes from 0x80 up (obs-text) are accepted, and so is the empty value. Whitespace around a value
/// is accepted as well, although it is not part of the value.
///
/// ```
/// use wsgi_headers::is_field_value;
///
/// assert!(is_field_value(b"text/html; charset=utf-8"));
/// assert!(is_field_value("caf\u{e9}".as_bytes()));
/// assert!(!is_field_value(b"a\r\nSet-Cookie: b"));
/// ```
#[inline]
#[must_use]
pub fn is_field_value(bytes: &[u8]) -> bool {
    let are_visible = bytes.last_chunk().is_some_and(|&last| {
        // The last word may overlap the one before it, so that no bytes are left over.
        let words = bytes
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| control_character(word(bytes)));
        words.fold(control_character(word(last)), BitOr::bitor) == 0
    });
    // The table decides about values that are shorter than a word or contain a tab.
    are_visible || are_all(bytes, VALUE)
}

/// Whether `bytes` can be the name of a parameter with an extended value (`parmname` of RFC 8187,
/// section 3.2.1).
pub(crate) fn is_parameter_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && are_all(bytes, ATTR_CHAR)
}

pub(crate) fn is_attr_char(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & ATTR_CHAR != 0
}

/// Whether `byte` is accepted in the value of a parameter without quotes.
pub(crate) fn is_unquoted(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & UNQUOTED != 0
}

/// Whether two names are equal, ignoring case.
#[inline]
pub(crate) fn is_same_name(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(&last_a), Some(&last_b)) = (a.last_chunk(), b.last_chunk()) {
        let words = a.as_chunks().0.iter().zip(b.as_chunks().0);
        let last = difference(word(last_a), word(last_b));
        return words.fold(last, |all, (&a, &b)| all | difference(word(a), word(b))) == 0;
    }
    // Mutant: the last arm gives the same answer.
    match (halves(a), halves(b)) {
        (Some(a), Some(b)) => difference(a, b) == 0,
        _ => a.eq_ignore_ascii_case(b),
    }
}

/// Whether two texts are equal. For up to two words, this takes less than a call for any length.
#[inline(always)] // in the one place that calls it
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Mutant: the last arm gives the same answer.
    match (
        a.first_chunk(),
        a.last_chunk(),
        b.first_chunk(),
        b.last_chunk(),
    ) {
        (Some(&first_a), Some(&last_a), Some(&first_b), Some(&last_b)) if a.len() <= 16 => {
            word(first_a) == word(first_b) && word(last_a) == word(last_b)
        }
        _ => a == b,
    }
}

/// Removes spaces and tabs around `bytes` (`OWS`, RFC 9110, section 5.6.3).
#[inline]
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    // Mutant: the last arm gives the same bytes.
    match bytes {
        [first, .., last] if *first > b' ' && *last > b' ' => bytes,
        _ => trim_end(trim_start(bytes)),
    }
}

pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Whether all bytes are of a class. It has no branch for each byte.
fn are_all(bytes: &[u8], class: u8) -> bool {
    bytes
        .iter()
        .fold(class, |all, &byte| all & CLASSES[usize::from(byte)])
        != 0
}

#[inline]
fn word(bytes: [u8; 8]) -> u64 {
    u64::from_ne_bytes(bytes)
}

/// Four to seven bytes as a word, which contains some of them twice.
#[inline]
fn halves(bytes: &[u8]) -> Option<u64> {
    let half = |bytes| u64::from(u32::from_ne_bytes(bytes));
    // Mutant: the halves are different bits, so `^` does the same as `|`.
    Some(half(*bytes.first_chunk()?) << 32 | half(*bytes.last_chunk()?))
}

/// A word that repeats a byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Returns a word that is not zero if one of eight bytes is a control character. Only such a byte
/// makes these subtractions borrow from the next byte.
#[inline]
fn control_character(word: u64) -> u64 {
    // Mutant: if this is not zero although no byte is a control character, the table decides.
    let delete = word ^ each(0x7f);
    (word.wrapping_sub(each(b' ')) & !word | delete.wrapping_sub(each(1)) & !delete) & each(0x80)
}

/// Returns a word that is not zero if two words differ in more than the case of letters, which is
/// the bit 0x20.
#[inline]
fn difference(a: u64, b: u64) -> u64 {
    // Each sum sets the top bit of the bytes from one character on. No sum carries.
    let lower = (a | each(0x20)) & each(0x7f);
    let from_a = lower + each(0x80 - b'a');
    let after_z = lower + each(0x80 - b'z' - 1);
    let letters = from_a & !after_z & !a & each(0x80);
    (a ^ b) & !(letters >> 2)
}
