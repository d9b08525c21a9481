//! The result of decoding a piece of a body.

use std::ops::Range;

/// The result of [`BodyDecoder::decode`](crate::BodyDecoder::decode).
///
/// ```
/// use wsgi_http1::{BodyDecoder, BodyLength, Limits};
///
/// let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::new());
/// let decoded = decoder.decode(b"helloGET /next")?;
/// assert_eq!((decoded.consumed, decoded.data), (5, 0..5));
/// assert!(decoded.finished);
/// # Ok::<(), wsgi_http1::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The number of bytes that were consumed from the start of the input, including the data.
    pub consumed: usize,
    /// The range of the input that is data of the body. It is empty if there were only chunk sizes
    /// and the like.
    pub data: Range<usize>,
    /// Whether the body ends after these data.
    pub finished: bool,
}
