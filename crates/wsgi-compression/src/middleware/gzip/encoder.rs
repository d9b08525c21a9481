//! A compressor for the coding `gzip`.

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress, Status};

use super::super::step::{BUFFER, Step};

/// The window of 32 KiB, which every decoder has.
const WINDOW_BITS: u8 = 15;

/// A compressor for `gzip`.
pub(crate) struct GzipEncoder {
    compress: Compress,
    buffer: Box<[u8]>,
    /// The number of bytes in the buffer. They stay there until it is full, since the compressor
    /// gives its header away at once.
    filled: usize,
}

impl GzipEncoder {
    pub(crate) fn new(level: u8) -> Self {
        Self {
            compress: Compress::new_gzip(Compression::new(level.into()), WINDOW_BITS),
            buffer: vec![0; BUFFER].into(),
            filled: 0,
        }
    }

    pub(crate) fn run(
        &mut self,
        mut bytes: &[u8],
        step: Step,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let flush = match step {
            Step::More => FlushCompress::None,
            Step::Flush => FlushCompress::Sync,
            Step::End => FlushCompress::Finish,
        };
        loop {
            let (before_in, before_out) = (self.compress.total_in(), self.compress.total_out());
            let room = &mut self.buffer[self.filled..];
            let status = self.compress.compress(bytes, room, flush);
            let status = status.map_err(io::Error::other)?;
            // Both fit a `usize`, since they are lengths of parts of slices.
            bytes = &bytes[(self.compress.total_in() - before_in) as usize..];
            self.filled += (self.compress.total_out() - before_out) as usize;
            // If the buffer is full, the compressor may have more.
            let is_full = self.filled == self.buffer.len();
            let is_done = match step {
                Step::More | Step::Flush => bytes.is_empty() && !is_full,
                Step::End => status == Status::StreamEnd,
            };
            if is_full || (is_done && step != Step::More) {
                out.write_all(&self.buffer[..self.filled])?;
                self.filled = 0;
            }
            if is_done {
                return Ok(());
            }
        }
    }

    pub(crate) fn reset(&mut self) {
        self.compress.reset();
        self.filled = 0;
    }
}
