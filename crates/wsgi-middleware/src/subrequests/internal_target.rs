//! The place that a request is redirected to inside a site.

use std::{error::Error, fmt, str::FromStr};

use crate::percent;

/// A path within a site, perhaps with a query, as in a URL: `/errors/404` or `/menu?day=7`.
///
/// The path begins with a slash. It is that below the middleware which follows it
/// ([`InternalRedirects`](crate::InternalRedirects) or
/// [`ErrorDocuments`](crate::ErrorDocuments)), wherever that is mounted. Characters that a URL does
/// not have are percent-encoded (RFC 3986 section 2.1). Nothing is normalized.
///
/// ```
/// use wsgi_middleware::{InternalTarget, InvalidTarget};
///
/// let target: InternalTarget = "/caf%C3%A9?day=7".parse()?;
/// assert_eq!(target.to_string(), "/caf%C3%A9?day=7");
/// assert_eq!("menu".parse::<InternalTarget>(), Err(InvalidTarget::Path));
/// # Ok::<(), InvalidTarget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InternalTarget {
    text: String,
    /// The decoded path.
    path: Vec<u8>,
    /// The position after the path.
    path_ends: usize,
}

impl InternalTarget {
    /// The decoded path.
    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The query, still encoded. Empty if there is none.
    pub(crate) fn query(&self) -> &str {
        self.text.get(self.path_ends + 1..).unwrap_or_default()
    }
}

impl FromStr for InternalTarget {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        if !text.starts_with('/') {
            return Err(InvalidTarget::Path);
        }
        if !text.bytes().all(is_in_target) {
            return Err(InvalidTarget::Character);
        }
        let path_ends = text.find('?').unwrap_or(text.len());
        let path = percent::decode(&text.as_bytes()[..path_ends], |_| true);
        // No path has a NUL.
        let path = path.filter(|path| !path.contains(&0));
        Ok(Self {
            path: path.ok_or(InvalidTarget::Escape)?,
            path_ends,
            text: text.to_owned(),
        })
    }
}

/// Whether a path or a query has this byte as it is (RFC 3986 sections 3.3 and 3.4), or it begins
/// an escape or the query.
fn is_in_target(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

impl fmt::Display for InternalTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The reason why a text is not an [`InternalTarget`].
///
/// ```
/// use wsgi_middleware::{InternalTarget, InvalidTarget};
///
/// let parse = |text: &str| text.parse::<InternalTarget>();
/// assert_eq!(parse("http://example.org/"), Err(InvalidTarget::Path));
/// assert_eq!(parse("/100%"), Err(InvalidTarget::Escape));
/// assert_eq!(parse("/a b"), Err(InvalidTarget::Character));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidTarget {
    /// It does not begin with a slash.
    Path,
    /// The path has a `%` without two hexadecimal digits, or `%00`.
    Escape,
    /// A character is not percent-encoded although a URL cannot have it, or begins a fragment.
    Character,
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "a path within the site begins with a slash",
            Self::Escape => "an escape is a % with two hexadecimal digits, and not %00",
            Self::Character => "a character of the path or the query has to be percent-encoded",
        })
    }
}

impl Error for InvalidTarget {}

#[cfg(test)]
mod tests {
    use super::{InternalTarget, InvalidTarget};

    #[test]
    fn a_target_is_a_path_and_a_query() {
        for (text, path, query) in [
            ("/", &b"/"[..], ""),
            ("/a/b%2Fc%20d?e=%20?", b"/a/b/c d", "e=%20?"),
            ("/?", b"/", ""),
            ("/%FF%e9", b"/\xff\xe9", ""),
            ("//a/../b", b"//a/../b", ""),
            ("/a?%zz", b"/a", "%zz"), // nobody decodes a query
            ("/-._~!$&'()*+,;=:@", b"/-._~!$&'()*+,;=:@", ""),
            ("/a?-._~!$&'()*+,;=:@/?", b"/a", "-._~!$&'()*+,;=:@/?"),
            ("/%3Ca%3E?%22", b"/<a>", "%22"),
        ] {
            let target: InternalTarget = text.parse().unwrap();
            assert_eq!((target.path(), target.query()), (path, query), "{text}");
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        use InvalidTarget::{Character, Escape, Path};
        for (text, reason) in [
            ("", Path),
            ("a", Path),
            ("?a", Path),
            ("*", Path),
            (" /", Path),
            ("/a b", Character),
            ("/a\r\nb", Character),
            ("/a?b c", Character),
            ("/caf\u{e9}", Character),
            ("/a#b", Character),
            ("/a<b>", Character),
            ("/a\"b", Character),
            ("/a\\b", Character),
            ("/a{b}|^`", Character),
            ("/[a]", Character),
            ("/a?<b>", Character),
            ("/a?b\\", Character),
            ("/a?[b]", Character),
            ("/%", Escape),
            ("/%a", Escape),
            ("/%g0", Escape),
            ("/%+1", Escape),
            ("/%00", Escape),
        ] {
            assert_eq!(text.parse::<InternalTarget>(), Err(reason), "{text:?}");
        }
    }
}
