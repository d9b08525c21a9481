//! The classes of octets of RFC 9110 and RFC 8187, as one table.

/// `tchar`: what tokens, and so field names, are made of (RFC 9110, section 5.6.2).
const TCHAR: u8 = 1;
/// `attr-char`: what an extended value leaves unescaped (RFC 8187, section 3.2.1).
const ATTR_CHAR: u8 = 2;
/// What a field value may hold: HTAB, SP, VCHAR and obs-text (RFC 9110, section 5.5).
const VALUE: u8 = 4;
/// What is taken in the value of a parameter without quotes: all that is visible
/// but `"`, `,`, `;` and `\`.
const UNQUOTED: u8 = 8;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let byte = octet as u8;
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

/// Whether `bytes` is a token, the grammar of field names: one or more letters,
/// digits and ``!#$%&'*+-.^_`|~`` (RFC 9110, section 5.6.2).
///
/// ```
/// use wsgi_headers::is_token;
///
/// assert!(is_token(b"Content-Type"));
/// assert!(!is_token(b"Content Type"));
/// assert!(!is_token(b""));
/// ```
#[inline]
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && are_all(bytes, TCHAR)
}

/// Whether every byte of `bytes` may stand in a field value: anything but the
/// control characters, of which only HTAB may (RFC 9110, section 5.5).
///
/// Bytes from 0x80 up (obs-text) may; so may no bytes at all. Whitespace around
/// a value is accepted here, although it is not part of the value.
///
/// ```
/// use wsgi_headers::is_field_value;
///
/// assert!(is_field_value(b"text/html; charset=utf-8"));
/// assert!(is_field_value("caf\u{e9}".as_bytes()));
/// assert!(!is_field_value(b"a\r\nSet-Cookie: b"));
/// ```
#[inline]
pub fn is_field_value(bytes: &[u8]) -> bool {
    match bytes.last_chunk::<8>() {
        None => are_all(bytes, VALUE),
        Some(&last) => {
            // The last word overlaps the one before, so that there is no rest.
            let suspicion = (bytes.as_chunks::<8>().0.iter())
                .fold(suspicious(last), |all, &word| all | suspicious(word));
            // Only a tab can turn out to be innocent.
            suspicion == 0 || are_all(bytes, VALUE)
        }
    }
}

/// Whether `bytes` is a token that can name a parameter with an extended value
/// (`parmname` of RFC 8187, section 3.2.1).
pub(crate) fn is_parameter_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && are_all(bytes, ATTR_CHAR)
}

pub(crate) fn is_attr_char(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & ATTR_CHAR != 0
}

/// Whether `byte` may stand in the value of a parameter that is not quoted.
pub(crate) fn is_unquoted(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & UNQUOTED != 0
}

/// `bytes` without the spaces and tabs around it (`OWS`, RFC 9110, section 5.6.3).
#[inline]
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[inline]
pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// Without a branch per byte, which is faster at the length of names.
#[inline]
fn are_all(bytes: &[u8], class: u8) -> bool {
    bytes
        .iter()
        .fold(class, |all, &byte| all & CLASSES[usize::from(byte)])
        != 0
}

/// Not zero if one of eight bytes is a control character. The borrows that
/// these subtractions carry upwards start at such a byte only.
#[inline]
fn suspicious(bytes: [u8; 8]) -> u64 {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let word = u64::from_ne_bytes(bytes);
    let delete = word ^ each(0x7f);
    (word.wrapping_sub(each(b' ')) & !word | delete.wrapping_sub(each(1)) & !delete) & each(0x80)
}
