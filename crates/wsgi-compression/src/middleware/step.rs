//! A step of a compressor.

/// The size of the buffers between compressors and their writers, in bytes.
#[cfg(any(feature = "gzip", feature = "zstd"))]
pub(crate) const BUFFER: usize = 16 * 1024;

/// The continuation of a body after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More bytes.
    More,
    /// A pause, before which everything is written.
    Flush,
    /// The end of the body.
    End,
}
