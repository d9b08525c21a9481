//! The field `Content-Range` (RFC 9110, section 14.4).

use std::{fmt, ops::Range};

/// The value of the field `Content-Range`, for bytes (RFC 9110, section 14.4).
///
/// ```
/// use wsgi_files::ContentRange;
///
/// assert_eq!(ContentRange::new(0..500, 1234).to_string(), "bytes 0-499/1234");
/// assert_eq!(ContentRange::unsatisfied(1234).to_string(), "bytes */1234");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRange {
    range: Option<Range<u64>>,
    length: u64,
}

impl ContentRange {
    /// The bytes of a range, of a representation of this length.
    ///
    /// # Panics
    ///
    /// The range is empty or ends behind the representation.
    #[must_use]
    #[track_caller]
    pub fn new(range: Range<u64>, length: u64) -> Self {
        assert!(
            range.start < range.end && range.end <= length,
            "{range:?} is not a range of {length} bytes"
        );
        Self {
            range: Some(range),
            length,
        }
    }

    /// No range of a representation of this length, for a 416 response.
    #[must_use]
    pub const fn unsatisfied(length: u64) -> Self {
        Self {
            range: None,
            length,
        }
    }

    /// The bytes; `None` in a 416 response.
    #[must_use]
    pub fn range(&self) -> Option<Range<u64>> {
        self.range.clone()
    }

    /// The length of the whole representation, in bytes.
    ///
    /// ```
    /// use wsgi_files::ContentRange;
    ///
    /// let part = ContentRange::new(0..500, 1234);
    /// assert_eq!((part.range(), part.complete_length()), (Some(0..500), 1234));
    /// let none = ContentRange::unsatisfied(1234);
    /// assert_eq!((none.range(), none.complete_length()), (None, 1234));
    /// ```
    #[must_use]
    pub const fn complete_length(&self) -> u64 {
        self.length
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.range {
            Some(range) => write!(f, "bytes {}-{}/{}", range.start, range.end - 1, self.length),
            None => write!(f, "bytes */{}", self.length),
        }
    }
}
