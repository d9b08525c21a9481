//! The middleware, for at least one coding.

mod coding;
mod compress;
mod compression;
mod decoded;
mod decoder;
mod decompression;
mod eligibility;
mod encoder;
mod levels;
mod pool;
mod settings;
mod step;
mod validators;
mod vary;
mod window;
mod wishes;

#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "zstd")]
mod zstd;

pub use compression::Compression;
pub use decompression::Decompression;
