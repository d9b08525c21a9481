//! Writing a response: a CGI response (RFC 3875 section 6), behind which the connection is closed.
//!
//! Nothing is checked here but what is named: whoever calls has made sure that a reason holds no
//! CR, LF or other control character.

/// Writes the Status field that a CGI response starts with (RFC 3875 section 6.3.3). `code` is
/// written as three digits, so it has to be below 1000.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_scgi::encode::status(&mut out, 204, b"Deleted");
/// assert_eq!(out, b"Status: 204 Deleted\r\n");
/// ```
#[inline]
pub fn status(out: &mut Vec<u8>, code: u16, reason: &[u8]) {
    debug_assert!(code < 1000, "a status code has three digits");
    let digits = [code / 100 % 10, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8);
    out.reserve(b"Status: 200 \r\n".len() + reason.len());
    out.extend_from_slice(b"Status: ");
    out.extend_from_slice(&digits);
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}
