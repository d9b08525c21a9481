//! The length of a body, before any of it has arrived.

/// The length of a request's body (RFC 9112 section 6.3).
///
/// ```
/// use wsgi_http1::{BodyLength, Limits, RequestHead};
///
/// let length = |field: &str| {
///     let mut head = RequestHead::new();
///     let bytes = format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
///     head.parse(bytes.as_bytes(), &Limits::new()).map(|_| head.body_length())
/// };
/// assert_eq!(length("Content-Length: 5"), Ok(BodyLength::Known(5)));
/// assert_eq!(length("Transfer-Encoding: chunked"), Ok(BodyLength::Chunked));
/// assert_eq!(length("Accept: text/html"), Ok(BodyLength::None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body: the request has neither Content-Length nor Transfer-Encoding.
    None,
    /// The number of bytes that Content-Length gives, which may be zero.
    Known(u64),
    /// The body comes in chunks and ends with the chunk of size zero (RFC 9112 section 7.1).
    Chunked,
}
