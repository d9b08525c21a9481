//! Bodies of the type `multipart/byteranges` (RFC 9110, section 14.6).

use std::ops::Range;

use crate::{boundary::Boundary, content_range::ContentRange};

/// A body of the type `multipart/byteranges`: several ranges of one representation (RFC 9110,
/// section 14.6). It has everything but the bytes of the representation.
///
/// ```
/// use wsgi_files::Multipart;
///
/// let content = b"<p>hello</p>";
/// let body = Multipart::new(vec![0..3, 8..12], 12, "text/html", "x".parse()?);
/// assert_eq!(body.content_type(), "multipart/byteranges; boundary=x");
///
/// let mut sent = Vec::new();
/// for part in body.parts() {
///     sent.extend_from_slice(part.head().as_bytes());
///     sent.extend_from_slice(&content[part.range().start as usize..part.range().end as usize]);
/// }
/// sent.extend_from_slice(body.end().as_bytes());
/// assert_eq!(
///     String::from_utf8_lossy(&sent),
///     "--x\r\nContent-Type: text/html\r\nContent-Range: bytes 0-2/12\r\n\r\n<p>\r\n\
///      --x\r\nContent-Type: text/html\r\nContent-Range: bytes 8-11/12\r\n\r\n</p>\r\n\
///      --x--\r\n"
/// );
/// assert_eq!(body.content_length(), sent.len() as u64);
/// # Ok::<(), wsgi_files::InvalidBoundary>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    parts: Vec<Part>,
    boundary: Boundary,
}

/// A part of a [`Multipart`] body.
///
/// ```
/// use wsgi_files::Multipart;
///
/// let body = Multipart::new(vec![0..3, 8..12], 12, "", "x".parse()?);
/// let part = &body.parts()[0];
/// assert_eq!(part.head(), "--x\r\nContent-Range: bytes 0-2/12\r\n\r\n");
/// assert_eq!(part.range(), 0..3);
/// # Ok::<(), wsgi_files::InvalidBoundary>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    head: String,
    range: Range<u64>,
}

impl Part {
    /// The text before the bytes: the boundary, and the fields of the part.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The bytes of the representation.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }
}

impl Multipart {
    /// The ranges of a representation of this length and type. Without a type (an empty one) the
    /// parts have no field for it.
    ///
    /// # Panics
    ///
    /// A range is empty or ends behind the representation, or the type has a line break.
    #[must_use]
    pub fn new(
        ranges: Vec<Range<u64>>,
        length: u64,
        content_type: &str,
        boundary: Boundary,
    ) -> Self {
        assert!(
            !content_type.contains(['\r', '\n']),
            "the type {content_type:?} has a line break"
        );
        let content_type = match content_type {
            "" => String::new(),
            content_type => format!("Content-Type: {content_type}\r\n"),
        };
        let parts = ranges.into_iter().enumerate().map(|(index, range)| {
            let line_end = if index == 0 { "" } else { "\r\n" };
            let content_range = ContentRange::new(range.clone(), length);
            let head = format!(
                "{line_end}--{}\r\n{content_type}Content-Range: {content_range}\r\n\r\n",
                boundary.as_str()
            );
            Part { head, range }
        });
        Self {
            parts: parts.collect(),
            boundary,
        }
    }

    /// The value of the response's field `Content-Type`.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary.as_str())
    }

    /// The length of the whole body, in bytes, at most the largest number.
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.parts
            .iter()
            .fold(self.end().len() as u64, |length, part| {
                let of_range = part.range.end - part.range.start;
                length
                    .saturating_add(part.head.len() as u64)
                    .saturating_add(of_range)
            })
    }

    /// The parts, in the order in which they are sent.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text after the last part.
    #[must_use]
    pub fn end(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary.as_str())
    }
}
