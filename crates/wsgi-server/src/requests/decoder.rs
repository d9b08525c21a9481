//! The decoder of a request's body.

use std::ops::Range;

use crate::requests::rejection::Rejection;

/// The codec's decoder of a body. SCGI's bodies are HTTP's of known length.
#[derive(Clone, Debug)]
pub(crate) enum Decoder {
    Http1(wsgi_http1::BodyDecoder),
    #[cfg(feature = "fastcgi")]
    FastCgi(wsgi_fastcgi::BodyDecoder),
}

/// What it found.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// How many bytes of the input are done with.
    pub(crate) consumed: usize,
    /// Which of them are the body's.
    pub(crate) data: Range<usize>,
}

impl Decoder {
    /// Finds the next data. What the peer is to be told is added to `replies`.
    #[cfg_attr(not(feature = "fastcgi"), expect(unused_variables, clippy::ptr_arg))]
    pub(crate) fn decode(
        &mut self,
        input: &[u8],
        replies: &mut Vec<u8>,
    ) -> Result<Decoded, Rejection> {
        match self {
            Decoder::Http1(decoder) => {
                let decoded = decoder.decode(input).map_err(Rejection::Http1)?;
                Ok(Decoded {
                    consumed: decoded.consumed,
                    data: decoded.data,
                })
            }
            #[cfg(feature = "fastcgi")]
            Decoder::FastCgi(decoder) => {
                let decoded = decoder.decode(input, replies).map_err(Rejection::FastCgi)?;
                Ok(Decoded {
                    consumed: decoded.consumed,
                    data: decoded.data,
                })
            }
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        match self {
            Decoder::Http1(decoder) => decoder.is_finished(),
            #[cfg(feature = "fastcgi")]
            Decoder::FastCgi(decoder) => decoder.is_finished(),
        }
    }

    /// Whether the peer gave the request up, in a way that leaves the connection
    /// as good as before.
    pub(crate) fn is_aborted(&self) -> bool {
        match self {
            Decoder::Http1(_) => false,
            #[cfg(feature = "fastcgi")]
            Decoder::FastCgi(decoder) => decoder.is_aborted(),
        }
    }

    /// How many bytes of data are still to come, where that is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Decoder::Http1(decoder) => decoder.remaining(),
            #[cfg(feature = "fastcgi")]
            Decoder::FastCgi(decoder) => decoder.remaining(),
        }
    }
}
