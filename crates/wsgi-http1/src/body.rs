//! Decoding a request's body.

use std::ops::Range;

use crate::chunked::Chunked;
use crate::{BodyLength, Limits, Rejection};

/// Decodes the body of one request: tells which of the bytes received belong to it.
///
/// It copies nothing and keeps no bytes. Whatever [`decode`](BodyDecoder::decode) consumed is
/// done with, so that a buffer of any size will do. What follows the body is left alone: it is
/// the start of the next request.
///
/// ```
/// use wsgi_http1::{BodyDecoder, BodyLength, Limits};
///
/// let input = b"6\r\nHello \r\n5;note=x\r\nworld\r\n0\r\n\r\nGET /next";
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::new());
/// let mut body = Vec::new();
/// let mut at = 0;
/// while !decoder.is_finished() {
///     let decoded = decoder.decode(&input[at..])?;
///     body.extend_from_slice(&input[at..][decoded.data.clone()]);
///     at += decoded.consumed;
/// }
/// assert_eq!(body, b"Hello world");
/// assert_eq!(&input[at..], b"GET /next");
/// # Ok::<(), wsgi_http1::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Known(u64),
    Chunked(Chunked),
}

/// What [`BodyDecoder::decode`] found in its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// How many bytes of the input are done with, the data included.
    pub consumed: usize,
    /// Which bytes of the input are data of the body; empty where there were only chunk sizes
    /// and the like.
    pub data: Range<usize>,
    /// Whether the body has ended, behind these data.
    pub finished: bool,
}

impl BodyDecoder {
    /// A decoder for a body of this length.
    pub fn new(length: BodyLength, limits: &Limits) -> BodyDecoder {
        BodyDecoder(match length {
            BodyLength::None => Kind::Known(0),
            BodyLength::Known(length) => Kind::Known(length),
            BodyLength::Chunked => Kind::Chunked(Chunked::new(limits)),
        })
    }

    /// Finds the next data in `input`, the bytes that follow those consumed before.
    ///
    /// Call it until it has consumed all that was received, or the body has finished: one call
    /// gives the data of one chunk at most. It consumes something unless the input is empty or
    /// the body has finished.
    ///
    /// # Errors
    ///
    /// Malformed chunks and trailers, and a body longer than its limit; see [`Rejection`]. Every
    /// later call gives the same error.
    #[inline]
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, Rejection> {
        match &mut self.0 {
            Kind::Known(remaining) => {
                let length =
                    usize::try_from(*remaining).map_or(input.len(), |most| most.min(input.len()));
                *remaining -= length as u64;
                Ok(Decoded {
                    consumed: length,
                    data: 0..length,
                    finished: *remaining == 0,
                })
            }
            Kind::Chunked(chunked) => chunked.decode(input),
        }
    }

    /// Whether the body has ended; from the start where there is none.
    #[inline]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Kind::Known(remaining) => *remaining == 0,
            Kind::Chunked(chunked) => chunked.is_finished(),
        }
    }

    /// How many bytes of data are still to come, where that is known: not in a chunked body that
    /// has not finished.
    #[inline]
    pub fn remaining(&self) -> Option<u64> {
        match &self.0 {
            Kind::Known(remaining) => Some(*remaining),
            Kind::Chunked(chunked) => chunked.is_finished().then_some(0),
        }
    }
}
