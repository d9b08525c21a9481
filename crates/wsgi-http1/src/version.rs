//! The version of a request.

/// The version a request is treated as (RFC 9112 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1, and every higher minor version of it.
    Http11,
}

impl Version {
    /// The version as it is written in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }
}

/// What stands where the version of a request line should, when it is not HTTP/1.0 or HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusual {
    /// The start of a version; the rest has not come yet.
    Incomplete,
    /// HTTP/1.2 to HTTP/1.9: to be treated as HTTP/1.1 (RFC 9110 section 2.5).
    Minor,
    /// HTTP/2.0 and everything else with a higher major version.
    Major,
    /// No version, or one from before HTTP/1.0.
    Malformed,
}

impl Unusual {
    /// What the eight bytes at the start of `bytes` are.
    pub(crate) fn of(bytes: &[u8]) -> Unusual {
        let shape = b"HTTP/0.0";
        let like = |(&byte, &model): (&u8, &u8)| match model {
            b'0' => byte.is_ascii_digit(),
            _ => byte == model,
        };
        if !bytes.iter().zip(shape).all(like) {
            return Unusual::Malformed;
        }
        match (bytes.get(5), bytes.len() >= shape.len()) {
            (_, false) => Unusual::Incomplete,
            (Some(b'0'), true) => Unusual::Malformed,
            (Some(b'1'), true) => Unusual::Minor,
            _ => Unusual::Major,
        }
    }
}
