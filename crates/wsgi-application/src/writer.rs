//! Writing a body rather than returning it.

use std::io::{self, Write};

use crate::{Exchange, Head, StartError};

/// How many written bytes gather before the head is sent with the first of
/// them: 64 KiB. A response that does not exceed it gets its `Content-Length`.
pub const MAX_GATHERED_BYTES: usize = 64 * 1024;

/// Where a response goes: what a gateway, and each layer of filters, is to an
/// application. Applications do not see it.
///
/// A `Vec<u8>` is one that keeps the bytes and no head, for trying an
/// application by hand (see [`StartResponse::new`](crate::StartResponse::new)).
pub trait Outlet {
    /// Takes a chunk of the body, never empty. At the first one the head is
    /// settled; whoever sends it does so before the chunk.
    ///
    /// # Errors
    ///
    /// The client is gone, or a filter failed. An outlet remembers it, since the
    /// application may overlook it.
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()>;

    /// Sends on what was taken so far; nothing if that is nothing.
    ///
    /// # Errors
    ///
    /// As of [`write`](Outlet::write).
    fn flush(&mut self, head: &mut Head) -> io::Result<()>;

    /// Learns that a response could not be started or replaced, which the
    /// application was told and may overlook. An outlet around another passes it
    /// on.
    fn refused(&mut self, error: &StartError) {
        let _ = error;
    }
}

impl Outlet for Vec<u8> {
    fn write(&mut self, _head: &mut Head, chunk: &[u8]) -> io::Result<()> {
        self.extend_from_slice(chunk);
        Ok(())
    }

    fn flush(&mut self, _head: &mut Head) -> io::Result<()> {
        Ok(())
    }
}

/// The body's writer, PEP 3333's `write()` callable, as [`io::Write`].
///
/// Bytes gather up to [`MAX_GATHERED_BYTES`] or [`flush`](Write::flush); until then
/// nothing is sent and the response can still be replaced. Past that, writing
/// blocks until the client takes the bytes. A flush with nothing written sends
/// nothing.
///
/// An error means that nobody reads the bytes any more, or that a filter failed;
/// the application returns it with `?`. From then on each write fails, and the
/// response is never taken for a whole one.
///
/// ```
/// use std::io::Write;
/// use wsgi_application::{Body, Environ, Exchange, Result, StartResponse, Status};
///
/// fn count(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     let mut body = start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     for n in 1..=3 {
///         writeln!(body, "line {n}")?;
///     }
///     Ok(Body::empty())
/// }
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// count(
///     &mut Environ::new(),
///     &mut StartResponse::new(&mut exchange, &mut sent),
/// )?;
/// assert_eq!(exchange.gathered, b"line 1\nline 2\nline 3\n");
/// assert_eq!(sent, b"", "so few bytes gather");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub struct Writer<'a> {
    pub(crate) exchange: &'a mut Exchange,
    pub(crate) outlet: &'a mut dyn Outlet,
}

impl Writer<'_> {
    fn pass_gathered(&mut self) -> io::Result<()> {
        let Exchange { head, gathered } = &mut *self.exchange;
        head.commit();
        if gathered.is_empty() {
            return Ok(());
        }
        let result = self.outlet.write(head, gathered);
        gathered.clear();
        result
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let Exchange { head, gathered } = &mut *self.exchange;
        if !head.is_committed() {
            if gathered.len() + chunk.len() <= MAX_GATHERED_BYTES {
                gathered.extend_from_slice(chunk);
                return Ok(chunk.len());
            }
            self.pass_gathered()?;
        }
        if !chunk.is_empty() {
            self.outlet.write(&mut self.exchange.head, chunk)?;
        }
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.exchange.head.is_committed() {
            if self.exchange.gathered.is_empty() {
                return Ok(()); // nothing is sent before the first byte of the body
            }
            self.pass_gathered()?;
        }
        self.outlet.flush(&mut self.exchange.head)
    }
}
