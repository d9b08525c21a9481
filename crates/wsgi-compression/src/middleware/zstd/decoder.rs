//! A decoder of the coding `zstd`.

use std::io::{self, BufRead, ErrorKind, Read};

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

/// The largest window, 8 MiB, which no encoder for HTTP may exceed (RFC 9659).
const MAX_WINDOW_LOG: u32 = 23;

/// A reader of the bytes that another one has in frames of zstd.
pub(crate) struct ZstdDecoder<R> {
    context: DCtx<'static>,
    reader: R,
    /// Whether the last frame is complete, and there was one.
    is_complete: bool,
}

impl<R: BufRead> ZstdDecoder<R> {
    pub(crate) fn new(reader: R) -> Self {
        let mut context = DCtx::create();
        // It is within the bounds of the library, whose own default is larger.
        let set = context.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG));
        debug_assert!(set.is_ok());
        Self {
            context,
            reader,
            is_complete: false,
        }
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.reader
    }
}

impl<R: BufRead> Read for ZstdDecoder<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.reader.fill_buf()?;
            let is_over = bytes.is_empty();
            if is_over && self.is_complete {
                return Ok(0);
            }
            let (mut input, mut output) = (InBuffer::around(bytes), OutBuffer::around(&mut *buf));
            let left = self.context.decompress_stream(&mut output, &mut input);
            let left =
                left.map_err(|code| io::Error::new(ErrorKind::InvalidData, get_error_name(code)))?;
            let (taken, written) = (input.pos(), output.pos());
            self.reader.consume(taken);
            self.is_complete = left == 0;
            if written > 0 {
                return Ok(written);
            }
            if is_over && !self.is_complete {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
