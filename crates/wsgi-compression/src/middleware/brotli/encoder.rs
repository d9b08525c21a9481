//! A compressor for the coding `br`.

use std::io::{self, Write};

use ::brotli::enc::encode::{
    BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderParameter,
    BrotliEncoderStateStruct,
};

use super::{super::encoder::Step, memory::Memory};

/// A window of 256 KiB. A larger one takes much more memory, and gains little for what is made per
/// request.
const WINDOW_BITS: u32 = 18;

/// The length of bodies for which the qualities above [`STREAM_QUALITY`] compress worse than it,
/// with this library and window.
const LONG: u64 = 1024 * 1024;

/// The highest quality for long bodies, and for those of unknown length.
const STREAM_QUALITY: u8 = 4;

/// The number of bytes that the compressor gets at once. From more, it infers that the body is
/// long, and takes more memory.
const PIECE: usize = 64 * 1024;

/// A compressor for `br`.
pub(crate) struct BrotliEncoder {
    quality: u8,
    state: BrotliEncoderStateStruct<Memory>,
}

impl BrotliEncoder {
    pub(crate) fn new(quality: u8) -> Self {
        Self {
            quality,
            state: BrotliEncoderStateStruct::new(Memory::default()),
        }
    }

    pub(crate) fn begin(&mut self, length: Option<u64>) {
        let quality = match length {
            Some(..LONG) => self.quality,
            _ => self.quality.min(STREAM_QUALITY),
        };
        for (parameter, value) in [
            (BrotliEncoderParameter::BROTLI_PARAM_QUALITY, quality.into()),
            (BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW_BITS),
        ] {
            let is_set = self.state.set_parameter(parameter, value);
            debug_assert!(is_set, "nothing was compressed yet");
        }
    }

    pub(crate) fn run(&mut self, bytes: &[u8], step: Step, out: &mut dyn Write) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.operate(piece, BrotliEncoderOperation::BROTLI_OPERATION_PROCESS, out)?;
        }
        match step {
            Step::More => Ok(()),
            Step::Flush => self.operate(b"", BrotliEncoderOperation::BROTLI_OPERATION_FLUSH, out),
            Step::End => self.operate(b"", BrotliEncoderOperation::BROTLI_OPERATION_FINISH, out),
        }
    }

    fn operate(
        &mut self,
        bytes: &[u8],
        operation: BrotliEncoderOperation,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (mut available, mut position) = (bytes.len(), 0);
        loop {
            // The bytes are taken from its own buffer below, so it gets none.
            let is_fine = self.state.compress_stream(
                operation,
                &mut available,
                bytes,
                &mut position,
                &mut 0,
                &mut [],
                &mut 0,
                &mut None,
                &mut |_, _, _, _| (),
            );
            if !is_fine {
                return Err(io::Error::other("the compressor failed"));
            }
            while self.state.has_more_output() {
                let mut length = 0; // 0 asks for all of its output
                let bytes = self.state.take_output(&mut length);
                out.write_all(&bytes[..length])?;
            }
            let is_finishing = operation == BrotliEncoderOperation::BROTLI_OPERATION_FINISH;
            if available == 0 && (!is_finishing || self.state.is_finished()) {
                return Ok(());
            }
        }
    }

    /// Makes the compressor ready for another body, in the same memory.
    pub(crate) fn reset(&mut self) {
        self.state.m8.end_body();
        BrotliEncoderDestroyInstance(&mut self.state);
        let memory = self.state.m8.for_next_body();
        self.state = BrotliEncoderStateStruct::new(memory);
    }
}
