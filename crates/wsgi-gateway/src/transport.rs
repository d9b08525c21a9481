//! The destination of a response in its gateway.

use std::{io, time::Duration};

use wsgi_application::Head;

use crate::framing::Framing;

/// The destination of the response to a request.
///
/// The engine calls [`head`](Transport::head) once and then [`body`](Transport::body) any number of
/// times, never with an empty slice and never with more bytes than the framing allows. It may then
/// offer the last bytes to [`take_body`](Transport::take_body), under the same rules. The gateway
/// writes the end of the body (the last chunk, the end record) after
/// [`Engine::respond`](crate::Engine::respond) has returned.
///
/// An error means that the client is gone, or that a deadline passed
/// ([`End::of_write_error`](wsgi_environ::End::of_write_error)). The engine then makes no further
/// call, and the application gets a [`Disconnected`](wsgi_application::Disconnected) of the same
/// kind. The engine does not log the error; a transport logs an error that should be known.
///
/// [`Engine`](crate::Engine) has an example.
///
/// ```
/// use std::{io, time::Duration};
/// use wsgi_application::Head;
/// use wsgi_gateway::{Framing, Transport};
///
/// /// A transport with a buffer, which a loop sends when the client takes something.
/// #[derive(Default)]
/// struct Buffered {
///     waiting: Vec<u8>,
///     has_client_left: bool,
/// }
///
/// impl Transport for Buffered {
///     fn head(&mut self, head: &Head, _framing: Framing) -> io::Result<()> {
///         head.headers.write_to(&mut self.waiting);
///         Ok(())
///     }
///     fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
///         self.waiting.extend_from_slice(bytes);
///         Ok(())
///     }
///     fn flush(&mut self) -> io::Result<()> {
///         Ok(()) // a real one waits until everything is sent
///     }
///     fn check_client(&mut self) -> io::Result<()> {
///         match self.has_client_left {
///             true => Err(io::ErrorKind::ConnectionReset.into()),
///             false => Ok(()),
///         }
///     }
///     fn channel_patience(&self) -> Option<Duration> {
///         Some(Duration::from_secs(30))
///     }
///     fn chunk_limit(&self) -> Option<usize> {
///         Some(64 * 1024)
///     }
///     fn try_flush(&mut self) -> io::Result<bool> {
///         Ok(self.waiting.is_empty())
///     }
///     fn take_body(&mut self, bytes: &[u8]) -> bool {
///         let is_small = bytes.len() <= 16 * 1024;
///         if is_small {
///             self.waiting.extend_from_slice(bytes); // beside the head
///         }
///         is_small
///     }
/// }
///
/// let mut transport = Buffered::default();
/// transport.body(b"tick")?;
/// assert!(!transport.try_flush()?, "the engine leaves the rest to the loop");
/// assert!(!transport.take_body(&[0; 20_000]), "the loop sends it");
/// # Ok::<(), io::Error>(())
/// ```
pub trait Transport {
    /// Takes the head, with the framing that the engine decided. The fields in `head` are those of
    /// the application, and they are checked. The gateway adds those of the connection.
    ///
    /// # Errors
    ///
    /// The client is gone.
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()>;

    /// Takes bytes of the body, and may block until the client has taken some.
    ///
    /// # Errors
    ///
    /// As for [`head`](Transport::head).
    fn body(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Sends the bytes taken so far, since the next ones may take time.
    ///
    /// # Errors
    ///
    /// As for [`head`](Transport::head).
    fn flush(&mut self) -> io::Result<()>;

    /// Looks whether the client is still there, without waiting for it. The engine asks about four
    /// times a second, while it waits for the next chunk of a channel. The default does not look:
    /// then a client that has left is noticed at the next chunk.
    ///
    /// # Errors
    ///
    /// The client is gone.
    fn check_client(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the bytes that the application returned, without waiting for the client, if that is
    /// less work for this gateway than to send a [`Rest::Bytes`](crate::Rest::Bytes). Returns
    /// whether it did. The default leaves them to the rest.
    ///
    /// They are the whole body, or its end if the application also wrote, whose bytes went to
    /// [`body`](Self::body). The engine asks at most once, after [`head`](Self::head). The body has
    /// a length: it is never chunked, and the connection does not end it.
    fn take_body(&mut self, bytes: &[u8]) -> bool {
        let _ = bytes;
        false
    }

    /// The time that a sender of a channel waits for a slow client, if this gateway sends the
    /// chunks on its own, as a [`Rest::Live`](crate::Rest::Live). `None`, the default, has the
    /// engine send them, which waits for each.
    fn channel_patience(&self) -> Option<Duration> {
        None
    }

    /// The largest chunk of an iterator that this gateway takes without waiting for a slow client,
    /// if it sends the further chunks on its own, as a [`Rest::Live`](crate::Rest::Live). Then no
    /// thread waits for the client. `None`, the default, has the engine send all of them.
    fn chunk_limit(&self) -> Option<usize> {
        None
    }

    /// Sends the bytes taken so far, as far as the client takes them now. Returns whether that is
    /// all. If not, the engine leaves the further chunks to the gateway. Only called if there is a
    /// [`chunk_limit`](Self::chunk_limit).
    ///
    /// # Errors
    ///
    /// As for [`head`](Transport::head).
    fn try_flush(&mut self) -> io::Result<bool> {
        self.flush().map(|()| true)
    }
}
