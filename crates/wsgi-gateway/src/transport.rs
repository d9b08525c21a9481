//! What a gateway gives the engine to write to.

use std::io;

use wsgi_application::Head;

use crate::Framing;

/// Where a gateway's responses go: one per request.
///
/// The engine calls [`head`](Transport::head) once and then
/// [`body`](Transport::body) any number of times, never with an empty slice
/// and never with more bytes than the framing allows. What ends the body (the
/// last chunk, the end record) is written by the gateway after
/// [`Engine::respond`](crate::Engine::respond) has returned.
///
/// An error means that nobody reads the response any more. The engine then asks
/// for nothing else, gives the application a
/// [`Disconnected`](wsgi_application::Disconnected) of the same kind, and logs
/// nothing: where an error should be known, the transport says so itself.
///
/// [`Engine`](crate::Engine) has an example.
pub trait Transport {
    /// Takes the head, with the framing that the engine decided. The fields in
    /// `head` are the application's, checked; those of the connection are the
    /// gateway's to add.
    ///
    /// # Errors
    ///
    /// Nobody reads the response any more.
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()>;

    /// Takes bytes of the body, and may block until the client has taken some.
    ///
    /// # Errors
    ///
    /// As of [`head`](Transport::head).
    fn body(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Sends on what was taken so far: the application waits for no more.
    ///
    /// # Errors
    ///
    /// As of [`head`](Transport::head).
    fn flush(&mut self) -> io::Result<()>;
}
