//! A text with characters that a URL does not have, as a URL.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The characters that a URL never has (RFC 3986 section 2), beside those that are not ASCII.
const NOT_IN_URLS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Quotes what a URL cannot contain, for a field such as `Location` (RFC 3987 section 3.1): spaces,
/// controls, characters that are not ASCII, and a `%` that begins no escape, which servers refuse
/// in a path. Everything else stays, so a URL is not changed.
///
/// ```
/// use wsgi_environ::iri_to_uri;
///
/// assert_eq!(iri_to_uri("/café au lait?a=%2F"), "/caf%C3%A9%20au%20lait?a=%2F");
/// assert_eq!(iri_to_uri("/sale?off=50%"), "/sale?off=50%25");
/// ```
#[must_use]
pub fn iri_to_uri(iri: &str) -> String {
    let mut pieces = iri.split('%');
    let mut uri = String::with_capacity(iri.len());
    let first = pieces.next().unwrap_or_default();
    uri.extend(utf8_percent_encode(first, NOT_IN_URLS));
    for piece in pieces {
        let is_escape = matches!(piece.as_bytes(), [high, low, ..]
            if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
        uri.push_str(if is_escape { "%" } else { "%25" });
        uri.extend(utf8_percent_encode(piece, NOT_IN_URLS));
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_url_cannot_contain_is_quoted() {
        for (iri, uri) in [
            ("", ""),
            ("%", "%25"),
            ("/50%?off=%4&%zz", "/50%25?off=%254&%25zz"),
            ("/a%2Fb%%41", "/a%2Fb%25%41"),
            ("/%\u{e9}%20", "/%25%C3%A9%20"),
            ("/\r\nA: \"b\\", "/%0D%0AA:%20%22b%5C"),
            (
                "https://[::1]:80/a;b?c=d&e+f#g",
                "https://[::1]:80/a;b?c=d&e+f#g",
            ),
        ] {
            assert_eq!(iri_to_uri(iri), uri);
            assert_eq!(iri_to_uri(uri), uri, "a URL stays");
        }
    }
}
