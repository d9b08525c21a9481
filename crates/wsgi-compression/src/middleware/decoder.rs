//! A decoder of any coding.

use std::io::{self, BufRead, Read};

use super::coding::Coding;

#[cfg(feature = "brotli")]
use super::brotli::BrotliDecoder;
#[cfg(feature = "gzip")]
use super::gzip::GzipDecoder;
#[cfg(feature = "zstd")]
use super::zstd::ZstdDecoder;

/// A reader of the bytes that another one has in a coding.
pub(crate) enum Decoder<R: BufRead> {
    #[cfg(feature = "zstd")]
    Zstd(ZstdDecoder<R>),
    #[cfg(feature = "brotli")]
    Brotli(Box<BrotliDecoder<R>>),
    #[cfg(feature = "gzip")]
    Gzip(Box<GzipDecoder<R>>),
}

impl<R: BufRead> Decoder<R> {
    pub(crate) fn new(coding: Coding, reader: R) -> Self {
        match coding {
            #[cfg(feature = "zstd")]
            Coding::Zstd => Self::Zstd(ZstdDecoder::new(reader)),
            #[cfg(feature = "brotli")]
            Coding::Brotli => Self::Brotli(Box::new(BrotliDecoder::new(reader))),
            #[cfg(feature = "gzip")]
            Coding::Gzip => Self::Gzip(Box::new(GzipDecoder::new(reader))),
        }
    }

    /// The reader of the coded bytes.
    pub(crate) fn get_ref(&self) -> &R {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(decoder) => decoder.get_ref(),
            #[cfg(feature = "brotli")]
            Self::Brotli(decoder) => decoder.get_ref(),
            #[cfg(feature = "gzip")]
            Self::Gzip(decoder) => decoder.get_ref(),
        }
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(decoder) => decoder.read(buf),
            #[cfg(feature = "brotli")]
            Self::Brotli(decoder) => decoder.read(buf),
            #[cfg(feature = "gzip")]
            Self::Gzip(decoder) => decoder.read(buf),
        }
    }
}
