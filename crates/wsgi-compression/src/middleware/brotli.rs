//! The coding `br` (RFC 7932), by the crate brotli.

mod decoder;
mod encoder;
mod memory;

pub(crate) use decoder::BrotliDecoder;
pub(crate) use encoder::BrotliEncoder;
