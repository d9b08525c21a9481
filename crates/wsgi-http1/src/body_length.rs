//! The length of a body, before any of it has arrived.

/// The length of a request's body (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body: the request has neither Content-Length nor Transfer-Encoding.
    None,
    /// The number of bytes that Content-Length gives, which may be zero.
    Known(u64),
    /// The body comes in chunks and ends with the chunk of size zero (RFC 9112 section 7.1).
    Chunked,
}
