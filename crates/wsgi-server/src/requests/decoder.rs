//! The decoder of a request's body.

use std::ops::Range;

use wsgi_http1::BodyLength;

use crate::{
    options::Options, peers::peer::Peer, protocol::Protocol, requests::rejection::Rejection,
};

/// The codec's decoder of a body.
#[derive(Clone, Debug)]
pub(crate) enum Decoder {
    Http1(wsgi_http1::BodyDecoder),
    #[cfg(feature = "fastcgi")]
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
    /// A decoder for a body of HTTP, or for one that is like it.
    pub(crate) fn like_http(length: BodyLength, options: &Options) -> Self {
        Self::Http1(wsgi_http1::BodyDecoder::new(length, &options.limits))
    }

    /// Finds the next data. Adds replies to the peer to `replies`.
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(unused_variables, clippy::ptr_arg, reason = "only FastCGI has replies")
    )]
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
            #[cfg(feature = "fastcgi")]
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
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(decoder) => decoder.is_finished(),
        }
    }

    /// Whether the peer gave up the request in a way that keeps the connection usable.
    pub(crate) fn is_aborted(&self) -> bool {
        match self {
            Self::Http1(_) => false,
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(decoder) => decoder.is_aborted(),
        }
    }

    /// The number of data bytes that are still to come, if it is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Self::Http1(decoder) => decoder.remaining(),
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(decoder) => decoder.remaining(),
        }
    }

    /// Whether something of another request has come after the body, in the next input or in what
    /// the peer has sent after it. Where chunks or records are left, this cannot be told.
    pub(crate) fn is_followed(&self, input: &[u8], peer: &Peer) -> bool {
        match self {
            Self::Http1(decoder) => decoder.remaining().is_some_and(|rest| {
                match usize::try_from(rest)
                    .ok()
                    .and_then(|rest| input.get(rest..))
                {
                    Some(following) => !Protocol::Http.is_blank(following) || peer.is_followed(),
                    // The end of the body is not read, either.
                    None => peer.unread_bytes() > rest - input.len() as u64,
                }
            }),
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(decoder) => {
                (decoder.is_finished() || decoder.is_aborted())
                    && (!input.is_empty() || peer.is_followed())
            }
        }
    }

    /// The number of bytes at the start of the next input that are data, whatever they are.
    pub(crate) fn data_ahead(&self) -> u64 {
        match self {
            Self::Http1(decoder) => decoder.data_ahead(),
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(decoder) => decoder.data_ahead(),
        }
    }
}
