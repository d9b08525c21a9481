//! The bytes of a chunk.

use std::io;

use bytes::Bytes;
use wsgi_application::Chunk;

/// The bytes of a chunk, without a copy. They are looked at once, as they could be lost later.
///
/// # Errors
///
/// The owner of the chunk has lost them.
pub(crate) fn chunk_bytes(chunk: Chunk) -> io::Result<Bytes> {
    let length = chunk.len();
    let bytes = Bytes::from_owner(chunk);
    match bytes.len() == length {
        true => Ok(bytes),
        false => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the owner of a chunk lost its bytes",
        )),
    }
}
