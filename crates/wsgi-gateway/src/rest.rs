//! The end of a body that is left to the gateway.

use std::io;

use wsgi_application::{Chunk, FileWrapper};

use crate::{live::Live, transport::Transport};

/// The end of a body, which a gateway sends on its own when the client takes it. Unless it is
/// [live](Self::Live), its length is known, and it is never chunked.
///
/// ```
/// use wsgi_gateway::{Delimiter, Framing, Rest, Transport};
/// # use wsgi_application::Head;
/// # #[derive(Default)]
/// # struct Memory(Vec<u8>);
/// # impl Transport for Memory {
/// #     fn head(&mut self, _: &Head, _: Framing) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// #     fn body(&mut self, bytes: &[u8]) -> std::io::Result<()> {
/// #         self.0.extend_from_slice(bytes);
/// #         Ok(())
/// #     }
/// #     fn flush(&mut self) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
///
/// let mut memory = Memory::default(); // a transport, as in the example of `Engine`
/// Rest::Bytes(b"Hello world!\n".into()).send(&mut memory)?;
/// assert_eq!(memory.0, b"Hello world!\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Rest {
    /// Nothing is left to send.
    Nothing,
    /// The bytes to send. If their owner fails to return them, the response is cut.
    Bytes(Chunk),
    /// The file to send from its current position, and the number of bytes.
    File(Box<FileWrapper>, u64),
    /// The chunks to send when they come, and then the end of the body. Only for a transport that
    /// [drains](Transport::channel_patience) channels, or [takes over](Transport::chunk_limit) from
    /// an iterator.
    Live(Box<Live>),
}

impl Rest {
    /// Sends the rest, for a gateway that has no better way. A live body is not for such a
    /// gateway.
    ///
    /// # Errors
    ///
    /// The transport fails, the file cannot be read, or the file or the bytes have become shorter.
    /// The response is cut.
    pub fn send(self, transport: &mut dyn Transport) -> io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Bytes(chunk) => transport.body(chunk.bytes()?),
            Self::Live(_) => Err(io::ErrorKind::Unsupported.into()),
            Self::File(mut file, mut left) => {
                let mut block = Vec::new();
                while left > 0 {
                    let length = file.read_block(&mut block)? as u64;
                    if length == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    // The file may have grown.
                    let wanted = length.min(left);
                    transport.body(&block[..wanted as usize])?;
                    left -= wanted;
                }
                Ok(())
            }
        }
    }
}
