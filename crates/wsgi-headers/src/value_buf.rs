//! Owned bytes that are nearly always text.

use std::{borrow::Borrow, fmt};

use crate::{Value, value::compares_with};

/// The owned twin of [`Value`]: bytes that are nearly always text.
///
/// ```
/// use wsgi_headers::ValueBuf;
///
/// let value = ValueBuf::from("/blog/2026");
/// assert_eq!(value, "/blog/2026");
/// assert_eq!(value.as_value().to_str(), Ok("/blog/2026"));
/// assert_eq!(value.into_bytes(), b"/blog/2026");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueBuf(Vec<u8>);

impl ValueBuf {
    /// The value, borrowed: it has the methods that read.
    #[inline]
    pub fn as_value(&self) -> Value<'_> {
        Value::new(&self.0)
    }

    /// The bytes, without copying them.
    #[inline]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Display for ValueBuf {
    /// As text, with U+FFFD for what is not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_value().fmt(f)
    }
}

impl fmt::Debug for ValueBuf {
    /// As a quoted string, with `\x` escapes for what is not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_value(), f)
    }
}

impl AsRef<[u8]> for ValueBuf {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for ValueBuf {
    /// Hashes and compares as its bytes do, so a map keyed by it can be asked
    /// with a slice.
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for ValueBuf {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<String> for ValueBuf {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&[u8]> for ValueBuf {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for ValueBuf {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Value<'_>> for ValueBuf {
    fn from(value: Value<'_>) -> Self {
        Self(value.as_bytes().to_vec())
    }
}

compares_with!(ValueBuf: str, &str, String, [u8], &[u8], Vec<u8>);
