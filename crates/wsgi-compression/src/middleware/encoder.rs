//! A compressor of any coding.

use std::io::{self, Write};

use super::{coding::Coding, levels::Levels, step::Step, window::Window};

#[cfg(feature = "brotli")]
use super::brotli::BrotliEncoder;
#[cfg(feature = "gzip")]
use super::gzip::GzipEncoder;
#[cfg(feature = "zstd")]
use super::zstd::ZstdEncoder;

/// A compressor: bytes in, coded bytes to a writer.
pub(crate) enum Encoder {
    #[cfg(feature = "zstd")]
    Zstd(ZstdEncoder),
    #[cfg(feature = "brotli")]
    Brotli(Box<BrotliEncoder>),
    #[cfg(feature = "gzip")]
    Gzip(GzipEncoder),
}

impl Encoder {
    /// A compressor with a window from [`Levels::window`].
    pub(crate) fn new(coding: Coding, window: Window, levels: &Levels) -> Self {
        let _ = window; // which only brotli needs
        match coding {
            #[cfg(feature = "zstd")]
            Coding::Zstd => Self::Zstd(ZstdEncoder::new(levels.zstd)),
            #[cfg(feature = "brotli")]
            Coding::Brotli => Self::Brotli(Box::new(BrotliEncoder::new(levels.brotli, window))),
            #[cfg(feature = "gzip")]
            Coding::Gzip => Self::Gzip(GzipEncoder::new(levels.gzip)),
        }
    }

    pub(crate) fn coding(&self) -> Coding {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => Coding::Zstd,
            #[cfg(feature = "brotli")]
            Self::Brotli(_) => Coding::Brotli,
            #[cfg(feature = "gzip")]
            Self::Gzip(_) => Coding::Gzip,
        }
    }

    pub(crate) fn window(&self) -> Window {
        match self {
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => encoder.window(),
            #[allow(unreachable_patterns, reason = "brotli may be the only coding")]
            _ => Window::USUAL,
        }
    }

    /// Begins a body, of which the length may be known. Later calls must keep to it.
    pub(crate) fn begin(&mut self, length: Option<u64>) {
        let _ = length; // which gzip does not need
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.begin(length),
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => encoder.begin(length),
            #[cfg(feature = "gzip")]
            Self::Gzip(_) => {}
        }
    }

    /// Compresses bytes, of which some may stay inside.
    pub(crate) fn write(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        self.run(bytes, Step::More, out)
    }

    /// Writes what stayed inside, so that the other side can decode every byte so far.
    pub(crate) fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.run(b"", Step::Flush, out)
    }

    /// Ends the body.
    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.run(b"", Step::End, out)
    }

    fn run(&mut self, bytes: &[u8], step: Step, out: &mut dyn Write) -> io::Result<()> {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.run(bytes, step, out),
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => encoder.run(bytes, step, out),
            #[cfg(feature = "gzip")]
            Self::Gzip(encoder) => encoder.run(bytes, step, out),
        }
    }

    /// Makes the compressor ready for another body. Returns false if it can only be dropped.
    pub(crate) fn reset(&mut self) -> bool {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.reset(),
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => {
                encoder.reset();
                true
            }
            #[cfg(feature = "gzip")]
            Self::Gzip(encoder) => {
                encoder.reset();
                true
            }
        }
    }
}

#[cfg(test)]
impl Encoder {
    /// The memory in bytes that does not come from the allocator of Rust.
    pub(crate) fn memory_of_c(&self) -> usize {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.memory_of_c(),
            #[cfg(feature = "brotli")]
            Self::Brotli(_) => 0,
            #[cfg(feature = "gzip")]
            Self::Gzip(_) => 0,
        }
    }
}
