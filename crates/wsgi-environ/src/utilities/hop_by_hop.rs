//! Hop-by-hop header fields.

use wsgi_headers::NameSet;

/// The hop-by-hop fields, by which nearly all headers tell at once that they have none.
///
/// ```
/// use wsgi_environ::HOP_BY_HOP;
/// use wsgi_headers::Headers;
///
/// let mut headers = Headers::from_fields([("Content-Type", "text/plain")])?;
/// assert!(!headers.may_have(HOP_BY_HOP));
/// headers.append("Upgrade", "h2c")?;
/// assert!(headers.may_have(HOP_BY_HOP));
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
pub const HOP_BY_HOP: NameSet = NameSet::of(&NAMES);

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
pub fn is_hop_by_hop(name: impl AsRef<[u8]>) -> bool {
    let name = name.as_ref();
    // Few names have one of these lengths, so most cost no more than this.
    matches!(name.len(), 2 | 7 | 8 | 10 | 17..=19) && is_one_of(&NAMES, name)
}

const NAMES: [&str; 8] = [
    "te",
    "upgrade",
    "trailers",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "proxy-authenticate",
    "proxy-authorization",
];

#[inline(never)]
fn is_one_of(names: &[&str], name: &[u8]) -> bool {
    names
        .iter()
        .any(|candidate| name.eq_ignore_ascii_case(candidate.as_bytes()))
}
