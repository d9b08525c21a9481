//! The writer of a body.

use std::{
    fmt,
    io::{self, Write},
};

use crate::{exchange::Exchange, head::Head, start_error::StartError};

/// The number of written bytes that are gathered before the head is sent: 64 KiB. A response that
/// does not exceed it gets a `Content-Length`.
pub const MAX_GATHERED_BYTES: usize = 64 * 1024;

/// The destination of a response: a gateway, or a filter around the application. Applications do
/// not see it.
///
/// A `Vec<u8>` is an outlet that keeps the bytes without the head, to try an application by hand
/// (see [`StartResponse::new`](crate::StartResponse::new)).
///
/// ```
/// use std::io::{self, Write};
/// use wsgi_application::{Exchange, Head, Outlet, StartResponse, Status};
///
/// /// A client that takes three bytes and leaves.
/// struct Impatient;
///
/// impl Outlet for Impatient {
///     fn write(&mut self, _head: &mut Head, chunk: &[u8]) -> io::Result<()> {
///         match chunk.len() {
///             0..=3 => Ok(()),
///             _ => Err(io::ErrorKind::BrokenPipe.into()),
///         }
///     }
///     fn flush(&mut self, _head: &mut Head) -> io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let (mut exchange, mut outlet) = (Exchange::new(), Impatient);
/// let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
/// let mut body = start_response.start(Status::OK, ())?;
/// body.write_all(b"one")?;
/// body.flush()?;
/// let error = body.write_all(b"more than that").unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub trait Outlet {
    /// Takes a chunk of the body, which is never empty. The head is settled at the first chunk, and
    /// is sent before it.
    ///
    /// # Errors
    ///
    /// The client is gone, or a filter failed. The outlet remembers the error, since the
    /// application may ignore it.
    fn write(&mut self, head: &mut Head, chunk: &[u8]) -> io::Result<()>;

    /// Sends the bytes taken so far, if any.
    ///
    /// # Errors
    ///
    /// As for [`write`](Outlet::write).
    fn flush(&mut self, head: &mut Head) -> io::Result<()>;

    /// Notes that a response could not be started or replaced. The application has the error too,
    /// but may ignore it. An outlet around another one passes the call on.
    fn refused(&mut self, error: &StartError) {
        let _ = error; // Mutant: this only uses the parameter.
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
/// Written bytes are gathered up to [`MAX_GATHERED_BYTES`] or a [`flush`](Write::flush). Until then
/// nothing is sent, and the response can still be replaced. After that, a write blocks until the
/// client takes the bytes. A flush sends nothing if nothing was written.
///
/// An error means that the client is gone or a filter failed. The application returns it with `?`.
/// From then on, each write fails, and the response does not count as complete.
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
/// assert_eq!(sent, b"", "a few bytes are gathered");
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
                return Ok(());
            }
            self.pass_gathered()?;
        }
        self.outlet.flush(&mut self.exchange.head)
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("head", &self.exchange.head)
            .finish_non_exhaustive()
    }
}
