//! The coding `gzip` (RFC 1952), by flate2 on zlib-rs.

mod decoder;
mod encoder;

pub(crate) use decoder::GzipDecoder;
pub(crate) use encoder::GzipEncoder;
