//! Owned bytes that are nearly always text.

use std::{borrow::Borrow, fmt};

use crate::value::{Value, compares_with};

/// The owned form of [`Value`]: bytes that are nearly always text.
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
    /// Borrows the value, which has the methods for reading.
    #[inline]
    #[must_use]
    pub fn as_value(&self) -> Value<'_> {
        Value::new(&self.0)
    }

    /// Converts the value into its bytes, without a copy.
    #[inline]
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl Value<'_> {
    /// An owned copy of the bytes.
    #[must_use]
    pub fn to_value_buf(self) -> ValueBuf {
        ValueBuf::from(self)
    }
}

impl fmt::Display for ValueBuf {
    /// Writes the value as text, with U+FFFD in place of bytes that are not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_value().fmt(f)
    }
}

impl fmt::Debug for ValueBuf {
    /// Writes the value as a quoted string, with `\x` escapes for bytes that are not UTF-8.
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
    /// Borrows the bytes, which hash and compare like the value. So a map with such keys can be
    /// searched with a slice.
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
compares_with!(Value<'_>: ValueBuf);
