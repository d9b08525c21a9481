//! The eight bytes that every record starts with.

use crate::{RecordType, Rejection};

/// The longest content of a record in bytes (section 3.3).
///
/// ```
/// assert_eq!(wsgi_fastcgi::MAX_CONTENT, 65_535);
/// ```
pub const MAX_CONTENT: usize = u16::MAX as usize;

/// The request id of management records, which is no request's (section 3.3).
///
/// ```
/// assert_eq!(wsgi_fastcgi::NULL_REQUEST_ID, 0);
/// ```
pub const NULL_REQUEST_ID: u16 = 0;

/// The version of the protocol, the only one there is (section 8).
const VERSION_1: u8 = 1;

/// The header of a record: what follows it, and how much (section 3.3).
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
    /// What the record is.
    pub record_type: RecordType,
    /// Which request it belongs to, or [`NULL_REQUEST_ID`].
    pub request_id: u16,
    /// How many bytes of content follow the header.
    pub content_length: u16,
    /// How many bytes follow the content that have no meaning.
    pub padding_length: u8,
}

impl Header {
    /// The length of a header in bytes.
    pub const LENGTH: usize = 8;

    /// Reads a header; the reserved byte is not looked at.
    ///
    /// # Errors
    ///
    /// [`Rejection::Version`] where the version is not 1: then these bytes are no FastCGI.
    #[inline]
    pub const fn parse(bytes: &[u8; Header::LENGTH]) -> Result<Header, Rejection> {
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
        Ok(Header {
            record_type: RecordType(record_type),
            request_id: u16::from_be_bytes([id_1, id_0]),
            content_length: u16::from_be_bytes([length_1, length_0]),
            padding_length,
        })
    }

    /// The header as it is sent.
    #[inline]
    pub const fn to_bytes(self) -> [u8; Header::LENGTH] {
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
    pub const fn record_length(self) -> usize {
        Header::LENGTH + self.content_length as usize + self.padding_length as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
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
