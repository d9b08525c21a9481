//! Percent-escapes (RFC 3986 section 2.1).

/// Whether `bytes` starts with a percent sign and two hexadecimal digits that are not `00`.
///
/// Programs in C would take an escaped NUL for the end of a string, so it is not allowed in a path
/// or a host.
pub(crate) fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..]
        if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && (*high, *low) != (b'0', b'0'))
}
