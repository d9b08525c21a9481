//! The result of decoding a piece of a body.

use std::ops::Range;

/// The result of [`BodyDecoder::decode`](crate::BodyDecoder::decode).
///
/// ```
/// use wsgi_fastcgi::{BodyDecoder, Limits, RecordType, Rejection, RequestHead, Role, encode};
///
/// let mut bytes = Vec::new();
/// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
/// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
/// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
/// head.parse(&bytes, &limits, &mut replies)?;
///
/// let mut body = Vec::new();
/// encode::stream(&mut body, RecordType::STDIN, 1, b"Hello");
/// let decoded = BodyDecoder::new(&head, &limits).decode(&body, &mut replies)?;
/// assert_eq!(&body[decoded.data], b"Hello");
/// assert!(decoded.consumed >= 8 + 5 && !decoded.finished);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The number of bytes that were consumed from the start of the input, including the data.
    pub consumed: usize,
    /// The range of the input that is data of the body. It is empty if there were only headers and
    /// the like.
    pub data: Range<usize>,
    /// Whether the body ends after these data.
    pub finished: bool,
}
