//! A decoder of the coding `br`.

use std::io::{self, BufRead, ErrorKind, Read};

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};

/// A reader of the bytes that another one has in the coding `br`.
pub(crate) struct BrotliDecoder<R: BufRead>(Decompressor<R>);

impl<R: BufRead> BrotliDecoder<R> {
    /// Decodes a stream with a window of at most 16 MiB, which is the most of RFC 7932. The memory
    /// grows with the bytes that are decoded.
    pub(crate) fn new(reader: R) -> Self {
        let mut decoder = Decompressor::new(reader, 4096);
        let large = BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW;
        let is_set = decoder.set_parameter(large, 0);
        debug_assert!(is_set, "nothing was read yet");
        Self(decoder)
    }

    pub(crate) fn get_ref(&self) -> &R {
        self.0.get_ref()
    }
}

impl<R: BufRead> Read for BrotliDecoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buf)?;
        // At the end, the library reports bytes that come after it when it is asked again, if it
        // has taken them from the reader.
        if read == 0 && (self.0.read(buf)? > 0 || !self.0.get_mut().fill_buf()?.is_empty()) {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(read)
    }
}
