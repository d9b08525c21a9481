//! The coding `zstd` (RFC 8878), by zstd-safe.

mod decoder;
mod encoder;

pub(crate) use decoder::ZstdDecoder;
pub(crate) use encoder::ZstdEncoder;
