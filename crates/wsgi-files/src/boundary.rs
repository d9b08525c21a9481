//! The boundary between parts (RFC 2046, section 5.1.1).

use std::{
    error::Error,
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    str::FromStr,
};

/// The text between the parts of a [`Multipart`](crate::Multipart) body. It must not occur in the
/// bytes that are sent (RFC 2046, section 5.1.1).
///
/// ```
/// use wsgi_files::Boundary;
///
/// let boundary = Boundary::random();
/// assert_ne!(boundary, Boundary::random());
/// assert_eq!(boundary.to_string().parse(), Ok(boundary));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(Box<str>);

impl Boundary {
    /// A boundary of 32 hexadecimal digits that nobody can foresee, so that it does not occur in
    /// the bytes. It comes from the random keys of the standard library's hash maps.
    #[must_use]
    pub fn random() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self(format!("{:016x}{:016x}", random(), random()).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A boundary of one's own: 1 to 70 letters, digits, hyphens and underscores.
impl FromStr for Boundary {
    type Err = InvalidBoundary;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        match (1..=70).contains(&text.len()) && text.bytes().all(is_valid) {
            true => Ok(Self(text.into())),
            false => Err(InvalidBoundary),
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a boundary.
///
/// ```
/// use wsgi_files::{Boundary, InvalidBoundary};
///
/// let boundary: Result<Boundary, InvalidBoundary> = "two words".parse();
/// assert_eq!(
///     boundary.unwrap_err().to_string(),
///     "a boundary has 1 to 70 letters, digits, hyphens and underscores"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBoundary;

impl fmt::Display for InvalidBoundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boundary has 1 to 70 letters, digits, hyphens and underscores")
    }
}

impl Error for InvalidBoundary {}
