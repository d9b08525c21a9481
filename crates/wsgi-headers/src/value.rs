//! Borrowed bytes that are nearly always text.

use std::{borrow::Cow, fmt, str};

/// The value of a header field or of a CGI variable: bytes that are nearly always text.
///
/// Neither HTTP nor CGI guarantees text. So the bytes are kept unchanged, and the caller decides
/// what to do with those that are not UTF-8. Values compare with strings and byte slices, byte for
/// byte.
///
/// ```
/// use wsgi_headers::Value;
///
/// let value = Value::from("text/plain");
/// assert_eq!(value, "text/plain");
/// assert_eq!(value.to_str(), Ok("text/plain"));
///
/// let latin1 = Value::new(b"caf\xe9");
/// assert!(latin1.to_str().is_err());
/// assert_eq!(latin1.to_string_lossy(), "caf\u{fffd}");
/// assert_eq!(latin1, b"caf\xe9");
/// assert_eq!(format!("{latin1:?}"), r#""caf\xe9""#);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// Creates a value of any bytes. Nothing is checked.
    #[inline]
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes, with the lifetime of the source of the value.
    ///
    /// ```
    /// use wsgi_headers::Value;
    ///
    /// fn image(value: Value<'_>) -> bool {
    ///     value.as_bytes().starts_with(b"image/")
    /// }
    ///
    /// assert!(image(Value::from("image/png")));
    /// assert!(!image(Value::new(b"\xff")));
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The value as text, or an error if it is not UTF-8.
    #[inline]
    pub const fn to_str(self) -> Result<&'a str, str::Utf8Error> {
        str::from_utf8(self.0)
    }

    /// The value as text, with U+FFFD in place of bytes that are not UTF-8. Copies only if there
    /// are such bytes.
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// The length in bytes.
    ///
    /// ```
    /// use wsgi_headers::{Headers, ValueBuf};
    ///
    /// /// Keeps the value for longer than the headers.
    /// fn host(headers: &Headers) -> Option<ValueBuf> {
    ///     let host = headers.get("Host").filter(|host| host.len() < 256)?;
    ///     Some(host.to_value_buf())
    /// }
    ///
    /// let headers = Headers::from_fields([("Host", "example.org")])?;
    /// assert_eq!(host(&headers).unwrap(), "example.org");
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether the value has no bytes. An empty value is not absent.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let headers = Headers::from_fields([("X-Note", "")])?;
    /// let note = headers.get("X-Note");
    /// assert!(note.is_some_and(|value| value.is_empty() && value.len() == 0));
    /// assert!(headers.get("X-Other").is_none());
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Value<'_> {
    /// Writes the value as text, with U+FFFD in place of bytes that are not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Value<'_> {
    /// Writes the value as a quoted string, with `\x` escapes for bytes that are not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for chunk in self.0.utf8_chunks() {
            write!(
                f,
                "{}{}",
                chunk.valid().escape_debug(),
                Hex(chunk.invalid())
            )?;
        }
        f.write_str("\"")
    }
}

/// Bytes that are displayed as `\xe9\x20`.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "\\x{byte:02x}"))
    }
}

impl AsRef<[u8]> for Value<'_> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Value<'a> {
    #[inline]
    fn from(bytes: &'a T) -> Self {
        Self(bytes.as_ref())
    }
}

/// Implements equality with other types of bytes and text, in both directions.
macro_rules! compares_with {
    ($ours:ty: $($theirs:ty),+) => {$(
        impl PartialEq<$theirs> for $ours {
            fn eq(&self, other: &$theirs) -> bool {
                let (ours, theirs): (&[u8], &[u8]) = (self.as_ref(), other.as_ref());
                ours == theirs
            }
        }

        impl PartialEq<$ours> for $theirs {
            fn eq(&self, other: &$ours) -> bool {
                other == self
            }
        }
    )+};
}
pub(crate) use compares_with;

compares_with!(Value<'_>: str, &str, String, [u8], &[u8], Vec<u8>);

impl<const N: usize> PartialEq<[u8; N]> for Value<'_> {
    fn eq(&self, other: &[u8; N]) -> bool {
        self.0 == other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Value<'_> {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.0 == *other
    }
}
