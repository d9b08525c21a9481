//! Paths as they are in a URL.

/// A path as it is in a URL, with percent-escapes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodedPath<'a>(&'a [u8]);

impl<'a> EncodedPath<'a> {
    pub(crate) const fn new(path: &'a [u8]) -> Self {
        Self(path)
    }

    /// Whether it has only characters of a path (RFC 3986 section 3.3), and no malformed escape and
    /// no escaped NUL.
    pub(crate) fn is_valid(self) -> bool {
        let mut rest = self.0;
        while let Some((byte, length)) = first(rest) {
            let is_escape = length > 1;
            if is_escape && byte == 0 || !is_escape && !is_plain(byte) {
                return false;
            }
            rest = &rest[length..];
        }
        true
    }

    /// Whether it has a segment `.` or `..` for some server: encoded or not, with a backslash for a
    /// slash, or with parameters after a semicolon.
    pub(crate) fn has_dot_segment(self) -> bool {
        self.has_segment(|name| matches!(name, b"." | b".."))
    }

    /// The same for a segment `..` alone.
    pub(crate) fn has_parent_segment(self) -> bool {
        self.has_segment(|name| name == b"..")
    }

    fn has_segment(self, is_wanted: impl Fn(&[u8]) -> bool) -> bool {
        let decoded = self.decoded();
        let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
        segments.any(|segment| {
            let name = segment.split(|&byte| byte == b';').next();
            name.is_some_and(&is_wanted)
        })
    }

    /// The length of the start that decodes to `mount`.
    pub(crate) fn mount_length(self, mount: &[u8]) -> Option<usize> {
        let mut rest = self.0;
        for &expected in mount {
            let (byte, length) = first(rest)?;
            if byte != expected {
                return None;
            }
            rest = &rest[length..];
        }
        Some(self.0.len() - rest.len())
    }

    pub(crate) fn decoded(self) -> Vec<u8> {
        let mut rest = self.0;
        let mut decoded = Vec::with_capacity(rest.len());
        while let Some((byte, length)) = first(rest) {
            decoded.push(byte);
            rest = &rest[length..];
        }
        decoded
    }
}

/// Encodes a path. A semicolon is encoded too, since it would end the path of a cookie.
pub(crate) fn encoded(path: &[u8]) -> String {
    let mut encoded = Vec::with_capacity(path.len());
    for &byte in path {
        match is_plain(byte) && byte != b';' {
            true => encoded.push(byte),
            false => push_escape(&mut encoded, byte),
        }
    }
    encoded.into_iter().map(char::from).collect()
}

/// Writes a byte as a percent-escape.
pub(crate) fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let [high, low] = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    out.extend_from_slice(&[b'%', high, low]);
}

/// Whether a path has a byte as it is (RFC 3986 section 3.3).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

/// The first byte, decoded, and the length of its encoding. A percent sign that begins no escape is
/// itself.
fn first(encoded: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *encoded {
        [b'%', high, low, ..] => match (digit(high), digit(low)) {
            (Some(high), Some(low)) => Some(((high * 16 + low) as u8, 3)),
            _ => Some((b'%', 1)),
        },
        [byte, ..] => Some((byte, 1)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{EncodedPath, encoded};

    #[test]
    fn a_segment_may_be_a_dot_segment_for_some_server() {
        for (path, dot, parent) in [
            ("", false, false),
            ("/a/b", false, false),
            ("/...", false, false),
            ("/a../..b", false, false),
            ("/a;..", false, false),
            ("/%252e%252e", false, false),
            ("/.", true, false),
            ("/./a", true, false),
            ("/..", true, true),
            ("/a/../b", true, true),
            ("/%2e%2E/", true, true),
            ("/.%2e", true, true),
            ("/a%2f..%2fb", true, true),
            ("/a%5c..", true, true),
            ("/a\\..\\b", true, true),
            ("/..;a=b/c", true, true),
            ("..", true, true),
        ] {
            let encoded = EncodedPath::new(path.as_bytes());
            assert_eq!(encoded.has_dot_segment(), dot, "{path}");
            assert_eq!(encoded.has_parent_segment(), parent, "{path}");
        }
    }

    #[test]
    fn a_mount_is_found_however_it_is_encoded() {
        for (path, mount, expected) in [
            ("/a/b", "/a", Some("/a")),
            ("/%61/b", "/a", Some("/%61")),
            ("/a%2Fb", "/a", Some("/a")),
            ("/a%2Fb/c", "/a/b", Some("/a%2Fb")),
            ("/a", "", Some("")),
            ("/a", "/a", Some("/a")),
            ("/a", "/a/b", None),
            ("/b", "/a", None),
        ] {
            let length = EncodedPath::new(path.as_bytes()).mount_length(mount.as_bytes());
            let found = length.map(|length| &path[..length]);
            assert_eq!(found, expected, "{path} at {mount}");
        }
    }

    #[test]
    fn only_characters_of_a_path_stay_as_they_are() {
        let path = b"/a-._~!$&'()*+,=:@ ;%\\\t?#\xc3\xa9\xff";
        let expected = "/a-._~!$&'()*+,=:@%20%3B%25%5C%09%3F%23%C3%A9%FF";
        assert_eq!(encoded(path), expected);
        assert_eq!(EncodedPath::new(expected.as_bytes()).decoded(), path);
    }
}
