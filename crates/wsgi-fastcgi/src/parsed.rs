//! The result of parsing a head.

/// The bytes that [`RequestHead::parse`](crate::RequestHead::parse) has found at the start of its
/// input.
///
/// ```
/// use wsgi_fastcgi::{Limits, Parsed, RecordType, Rejection, RequestHead, encode};
///
/// // A web server asks for values before it sends a request.
/// let mut bytes = Vec::new();
/// let start = encode::start_record(&mut bytes, RecordType::GET_VALUES, 0);
/// encode::param(&mut bytes, b"FCGI_MPXS_CONNS", b"");
/// encode::finish_record(&mut bytes, start);
///
/// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
/// assert_eq!(head.parse(&bytes[..20], &limits, &mut replies)?, Parsed::Incomplete);
/// assert_eq!(head.parse(&bytes, &limits, &mut replies)?, Parsed::Skipped(bytes.len()));
/// assert!(replies[8..].starts_with(b"\x0f\x01FCGI_MPXS_CONNS0"));
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The bytes are incomplete. Read more, then parse again with the same bytes followed by more.
    Incomplete,
    /// This many bytes were consumed but do not begin a request: a management record, a request
    /// that was refused or aborted, or a record of a request that has ended. Send the replies, then
    /// parse the bytes that follow.
    Skipped(usize),
    /// The head of a request has this many bytes.
    Complete(usize),
}
