//! Changes to a response by middleware.

use std::io::{self, Write};

use crate::{error::Error, head::Head};

/// A change to a response on its way from an application to its server.
///
/// [`head`](Filter::head) runs once, when the head is settled, whether the body is written or
/// returned. It sees the head as it will be sent, and returns whether the body changes too. Only
/// then do [`chunk`](Filter::chunk), [`flush`](Filter::flush) and [`end`](Filter::end) see the
/// body. A body that no filter changes keeps its kind, so that the kernel can still send a file.
///
/// The innermost of several filters runs first. If a filter fails, so does the response, even if
/// the application ignores the error. An error page does not come from the application, and no
/// filter sees it: [`ErrorFields`](crate::ErrorFields) are for fields that it needs too.
///
/// ```
/// use wsgi_application::{
///     Application, Environ, Exchange, Filter, Head, Result, Scope, StartResponse, Status,
///     filtered,
/// };
///
/// /// Names the server in each response.
/// struct Via<A>(A);
///
/// struct Stamp;
///
/// impl Filter for Stamp {
///     fn head(&mut self, head: &mut Head) -> Result<Scope> {
///         head.headers.append("X-Served-By", "wsgi")?;
///         Ok(Scope::Head)
///     }
/// }
///
/// impl<A: Application> Application for Via<A> {
///     fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///         filtered(&self.0, Stamp, environ, start_response)
///     }
/// }
///
/// fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, ())?;
///     Ok("Hello world!\n".into())
/// }
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// Via(hello).call(&mut Environ::new(), &mut start_response)?;
/// assert_eq!(exchange.head.headers.get("X-Served-By").unwrap(), "wsgi");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub trait Filter: Send + 'static {
    /// Changes the head, and returns whether the filter changes the body too. A filter that changes
    /// the length of the body removes or corrects `Content-Length`.
    ///
    /// # Errors
    ///
    /// Any error. As an error of the application, it replaces the whole response with an error
    /// page.
    fn head(&mut self, head: &mut Head) -> Result<Scope, Error>;

    /// Takes a chunk of the body, which is never empty, and writes the changed bytes, if any. It
    /// may hold bytes back until the next chunk, [`flush`](Filter::flush) or [`end`](Filter::end).
    ///
    /// # Errors
    ///
    /// An error of the filter, or an error of `out`, which means that the client went away.
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)
    }

    /// Writes the bytes that the filter holds back, since the next chunk may take time.
    ///
    /// PEP 3333 (Buffering and Streaming) forbids delaying a block while the application makes the
    /// next one. So this is called where bytes may have to wait for the application:
    ///
    /// - when the application flushes its writer,
    /// - after each chunk of an iterator or a channel, each block of a reader, and each piece of
    ///   the request's body, if it is sent back,
    /// - when the application has written bytes and then returns one of these.
    ///
    /// It is not called after bytes or within a file that are returned as a whole, or again before
    /// another chunk came. What it writes goes through the outer filters as a chunk, and then they
    /// are flushed. A filter may ignore the call if it holds nothing back, or needs more bytes
    /// before it can write any.
    ///
    /// ```
    /// use std::io::{self, Write};
    /// use wsgi_application::{
    ///     Body, Environ, Exchange, Filter, Head, Result, Scope, StartResponse, Status,
    ///     application, filtered,
    /// };
    ///
    /// /// Puts what comes between two flushes into one line.
    /// #[derive(Default)]
    /// struct Lines(Vec<u8>);
    ///
    /// impl Filter for Lines {
    ///     fn head(&mut self, _head: &mut Head) -> Result<Scope> {
    ///         Ok(Scope::Body)
    ///     }
    ///     fn chunk(&mut self, chunk: &[u8], _out: &mut dyn Write) -> io::Result<()> {
    ///         self.0.extend_from_slice(chunk);
    ///         Ok(())
    ///     }
    ///     fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
    ///         self.0.push(b'\n');
    ///         out.write_all(&std::mem::take(&mut self.0))
    ///     }
    ///     fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
    ///         out.write_all(&self.0)
    ///     }
    /// }
    ///
    /// let app = application(|_environ, start_response| {
    ///     let mut body = start_response.start(Status::OK, ())?;
    ///     write!(body, "Hello ")?;
    ///     write!(body, "world!")?;
    ///     body.flush()?;
    ///     write!(body, "Bye.")?;
    ///     Ok(Body::empty())
    /// });
    /// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    /// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    /// let body = filtered(&app, Lines::default(), &mut Environ::new(), &mut start_response)?;
    /// assert_eq!(body.len(), Some(4));
    /// assert_eq!(sent, b"Hello world!\n");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Filter::chunk).
    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out; // Mutant: this only uses the parameter.
        Ok(())
    }

    /// Writes the remaining bytes at the end of the body. It is not called if the body failed.
    ///
    /// # Errors
    ///
    /// As for [`chunk`](Filter::chunk).
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out; // Mutant: this only uses the parameter.
        Ok(())
    }
}

/// The part of a response that a [`Filter`] changes.
///
/// ```
/// use wsgi_application::{Filter, Head, Result, Scope};
///
/// /// Marks pages, and leaves everything else as it is.
/// struct Mark;
///
/// impl Filter for Mark {
///     fn head(&mut self, head: &mut Head) -> Result<Scope> {
///         let content_type = head.headers.get("Content-Type");
///         match content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html")) {
///             true => Ok(Scope::Body),
///             false => Ok(Scope::Head),
///         }
///     }
/// }
///
/// let mut head = Head::new();
/// head.headers.append("Content-Type", "image/png")?;
/// assert_eq!(Mark.head(&mut head)?, Scope::Head);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The head alone. The body stays as it is.
    Head,
    /// The head and the body.
    Body,
}
