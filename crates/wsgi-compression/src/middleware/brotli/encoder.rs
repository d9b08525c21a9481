//! A compressor for the coding `br`.

use std::io::{self, Write};

use ::brotli::enc::encode::{
    BrotliEncoderDestroyInstance, BrotliEncoderOperation, BrotliEncoderParameter,
    BrotliEncoderStateStruct,
};

use super::{
    super::{
        levels::STREAM_QUALITY,
        step::Step,
        window::{LONG, Window},
    },
    memory::Memory,
};

/// The number of bytes that the compressor gets at once. From more, it infers that the body is
/// long, and takes more memory.
const PIECE: usize = 64 * 1024;

/// The number of bytes after which a part of the body ends and is written, even if nobody asks for
/// it. The library would keep notes for parts of up to twice the window. Those take much more
/// memory, and time, than the few bytes that this adds.
const PART: usize = 4 * PIECE;

/// A compressor for `br`.
pub(crate) struct BrotliEncoder {
    quality: u8,
    window: Window,
    /// The number of bytes since the last flush.
    unwritten: usize,
    state: BrotliEncoderStateStruct<Memory>,
}

impl BrotliEncoder {
    pub(crate) fn new(quality: u8, window: Window) -> Self {
        Self {
            quality,
            window,
            unwritten: 0,
            state: BrotliEncoderStateStruct::new(Memory::default()),
        }
    }

    pub(crate) fn window(&self) -> Window {
        self.window
    }

    pub(crate) fn begin(&mut self, length: Option<u64>) {
        let quality = match length {
            Some(..LONG) => self.quality,
            _ => self.quality.min(STREAM_QUALITY),
        };
        // From a long one, it infers that a larger table of places is worth its memory.
        let hint = match self.window {
            Window::USUAL => 0,
            _ => length.unwrap_or(0).try_into().unwrap_or(u32::MAX),
        };
        let bits = self.window.bits.into();
        for (parameter, value) in [
            (BrotliEncoderParameter::BROTLI_PARAM_QUALITY, quality.into()),
            (BrotliEncoderParameter::BROTLI_PARAM_LGWIN, bits),
            (BrotliEncoderParameter::BROTLI_PARAM_SIZE_HINT, hint),
        ] {
            let is_set = self.state.set_parameter(parameter, value);
            debug_assert!(is_set, "nothing was compressed yet");
        }
    }

    pub(crate) fn run(
        &mut self,
        mut bytes: &[u8],
        step: Step,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            let length = bytes.len().min(PIECE).min(PART - self.unwritten);
            let (piece, rest) = bytes.split_at(length);
            self.operate(piece, BrotliEncoderOperation::BROTLI_OPERATION_PROCESS, out)?;
            (self.unwritten, bytes) = (self.unwritten + length, rest);
            if self.unwritten == PART {
                self.flush(out)?;
            }
        }
        match step {
            Step::More => Ok(()),
            Step::Flush => self.flush(out),
            Step::End => self.operate(b"", BrotliEncoderOperation::BROTLI_OPERATION_FINISH, out),
        }
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.unwritten = 0;
        self.operate(b"", BrotliEncoderOperation::BROTLI_OPERATION_FLUSH, out)
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
        self.unwritten = 0;
    }
}
