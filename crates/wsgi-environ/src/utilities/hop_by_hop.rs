//! Hop-by-hop header fields.

/// Whether a header field is a hop-by-hop field of HTTP/1.1, which only the server may send
/// (PEP 3333, "Other HTTP Features"; RFC 2616 section 13.5.1).
///
/// The names are those of Python's `wsgiref`, in any ASCII case: `Connection`, `Keep-Alive`,
/// `Proxy-Authenticate`, `Proxy-Authorization`, `TE`, `Trailers`, `Transfer-Encoding` and
/// `Upgrade`. It does not allocate.
///
/// ```
/// use wsgi_environ::is_hop_by_hop;
///
/// assert!(is_hop_by_hop("Connection"));
/// assert!(is_hop_by_hop("transfer-encoding"));
/// assert!(!is_hop_by_hop("Content-Length"));
/// ```
#[inline]
#[must_use]
pub fn is_hop_by_hop(name: &str) -> bool {
    // All names but two differ in length, so a field is compared twice at most.
    let candidate = match name.len() {
        2 => "te",
        7 => "upgrade",
        8 => "trailers",
        10 => {
            return name.eq_ignore_ascii_case("connection")
                || name.eq_ignore_ascii_case("keep-alive");
        }
        17 => "transfer-encoding",
        18 => "proxy-authenticate",
        19 => "proxy-authorization",
        _ => return false,
    };
    name.eq_ignore_ascii_case(candidate)
}
