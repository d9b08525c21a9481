//! The reason why nothing is mounted at a prefix.

use std::{error::Error, fmt};

use wsgi_environ::PathMistake;
use wsgi_headers::{Value, ValueBuf};

/// The reason why nothing is mounted at a prefix: hardly any path begins with it, so its author
/// must have meant it otherwise. See [`Mounts::try_mount`](crate::Mounts::try_mount).
///
/// ```
/// use wsgi_middleware::{InvalidPrefix, Mounts, not_found};
///
/// let invalid: InvalidPrefix = Mounts::new().try_mount("/a?b=c", not_found).unwrap_err();
/// assert!(invalid.to_string().starts_with("the prefix \"/a?b=c\": "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPrefix {
    prefix: ValueBuf,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Host,
    /// A segment stands for others. This is the prefix before it.
    Pattern(ValueBuf),
    Path(PathMistake),
}

impl InvalidPrefix {
    /// Finds out why hardly any path begins with a prefix.
    pub(crate) fn of(prefix: &[u8]) -> Option<Self> {
        let reason = Reason::of(prefix)?;
        let prefix = Value::new(prefix).to_value_buf();
        Some(Self { prefix, reason })
    }
}

impl Reason {
    fn of(prefix: &[u8]) -> Option<Self> {
        if prefix.windows(3).any(|bytes| bytes == b"://") {
            return Some(Self::Host);
        }
        let mut end = 0;
        for segment in prefix.split(|&byte| byte == b'/') {
            if is_pattern(segment) {
                let before = &prefix[..end.max(1) - 1];
                let before = if before.is_empty() { b"/" } else { before };
                return Some(Self::Pattern(Value::new(before).to_value_buf()));
            }
            end += segment.len() + 1;
        }
        PathMistake::of(prefix).map(Self::Path)
    }
}

/// Whether a segment stands for others, as in the routes of frameworks, or in a configuration such
/// as `/app*` of Caddy.
fn is_pattern(segment: &[u8]) -> bool {
    let mistake = PathMistake::of(segment);
    let is_parameter = matches!(
        mistake,
        Some(PathMistake::Parameter { .. } | PathMistake::End)
    );
    is_parameter || segment.ends_with(b"*")
}

impl fmt::Display for InvalidPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the prefix {:?}: ", self.prefix)?;
        match &self.reason {
            Reason::Host => {
                f.write_str("a scheme and a host are not parts of a path; `Hosts` chooses by host")
            }
            Reason::Pattern(before) => write!(
                f,
                "a prefix has no parameters; {before:?} matches all paths below it"
            ),
            Reason::Path(mistake) => mistake.fmt(f),
        }
    }
}

impl Error for InvalidPrefix {}
