//! The result of decoding a piece of a body.

use std::ops::Range;

/// The result of [`BodyDecoder::decode`](crate::BodyDecoder::decode).
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
