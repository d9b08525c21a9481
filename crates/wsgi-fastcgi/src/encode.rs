//! Writing records, piece by piece, to the end of a buffer.
//!
//! A response consists of a CGI response in STDOUT (RFC 3875 section 6), the end of that stream,
//! and END_REQUEST. The caller writes the CGI response: `wsgi_gateway::write_cgi_head` writes its
//! head.
//!
//! ```
//! use wsgi_fastcgi::{ProtocolStatus, RecordType, encode};
//!
//! let mut out = Vec::new();
//! let start = encode::start_record(&mut out, RecordType::STDOUT, 1);
//! out.extend_from_slice(b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nHello world!\n");
//! encode::finish_record(&mut out, start);
//! encode::end_of_stream(&mut out, RecordType::STDOUT, 1);
//! encode::end_request(&mut out, 1, 0, ProtocolStatus::RequestComplete);
//!
//! let response = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nHello world!\n";
//! let (length, padding) = (response.len(), 7);
//! assert_eq!(out[..8], [1, 6, 0, 1, 0, length as u8, padding, 0]);
//! assert_eq!(&out[8..][..length], response);
//! assert_eq!(out[8 + length + 7..][..8], [1, 6, 0, 1, 0, 0, 0, 0]);
//! assert_eq!(out[8 + length + 7 + 8..], [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
//! ```

use crate::{
    begin::BeginRequest,
    header::{Header, MAX_CONTENT},
    param::LONG,
    protocol_status::ProtocolStatus,
    record_type::RecordType,
    role::Role,
};

/// The longest content that needs no padding. The specification recommends that records are
/// aligned to eight bytes (section 3.3), so longer streams are cut into pieces of this length.
///
/// ```
/// use wsgi_fastcgi::{MAX_CONTENT, encode};
///
/// assert_eq!(encode::ALIGNED_CONTENT % 8, 0);
/// assert!(encode::ALIGNED_CONTENT <= MAX_CONTENT);
/// ```
pub const ALIGNED_CONTENT: usize = MAX_CONTENT / ALIGNMENT * ALIGNMENT;

/// The alignment of records in bytes.
const ALIGNMENT: usize = 8;

/// The longest name or value of a parameter in bytes, whose length has 31 bits (section 3.4).
const MAX_PARAM_BYTES: usize = i32::MAX as usize;

/// The length of the content of END_REQUEST.
const END_REQUEST_LENGTH: u16 = 8;

/// Writes the header of a record. Its content and padding may be sent from another buffer.
///
/// ```
/// use wsgi_fastcgi::{RecordType, encode};
///
/// let mut out = Vec::new();
/// encode::header(&mut out, RecordType::STDOUT, 1, 0x1f40, 0);
/// assert_eq!(out, [1, 6, 0, 1, 0x1f, 0x40, 0, 0]);
/// ```
#[inline]
pub fn header(
    out: &mut Vec<u8>,
    record_type: RecordType,
    request_id: u16,
    content_length: u16,
    padding_length: u8,
) {
    let header = Header {
        record_type,
        request_id,
        content_length,
        padding_length,
    };
    out.extend_from_slice(&header.to_bytes());
}

/// Writes `data` as records of a stream, such as STDOUT. Writes nothing if they are empty, because
/// an empty record would end the stream (section 3.3).
///
/// ```
/// use wsgi_fastcgi::{RecordType, encode};
///
/// let mut out = Vec::new();
/// encode::stream(&mut out, RecordType::STDERR, 1, b"It failed\n");
/// encode::stream(&mut out, RecordType::STDERR, 1, b"");
/// assert_eq!(out, b"\x01\x07\x00\x01\x00\x0a\x06\x00It failed\n\0\0\0\0\0\0");
/// ```
pub fn stream(out: &mut Vec<u8>, record_type: RecordType, request_id: u16, data: &[u8]) {
    for content in data.chunks(ALIGNED_CONTENT) {
        let padding = padding(content.len());
        // Only saves reallocations.
        out.reserve(Header::LENGTH + content.len() + padding);
        let length = content.len() as u16;
        header(out, record_type, request_id, length, padding as u8);
        out.extend_from_slice(content);
        out.resize(out.len() + padding, 0);
    }
}

