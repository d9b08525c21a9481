//! Public name of a session, for those who may not know its id.

use std::{fmt, str::FromStr};

use crate::{random, store_error::StoreError};

/// Identifies a session of an owner, for a page that lists sessions and a form that ends one. It
/// consists of 128 random bits. They reveal nothing about the id and stay the same when the id is
/// renewed.
///
/// As text it has 32 hexadecimal digits.
///
/// ```
/// use wsgi_sessions::Handle;
///
/// let handle = Handle::random()?;
/// assert_eq!(handle.to_string().parse(), Ok(handle));
/// assert!("user-17".parse::<Handle>().is_err());
/// # Ok::<_, wsgi_sessions::StoreError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle(u128);

/// Error for a text that is not a [`Handle`].
///
/// ```
/// use wsgi_sessions::{Handle, InvalidHandle};
///
/// assert_eq!("the first one".parse::<Handle>(), Err(InvalidHandle));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidHandle;

impl Handle {
    /// A new handle.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the operating system provides no randomness.
    pub fn random() -> Result<Self, StoreError> {
        random::bytes().map(Self::from_bytes)
    }

    /// Makes a handle of these bytes, most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes of the handle, most significant first.
    ///
    /// ```
    /// use wsgi_sessions::Handle;
    ///
    /// let handle = Handle::random()?;
    /// assert_eq!(Handle::from_bytes(handle.to_bytes()), handle);
    /// # Ok::<(), wsgi_sessions::StoreError>(())
    /// ```
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({self})")
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Self, InvalidHandle> {
        let is_ours = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(is_ours) {
            return Err(InvalidHandle);
        }
        let bits = u128::from_str_radix(text, 16);
        bits.map(Self).map_err(|_| InvalidHandle)
    }
}

impl fmt::Display for InvalidHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handle of a session must be 32 hexadecimal digits")
    }
}

impl std::error::Error for InvalidHandle {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_exactly_one_text() {
        let handle = Handle::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let text = "000102030405060708090a0b0c0d0e0f";
        assert_eq!(handle.to_string(), text);
        assert_eq!(text.parse(), Ok(handle));
        for text in [
            "",
            "00010203040506070809",
            "000102030405060708090A0B0C0D0E0F",
            "+0102030405060708090a0b0c0d0e0f1",
            "000102030405060708090a0b0c0d0e0f0",
        ] {
            assert_eq!(text.parse::<Handle>(), Err(InvalidHandle), "{text}");
        }
    }
}
