//! The answer to a request for a representation.

use std::ops::Range;

use crate::{content_range::ContentRange, multipart::Multipart};

/// The answer to a request for a [`Representation`](crate::Representation).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// 200 with all bytes.
    Whole,
    /// 206 with the bytes of one range.
    Range(Range<u64>),
    /// 206 with several ranges in a body of the type `multipart/byteranges`.
    Ranges(Multipart),
    /// 304 without a body: the client has the representation.
    NotModified,
    /// 412: the client expects another representation.
    PreconditionFailed,
    /// 416: no range has a byte of the representation.
    RangeNotSatisfiable,
}

impl Answer {
    /// The status code.
    ///
    /// ```
    /// use wsgi_files::Answer;
    ///
    /// assert_eq!(Answer::Range(0..1).status_code(), 206);
    /// assert_eq!(Answer::NotModified.status_code(), 304);
    /// ```
    #[must_use]
    pub const fn status_code(&self) -> u16 {
        match self {
            Self::Whole => 200,
            Self::Range(_) | Self::Ranges(_) => 206,
            Self::NotModified => 304,
            Self::PreconditionFailed => 412,
            Self::RangeNotSatisfiable => 416,
        }
    }

    /// The field `Content-Range`, for a representation of this length in bytes.
    ///
    /// ```
    /// use wsgi_files::Answer;
    ///
    /// let content_range = |answer: Answer| answer.content_range(10).map(|range| range.to_string());
    /// assert_eq!(content_range(Answer::Range(0..5)).as_deref(), Some("bytes 0-4/10"));
    /// assert_eq!(content_range(Answer::RangeNotSatisfiable).as_deref(), Some("bytes */10"));
    /// assert_eq!(content_range(Answer::Whole), None);
    /// ```
    #[must_use]
    pub fn content_range(&self, length: u64) -> Option<ContentRange> {
        match self {
            Self::Range(range) => Some(ContentRange::new(range.clone(), length)),
            Self::RangeNotSatisfiable => Some(ContentRange::unsatisfied(length)),
            _ => None,
        }
    }

    /// The length of the body in bytes, for a representation of this length; `None` without a body
    /// of the representation.
    #[must_use]
    pub fn content_length(&self, length: u64) -> Option<u64> {
        match self {
            Self::Whole => Some(length),
            Self::Range(range) => Some(range.end - range.start),
            Self::Ranges(multipart) => Some(multipart.content_length()),
            Self::NotModified | Self::PreconditionFailed | Self::RangeNotSatisfiable => None,
        }
    }
}
