//! A compressor for the coding `zstd`.

use std::io::{self, Write};

use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, get_error_name,
    zstd_sys::ZSTD_EndDirective,
};

use super::super::step::{BUFFER, Step};

/// A window of 256 KiB. A larger one takes more memory, and gains little for what is made per
/// request. Every decoder for HTTP has up to 8 MiB (RFC 9659).
const WINDOW_LOG: u32 = 18;

/// A compressor for `zstd`.
pub(crate) struct ZstdEncoder {
    context: CCtx<'static>,
    buffer: Box<[u8]>,
}

impl ZstdEncoder {
    pub(crate) fn new(level: u8) -> Self {
        let mut context = CCtx::create();
        for parameter in [
            CParameter::CompressionLevel(level.into()),
            CParameter::WindowLog(WINDOW_LOG),
        ] {
            // Both are within the bounds of the library, and the worst of a failure is its default.
            let set = context.set_parameter(parameter);
            debug_assert!(set.is_ok());
        }
        Self {
            context,
            buffer: vec![0; BUFFER].into(),
        }
    }

    /// Small bodies take less work and memory if their length is known.
    pub(crate) fn begin(&mut self, length: Option<u64>) {
        let pledged = self.context.set_pledged_src_size(length);
        debug_assert!(pledged.is_ok(), "a new frame takes any length");
    }

    pub(crate) fn run(&mut self, bytes: &[u8], step: Step, out: &mut dyn Write) -> io::Result<()> {
        let directive = match step {
            Step::More => ZSTD_EndDirective::ZSTD_e_continue,
            Step::Flush => ZSTD_EndDirective::ZSTD_e_flush,
            Step::End => ZSTD_EndDirective::ZSTD_e_end,
        };
        let mut input = InBuffer::around(bytes);
        loop {
            let mut output = OutBuffer::around(&mut self.buffer[..]);
            let left = self
                .context
                .compress_stream2(&mut output, &mut input, directive);
            let left = left.map_err(|code| io::Error::other(get_error_name(code)))?;
            let written = output.pos();
            if written > 0 {
                out.write_all(&self.buffer[..written])?;
            }
            let is_done = match step {
                Step::More => input.pos() == bytes.len(),
                Step::Flush | Step::End => left == 0,
            };
            if is_done {
                return Ok(());
            }
        }
    }

    /// Keeps the level. It is refused only in the middle of a frame of another thread.
    pub(crate) fn reset(&mut self) -> bool {
        self.context.reset(ResetDirective::SessionOnly).is_ok()
    }

    #[cfg(test)]
    pub(crate) fn memory_of_c(&self) -> usize {
        self.context.sizeof()
    }
}