/// Writes the empty record that ends a stream (section 3.3).
///
/// ```
/// use wsgi_fastcgi::{RecordType, encode};
///
/// let mut out = Vec::new();
/// encode::end_of_stream(&mut out, RecordType::STDOUT, 1);
/// assert_eq!(out, [1, 6, 0, 1, 0, 0, 0, 0]);
/// ```
#[inline]
pub fn end_of_stream(out: &mut Vec<u8>, record_type: RecordType, request_id: u16) {
    header(out, record_type, request_id, 0, 0);
}

/// Starts a record of a stream, whose content you then append to `out`. Returns its place for
/// [`finish_record`]. This avoids a copy of the content.
///
/// ```
/// use wsgi_fastcgi::{RecordType, encode};
///
/// let mut out = Vec::new();
/// let start = encode::start_record(&mut out, RecordType::STDOUT, 1);
/// out.extend_from_slice(b"Hello world!\n");
/// encode::finish_record(&mut out, start);
/// assert_eq!(out, b"\x01\x06\x00\x01\x00\x0d\x03\x00Hello world!\n\0\0\0");
/// ```
#[inline]
pub fn start_record(out: &mut Vec<u8>, record_type: RecordType, request_id: u16) -> usize {
    let start = out.len();
    header(out, record_type, request_id, 0, 0);
    start
}

/// Finishes the record that was started at `start`. Its content is the rest of `out`.
///
/// Content that is too long for one record becomes several records. Empty content becomes none,
/// because an empty record would end the stream (section 3.3).
///
/// # Panics
///
/// `out` is shorter than it was when the record was started.
///
/// ```
/// use wsgi_fastcgi::{RecordType, encode};
///
/// // A record without content is none.
/// let mut out = Vec::new();
/// let start = encode::start_record(&mut out, RecordType::STDOUT, 1);
/// encode::finish_record(&mut out, start);
/// assert_eq!(out, b"");
/// ```
#[inline]
pub fn finish_record(out: &mut Vec<u8>, start: usize) {
    match out.len() - start - Header::LENGTH {
        0 => out.truncate(start),
        1..=ALIGNED_CONTENT => close_record(out, start),
        _ => split_record(out, start),
    }
}

/// Writes the lengths of a record into its header, and pads it. The record must not be too long.
#[inline]
pub(crate) fn close_record(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start - Header::LENGTH;
    let padding = padding(length);
    debug_assert!(length <= MAX_CONTENT, "the content of a record is limited");
    let [length_1, length_0] = (length as u16).to_be_bytes();
    out[start + Header::LENGTHS_OFFSET..][..3].copy_from_slice(&[
        length_1,
        length_0,
        padding as u8,
    ]);
    out.extend_from_slice(&[0; ALIGNMENT][..padding]);
}

/// Splits a record that is too long into several.
#[cold]
fn split_record(out: &mut Vec<u8>, start: usize) {
    let rest = out.split_off(start + Header::LENGTH + ALIGNED_CONTENT);
    let (record_type, id) = (RecordType(out[start + 1]), [out[start + 2], out[start + 3]]);
    close_record(out, start);
    stream(out, record_type, u16::from_be_bytes(id), &rest);
}

/// Writes END_REQUEST, the last record of a request (section 5.5). `app_status` is the exit status
/// that a CGI program would have, 0 for success. Web servers mostly ignore it.
///
/// ```
/// use wsgi_fastcgi::{ProtocolStatus, encode};
///
/// let mut out = Vec::new();
/// encode::end_request(&mut out, 258, 1, ProtocolStatus::RequestComplete);
/// assert_eq!(out, [1, 3, 1, 2, 0, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
/// ```
#[inline]
pub fn end_request(
    out: &mut Vec<u8>,
    request_id: u16,
    app_status: u32,
    protocol_status: ProtocolStatus,
) {
    header(
        out,
        RecordType::END_REQUEST,
        request_id,
        END_REQUEST_LENGTH,
        0,
    );
    let [app_3, app_2, app_1, app_0] = app_status.to_be_bytes();
    let content = [app_3, app_2, app_1, app_0, protocol_status as u8, 0, 0, 0];
    out.extend_from_slice(&content);
}

/// Writes a header of an invalid version, which shows the web server that a response is incomplete.
/// Close the connection afterwards.
///
/// The protocol has no record for this. Some web servers take a connection that ends without
/// END_REQUEST for a complete response, and also END_REQUEST with an `app_status`.
///
/// ```
/// use wsgi_fastcgi::{Header, Rejection, encode};
///
/// let mut out = Vec::new();
/// encode::break_off(&mut out, 258);
/// let header = Header::parse(out.first_chunk().expect("a header"));
/// assert_eq!(header, Err(Rejection::Version));
/// ```
#[cold]
pub fn break_off(out: &mut Vec<u8>, request_id: u16) {
    let start = out.len();
    header(out, RecordType::END_REQUEST, request_id, 0, 0);
    out[start] = 0;
}

