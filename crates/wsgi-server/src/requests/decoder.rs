//! The decoder of a request's body.

use std::ops::Range;

use crate::{protocol::Protocol, requests::rejection::Rejection};

/// The codec's decoder of a body. A body of SCGI is decoded like one of HTTP with a known length.
#[derive(Clone, Debug)]
pub(crate) enum Decoder {
    Http1(wsgi_http1::BodyDecoder),
    FastCgi(wsgi_fastcgi::BodyDecoder),
}

/// The next part of a body.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The number of input bytes that were consumed.
    pub(crate) consumed: usize,
    /// The range of the input that belongs to the body.
    pub(crate) data: Range<usize>,
}

impl Decoder {
    /// Finds the next data. Adds replies to the peer to `replies`.
    pub(crate) fn decode(
        &mut self,
        input: &[u8],
        replies: &mut Vec<u8>,
    ) -> Result<Decoded, Rejection> {
        match self {
            Self::Http1(decoder) => {
                let decoded = decoder.decode(input).map_err(Rejection::Http1)?;
                Ok(Decoded {
                    consumed: decoded.consumed,
                    data: decoded.data,
                })
            }
            Self::FastCgi(decoder) => {
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
            Self::Http1(decoder) => decoder.is_finished(),
            Self::FastCgi(decoder) => decoder.is_finished(),
        }
    }

    /// Whether the peer gave up the request in a way that keeps the connection usable.
    pub(crate) fn is_aborted(&self) -> bool {
        match self {
            Self::Http1(_) => false,
            Self::FastCgi(decoder) => decoder.is_aborted(),
        }
    }

    /// The number of data bytes that are still to come, if it is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Self::Http1(decoder) => decoder.remaining(),
            Self::FastCgi(decoder) => decoder.remaining(),
        }
    }

    /// Whether something of another request follows the body, in the next input or, if there is
    /// more, after it. That cannot be told before the input has the end of the body.
    pub(crate) fn is_followed(&self, input: &[u8], has_more: bool) -> bool {
        let (rest, protocol) = match self {
            Self::Http1(decoder) => (decoder.remaining(), Protocol::Http),
            Self::FastCgi(decoder) if decoder.is_aborted() => (Some(0), Protocol::FastCgi),
            Self::FastCgi(decoder) => (decoder.remaining(), Protocol::FastCgi),
        };
        rest.and_then(|rest| input.get(usize::try_from(rest).ok()?..))
            .is_some_and(|following| has_more || !protocol.is_blank(following))
    }

    /// The number of bytes at the start of the next input that are data, whatever they are.
    pub(crate) fn data_ahead(&self) -> u64 {
        match self {
            Self::Http1(decoder) => decoder.data_ahead(),
            Self::FastCgi(decoder) => decoder.data_ahead(),
        }
    }
}
