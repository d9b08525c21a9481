//! The header of a record.

use crate::{record_type::RecordType, rejection::Rejection};

/// The longest content of a record in bytes (section 3.3).
///
/// ```
/// assert_eq!(wsgi_fastcgi::MAX_CONTENT, 65_535);
/// ```
pub const MAX_CONTENT: usize = u16::MAX as usize;

/// The request id of management records, which no request has (section 3.3).
///
/// ```
/// assert_eq!(wsgi_fastcgi::NULL_REQUEST_ID, 0);
/// ```
pub const NULL_REQUEST_ID: u16 = 0;

/// The only version of the protocol (section 8).
const VERSION_1: u8 = 1;

/// The header of a record: its type, its request, and its lengths (section 3.3).
///
/// ```
/// use wsgi_fastcgi::{Header, RecordType, Rejection};
///
/// let header = Header::parse(&[1, 5, 0, 1, 0, 13, 3, 0])?;
/// assert_eq!(header.record_type, RecordType::STDIN);
/// assert_eq!((header.request_id, header.content_length, header.padding_length), (1, 13, 3));
/// assert_eq!(header.record_length(), 8 + 13 + 3);
/// assert_eq!(header.to_bytes(), [1, 5, 0, 1, 0, 13, 3, 0]);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The type of the record.
    pub record_type: RecordType,
    /// The id of its request, or [`NULL_REQUEST_ID`].
    pub request_id: u16,
    /// The number of bytes of content after the header.
    pub content_length: u16,
    /// The number of meaningless bytes after the content.
    pub padding_length: u8,
}

impl Header {
    /// The length of a header in bytes.
    pub const LENGTH: usize = 8;

    /// The offset of the three bytes with the lengths of content and padding.
    pub(crate) const LENGTHS_OFFSET: usize = 4;

    /// Parses a header. The reserved byte is ignored.
    ///
    /// # Errors
    ///
    /// [`Rejection::Version`] if the version is not 1, so these bytes are not FastCGI.
    #[inline]
    pub const fn parse(bytes: &[u8; Self::LENGTH]) -> Result<Self, Rejection> {
        let [
            version,
            record_type,
            id_1,
            id_0,
            length_1,
            length_0,
            padding_length,
            _,
        ] = *bytes;
        if version != VERSION_1 {
            return Err(Rejection::Version);
        }
        Ok(Self {
            record_type: RecordType(record_type),
            request_id: u16::from_be_bytes([id_1, id_0]),
            content_length: u16::from_be_bytes([length_1, length_0]),
            padding_length,
        })
    }

    /// The header as it is sent.
    #[inline]
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        let [id_1, id_0] = self.request_id.to_be_bytes();
        let [length_1, length_0] = self.content_length.to_be_bytes();
        let RecordType(record_type) = self.record_type;
        let padding = self.padding_length;
        [
            VERSION_1,
            record_type,
            id_1,
            id_0,
            length_1,
            length_0,
            padding,
            0,
        ]
    }

    /// The length of the whole record in bytes: header, content and padding.
    #[inline]
    #[must_use]
    pub const fn record_length(self) -> usize {
        Self::LENGTH + self.content_length as usize + self.padding_length as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_was_written_is_read_back() {
        for (request_id, content_length) in [(0, 0), (1, 0xff), (0x100, 0x1234), (65_535, 65_535)] {
            let header = Header {
                record_type: RecordType::STDOUT,
                request_id,
                content_length,
                padding_length: 7,
            };
            assert_eq!(Header::parse(&header.to_bytes()), Ok(header));
        }
    }

    #[test]
    fn every_version_but_1_is_refused() {
        for version in (0..=u8::MAX).filter(|version| *version != 1) {
            let bytes = [version, 1, 0, 1, 0, 8, 0, 0];
            assert_eq!(Header::parse(&bytes), Err(Rejection::Version));
        }
    }
}
