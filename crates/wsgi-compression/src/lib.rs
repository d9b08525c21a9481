// The README's example needs gzip, so the README is shown and tested only with it.
#![cfg_attr(feature = "gzip", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "gzip"),
    doc = "Compression of HTTP messages as middleware."
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod media_types;
#[cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]
mod middleware;

pub use media_types::is_compressible;
#[cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]
pub use middleware::{Compression, Decompression};
