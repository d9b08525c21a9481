//! Lists in field values (RFC 9110, section 5.6.1).

use std::mem;

use crate::octets::trim;

/// The members of a list in a field value (RFC 9110, section 5.6.1), without the whitespace around
/// them and without empty members. A comma in a quoted string does not end a member.
///
/// ```
/// use wsgi_headers::list_members;
///
/// let mut members = list_members(b"max-age=60,, private=\"Set-Cookie, X-User\" ");
/// assert_eq!(members.next(), Some(&b"max-age=60"[..]));
/// assert_eq!(members.next(), Some(&b"private=\"Set-Cookie, X-User\""[..]));
/// assert_eq!(members.next(), None);
/// ```
pub fn list_members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(list, b',')
}

/// The parts of `text` between separators that are not in a quoted string, without the whitespace
/// around them and without empty parts. A string that does not end goes on to the end of `text`.
pub(crate) fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = move |&byte: &u8| {
        match byte {
            _ if mem::take(&mut is_escaped) => {}
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ => return byte == separator && !is_quoted,
        }
        false
    };
    text.split(is_end).map(trim).filter(|part| !part.is_empty())
}
