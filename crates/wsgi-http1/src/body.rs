//! Decoding the body of a request.

use crate::{
    body_length::BodyLength, chunked::Chunked, decoded::Decoded, limits::Limits,
    rejection::Rejection,
};

/// Decoder of the body of one request: it finds the body in the received bytes.
///
/// It copies nothing and keeps no bytes, so the buffer may have any size: bytes that
/// [`decode`](BodyDecoder::decode) has consumed are not needed again. It does not touch the bytes
/// after the body, where the next request starts.
///
/// ```
/// use wsgi_http1::{BodyDecoder, BodyLength, Limits};
///
/// let input = b"6\r\nHello \r\n5;note=x\r\nworld\r\n0\r\n\r\nGET /next";
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::new());
/// let mut body = Vec::new();
/// let mut at = 0;
/// while !decoder.is_finished() {
///     if at == input.len() {
///         return Ok(()); // read more, then go on here
///     }
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

impl BodyDecoder {
    /// Creates a decoder for a body of this length.
    #[must_use]
    pub fn new(length: BodyLength, limits: &Limits) -> Self {
        Self(match length {
            BodyLength::None => Kind::Known(0),
            BodyLength::Known(length) => Kind::Known(length),
            BodyLength::Chunked => Kind::Chunked(Chunked::new(limits)),
        })
    }

    /// Finds the next data in `input`, which starts after the bytes consumed before.
    ///
    /// One call returns the data of at most one chunk. So call it until it has consumed every
    /// received byte or the body has finished. It consumes something unless the input is empty or
    /// the body has finished.
    ///
    /// # Errors
    ///
    /// Malformed chunks and trailers, and a body above its limit: see [`Rejection`]. Every later
    /// call returns the same error.
    #[inline]
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, Rejection> {
        match &mut self.0 {
            Kind::Known(remaining) => {
                let length =
                    usize::try_from(*remaining).map_or(input.len(), |left| left.min(input.len()));
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

    /// Whether the body has ended. Without a body this is true from the start.
    #[inline]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Kind::Known(remaining) => *remaining == 0,
            Kind::Chunked(chunked) => chunked.is_finished(),
        }
    }

    /// The number of bytes of data that are still to come. `None` in a chunked body that has not
    /// finished.
    ///
    /// ```
    /// use wsgi_http1::{BodyDecoder, BodyLength, Limits};
    ///
    /// let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::new());
    /// assert_eq!(decoder.remaining(), Some(5));
    /// decoder.decode(b"hel")?;
    /// assert_eq!(decoder.remaining(), Some(2));
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match &self.0 {
            Kind::Known(remaining) => Some(*remaining),
            Kind::Chunked(chunked) => chunked.is_finished().then_some(0),
        }
    }

    /// The number of bytes at the start of the next input that are data, whatever they are: the
    /// rest of the body, or of a chunk. It is 0 if something else may come first.
    ///
    /// Such bytes can be received where they are needed. They have to be
    /// [decoded](BodyDecoder::decode) all the same, so that the decoder counts them.
    ///
    /// ```
    /// use wsgi_http1::{BodyDecoder, BodyLength, Limits};
    ///
    /// let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::new());
    /// assert_eq!(decoder.data_ahead(), 0, "the size of a chunk comes first");
    /// decoder.decode(b"a\r\nHello")?;
    /// assert_eq!(decoder.data_ahead(), 5);
    /// decoder.decode(b"world")?;
    /// assert_eq!(decoder.data_ahead(), 0);
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn data_ahead(&self) -> u64 {
        match &self.0 {
            Kind::Known(remaining) => *remaining,
            Kind::Chunked(chunked) => chunked.data_ahead(),
        }
    }
}
