//! Compression and decompression as applications and clients see them.

#![cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]

mod allocations;
mod decoding;
mod failing_readers;
mod head_requests;
mod heads;
mod memory;
mod properties;
mod requests;
mod streams;
#[cfg(feature = "brotli")]
mod windows;
