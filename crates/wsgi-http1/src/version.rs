//! The HTTP version of a request.

/// The version that a request is treated as (RFC 9112 section 2.3).
///
/// ```
/// use wsgi_http1::Version;
///
/// assert_eq!(Version::Http10.as_str(), "HTTP/1.0");
/// assert!(Version::Http10 < Version::Http11);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1, or a higher minor version.
    Http11,
}

impl Version {
    /// The length of every version in a request line.
    pub(crate) const LENGTH: usize = b"HTTP/1.1".len();

    /// The version as in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

/// The bytes in the place of the version in a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The start of a version, whose rest has not come yet.
    Incomplete,
    /// HTTP/1.0, or HTTP/1.1 to HTTP/1.9, which are all treated as HTTP/1.1 (RFC 9110 section 2.5).
    Supported(Version),
    /// HTTP/2.0, HTTP/0.9, or another version with another major number.
    Unsupported,
    /// Not a version: the bytes do not begin with `HTTP/`.
    Missing,
    /// `HTTP/` without a digit, a dot and a digit.
    Malformed,
}

impl Received {
    /// Reads the version at the start of `bytes`.
    pub(crate) fn at_start_of(bytes: &[u8]) -> Self {
        let shape = b"HTTP/0.0";
        let like = |(&byte, &model): (&u8, &u8)| match model {
            b'0' => byte.is_ascii_digit(),
            _ => byte == model,
        };
        let named = |(byte, model): (&u8, &u8)| byte.eq_ignore_ascii_case(model);
        if !bytes.iter().zip(&shape[..5]).all(named) {
            return Self::Missing;
        }
        if !bytes.iter().zip(shape).all(like) {
            return Self::Malformed;
        }
        match bytes.get(5..shape.len()) {
            None => Self::Incomplete,
            Some(b"1.0") => Self::Supported(Version::Http10),
            Some([b'1', ..]) => Self::Supported(Version::Http11),
            Some(_) => Self::Unsupported,
        }
    }
}