/// Writes a name-value pair (section 3.4) for the content of PARAMS or GET_VALUES, as a web server
/// or a test sends it.
///
/// # Panics
///
/// The name or the value has 2 GiB or more, whose length no pair has.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_fastcgi::encode::param(&mut out, b"SERVER_PORT", b"80");
/// assert_eq!(out, b"\x0b\x02SERVER_PORT80");
/// ```
pub fn param(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for text in [name, value] {
        assert!(text.len() <= MAX_PARAM_BYTES, "a length has 31 bits");
        match u8::try_from(text.len()) {
            Ok(length) if length < LONG => out.push(length),
            _ => out.extend_from_slice(&(text.len() as u32 + (1 << 31)).to_be_bytes()),
        }
    }
    out.extend_from_slice(name);
    out.extend_from_slice(value);
}

/// Writes BEGIN_REQUEST (section 5.1), as a web server or a test sends it.
///
/// ```
/// use wsgi_fastcgi::{Role, encode};
///
/// let mut out = Vec::new();
/// encode::begin_request(&mut out, 1, Role::RESPONDER, true);
/// assert_eq!(out, [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
/// ```
pub fn begin_request(out: &mut Vec<u8>, request_id: u16, role: Role, keep_conn: bool) {
    let length = BeginRequest::LENGTH as u16;
    header(out, RecordType::BEGIN_REQUEST, request_id, length, 0);
    out.extend_from_slice(&BeginRequest { role, keep_conn }.to_bytes());
}

/// The padding that aligns content of this length.
#[inline]
fn padding(length: usize) -> usize {
    length.wrapping_neg() % ALIGNMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contents of the records in `bytes`, which all have the same type and id.
    #[track_caller]
    fn contents(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut contents = Vec::new();
        while let Some((header, rest)) = bytes.split_first_chunk() {
            let header = Header::parse(header).unwrap();
            assert_eq!(
                (header.record_type, header.request_id),
                (RecordType::STDOUT, 0x302)
            );
            assert_eq!(header.record_length() % ALIGNMENT, 0);
            let (content, rest) = rest.split_at(header.content_length.into());
            let (padding, rest) = rest.split_at(header.padding_length.into());
            assert!(padding.iter().all(|byte| *byte == 0));
            contents.push(content);
            bytes = rest;
        }
        assert!(bytes.is_empty());
        contents
    }

    #[test]
    fn a_stream_of_any_length_is_cut_into_records() {
        let lengths = [
            &[][..],
            &[1],
            &[8],
            &[ALIGNED_CONTENT - 1],
            &[ALIGNED_CONTENT],
            &[ALIGNED_CONTENT, 1],
            &[ALIGNED_CONTENT, MAX_CONTENT - ALIGNED_CONTENT],
            &[ALIGNED_CONTENT, ALIGNED_CONTENT],
            &[ALIGNED_CONTENT, ALIGNED_CONTENT, 3],
        ];
        for lengths in lengths {
            let data: Vec<_> = (0..lengths.iter().sum())
                .map(|at: usize| at as u8)
                .collect();
            let mut whole = Vec::new();
            stream(&mut whole, RecordType::STDOUT, 0x302, &data);
            let mut in_place = b"before".to_vec();
            let start = start_record(&mut in_place, RecordType::STDOUT, 0x302);
            in_place.extend_from_slice(&data);
            finish_record(&mut in_place, start);
            assert!(in_place.starts_with(b"before"));
            assert!(in_place[start..] == whole, "{lengths:?}");
            let contents = contents(&whole);
            let actual: Vec<_> = contents.iter().map(|content| content.len()).collect();
            assert_eq!(actual, lengths);
            assert!(contents.concat() == data);
        }
    }

    #[test]
    fn bytes_before_a_record_are_kept() {
        let mut out = b"before".to_vec();
        let start = start_record(&mut out, RecordType::STDOUT, 1);
        finish_record(&mut out, start);
        assert_eq!(out, b"before");
        let start = start_record(&mut out, RecordType::STDOUT, 1);
        out.push(b'x');
        finish_record(&mut out, start);
        assert_eq!(out, b"before\x01\x06\0\x01\0\x01\x07\0x\0\0\0\0\0\0\0");
    }
}
