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
    /// How long each is.
    pub(crate) const LENGTH: usize = b"HTTP/1.1".len();

    /// The version as it is written in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }
}

/// What stands where the version of a request line should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The start of a version; the rest has not come yet.
    Incomplete,
    /// HTTP/1.0 to HTTP/1.9, all but the first to be treated as HTTP/1.1 (RFC 9110 section 2.5).
    Spoken(Version),
    /// HTTP/2.0 and everything else with a higher major version.
    Unsupported,
    /// What cannot become a version, as it does not even begin with `HTTP/`.
    Missing,
    /// No version that there is, or one from before HTTP/1.0.
    Malformed,
}

impl Received {
    /// What the eight bytes at the start of `bytes` are.
    pub(crate) fn at_start_of(bytes: &[u8]) -> Received {
        let shape = b"HTTP/0.0";
        let like = |(&byte, &model): (&u8, &u8)| match model {
            b'0' => byte.is_ascii_digit(),
            _ => byte == model,
        };
        let named = |(byte, model): (&u8, &u8)| byte.eq_ignore_ascii_case(model);
        if !bytes.iter().zip(&shape[..5]).all(named) {
            return Received::Missing;
        }
        if !bytes.iter().zip(shape).all(like) {
            return Received::Malformed;
        }
        match bytes.get(5..shape.len()) {
            None => Received::Incomplete,
            Some(b"1.0") => Received::Spoken(Version::Http10),
            Some([b'1', ..]) => Received::Spoken(Version::Http11),
            Some([b'0', ..]) => Received::Malformed,
            Some(_) => Received::Unsupported,
        }
    }
}
