//! Writing a response, piece by piece, to the end of a buffer.
//!
//! These functions check nothing, unless they say so. The caller must ensure that reasons, names
//! and values contain no CR, LF or other control characters, or else a response could be split.
//!
//! ```
//! use wsgi_http1::encode;
//!
//! let mut out = Vec::new();
//! encode::status_line(&mut out, 200, b"OK");
//! encode::field(&mut out, b"Transfer-Encoding", b"chunked");
//! encode::end_of_head(&mut out);
//! encode::chunk(&mut out, b"Hello world!\n");
//! encode::last_chunk(&mut out);
//! assert_eq!(
//!     out,
//!     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nHello world!\n\r\n0\r\n\r\n"
//! );
//! ```

/// The interim response that asks the client to send the body (RFC 9110 section 15.2.1).
///
/// ```
/// assert!(wsgi_http1::encode::CONTINUE.ends_with(b"\r\n\r\n"));
/// ```
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The chunk of size zero without trailers, which ends a chunked body (RFC 9112 section 7.1).
///
/// ```
/// assert_eq!(wsgi_http1::encode::LAST_CHUNK, b"0\r\n\r\n");
/// ```
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Writes the status line (RFC 9112 section 4). The version is always HTTP/1.1, that of the server
/// (RFC 9110 section 2.5). `code` is written as three digits and must be below 1000.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::status_line(&mut out, 204, b"Deleted");
/// assert_eq!(out, b"HTTP/1.1 204 Deleted\r\n");
/// ```
#[inline]
pub fn status_line(out: &mut Vec<u8>, code: u16, reason: &[u8]) {
    debug_assert!(code < 1000, "a status code has three digits");
    if code == 200 && reason == b"OK" {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    let digits = [code / 100 % 10, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8);
    // Mutant: each `reserve` in this file only saves reallocations.
    out.reserve(b"HTTP/1.1 200 \r\n".len() + reason.len());
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(&digits);
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// Writes a field line (RFC 9112 section 5).
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::field(&mut out, b"Content-Type", b"text/plain");
/// assert_eq!(out, b"Content-Type: text/plain\r\n");
/// ```
#[inline]
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + b": \r\n".len());
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a Content-Length field (RFC 9110 section 8.6).
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::content_length(&mut out, 13);
/// assert_eq!(out, b"Content-Length: 13\r\n");
/// ```
#[inline]
pub fn content_length(out: &mut Vec<u8>, length: u64) {
    // Built from the end, so that one copy writes it.
    const NAME: &[u8; 16] = b"Content-Length: ";
    let mut line = *b"Content-Length: 00000000000000000000\r\n";
    let digits_end = line.len() - 2;
    let start = digits::<10>(&mut line[..digits_end], length) - NAME.len();
    line[start..start + NAME.len()].copy_from_slice(NAME);
    out.extend_from_slice(&line[start..]);
}

/// Writes the empty line that ends a head.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::end_of_head(&mut out);
/// assert_eq!(out, b"\r\n");
/// ```
#[inline]
pub fn end_of_head(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Writes `data` as one chunk. Writes nothing if they are empty, because an empty chunk would end
/// the body (RFC 9112 section 7.1).
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::chunk(&mut out, b"Hello");
/// wsgi_http1::encode::chunk(&mut out, b"");
/// assert_eq!(out, b"5\r\nHello\r\n");
/// ```
#[inline]
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    chunk_size(out, data.len() as u64);
    out.reserve(data.len() + b"\r\n".len());
    out.extend_from_slice(data);
    end_of_chunk(out);
}

/// Writes the line before the data of a chunk. The data may be sent from another buffer, and
/// [`end_of_chunk`] must follow them. `size` must not be zero.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::chunk_size(&mut out, 0x1f40);
/// assert_eq!(out, b"1f40\r\n");
/// ```
#[inline]
pub fn chunk_size(out: &mut Vec<u8>, size: u64) {
    debug_assert!(size > 0, "a chunk of size zero ends the body");
    let mut line = [0; MAX_DIGITS + 2];
    line[MAX_DIGITS..].copy_from_slice(b"\r\n");
    let start = digits::<16>(&mut line[..MAX_DIGITS], size);
    out.extend_from_slice(&line[start..]);
}

/// Writes the line end after the data of a chunk.
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::end_of_chunk(&mut out);
/// assert_eq!(out, b"\r\n");
/// ```
#[inline]
pub fn end_of_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Writes [`LAST_CHUNK`].
///
/// ```
/// let mut out = Vec::new();
/// wsgi_http1::encode::last_chunk(&mut out);
/// assert_eq!(out, b"0\r\n\r\n");
/// ```
#[inline]
pub fn last_chunk(out: &mut Vec<u8>) {
    out.extend_from_slice(LAST_CHUNK);
}

/// The most hexadecimal digits of the size of a chunk: two for each byte.
const MAX_DIGITS: usize = 2 * size_of::<u64>();

/// Writes a number to the end of `buffer`, and returns its start.
#[inline]
fn digits<const BASE: u64>(buffer: &mut [u8], mut number: u64) -> usize {
    let mut start = buffer.len();
    loop {
        start -= 1;
        buffer[start] = b"0123456789abcdef"[(number % BASE) as usize];
        number /= BASE;
        if number == 0 {
            return start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_fmt_writes_them() {
        let powers = (1..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit]);
        for number in powers.chain([9, 10, 99, 100, u64::MAX]) {
            let mut out = b"before;".to_vec();
            content_length(&mut out, number);
            chunk_size(&mut out, number);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                format!("before;Content-Length: {number}\r\n{number:x}\r\n")
            );
        }
        let mut out = Vec::new();
        content_length(&mut out, 0);
        assert_eq!(out, b"Content-Length: 0\r\n");
    }

    #[test]
    fn a_status_may_have_any_reason_or_none() {
        for (code, reason, line) in [
            (200, "OK", "HTTP/1.1 200 OK\r\n"),
            (200, "Fine", "HTTP/1.1 200 Fine\r\n"),
            (201, "OK", "HTTP/1.1 201 OK\r\n"),
            (599, "", "HTTP/1.1 599 \r\n"),
            (
                511,
                "Network Authentication Required",
                "HTTP/1.1 511 Network Authentication Required\r\n",
            ),
        ] {
            let mut out = Vec::new();
            status_line(&mut out, code, reason.as_bytes());
            assert_eq!(out, line.as_bytes());
        }
    }

    #[test]
    fn names_and_values_may_have_any_length() {
        for (name, value, line) in [
            ("A", "", "A: \r\n"),
            ("A", "longer than its name", "A: longer than its name\r\n"),
            ("Longer-Than-Its-Value", "b", "Longer-Than-Its-Value: b\r\n"),
        ] {
            let mut out = Vec::new();
            field(&mut out, name.as_bytes(), value.as_bytes());
            assert_eq!(out, line.as_bytes());
        }
    }
}
