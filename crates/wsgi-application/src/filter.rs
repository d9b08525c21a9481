//! How middleware changes a response.

use std::io::{self, Write};

use crate::{Head, Result};

/// A change to a response, on its way from an application to its server.
///
/// [`head`](Filter::head) runs once, when the head is settled, whether the
/// application wrote its bytes or returned them, and sees the head as it will
/// be sent. It says whether the body is to be changed too: only then do
/// [`chunk`](Filter::chunk) and [`end`](Filter::end) see every byte. A body
/// that no filter changes stays what it is, so that a file is still sent by
/// the kernel.
///
/// Of several layers the innermost comes first. A filter that fails fails the
/// response, whatever the application makes of it. A response that is replaced
/// because of an error is not the application's, and its filters do not see it;
/// fields that it needs all the same are [`ErrorFields`](crate::ErrorFields).
///
/// ```
/// use wsgi_application::{
///     Application, Environ, Filter, Exchange, Head, Result, Scope, StartResponse, Status, filtered,
/// };
///
/// /// Says who answered.
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
    /// Changes the head, and says how far the filter reaches. One that changes
    /// the body's length removes or corrects `Content-Length`.
    ///
    /// # Errors
    ///
    /// An error is the application's: it becomes an error page, in place of all
    /// of the response.
    fn head(&mut self, head: &mut Head) -> Result<Scope>;

    /// Takes a chunk of the body, never empty, and writes what becomes of it, if
    /// anything. What it holds back comes at the [`end`](Filter::end): an
    /// application's flush does not reach it.
    ///
    /// # Errors
    ///
    /// Its own, or those of `out`, which mean that the client went away.
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)
    }

    /// Writes what is left when the body has ended; not called where it failed.
    ///
    /// # Errors
    ///
    /// As of [`chunk`](Filter::chunk).
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}

/// How far a [`Filter`] reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The head alone: the body is left as it is.
    Head,
    /// The body too, each chunk of it and its end.
    Body,
}
