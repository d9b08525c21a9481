//! Changes to a response by middleware.

use std::io::{self, Write};

use crate::{head::Head, result::Result};

/// A change to a response on its way from an application to its server.
///
/// [`head`](Filter::head) runs once, when the head is settled, whether the body is written or
/// returned. It sees the head as it will be sent, and returns whether the body changes too. Only
/// then do [`chunk`](Filter::chunk) and [`end`](Filter::end) see every byte. A body that no filter
/// changes keeps its kind, so that the kernel can still send a file.
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
    fn head(&mut self, head: &mut Head) -> Result<Scope>;

    /// Takes a chunk of the body, which is never empty, and writes the changed bytes, if any. Bytes
    /// that it holds back are written at the [`end`](Filter::end): an application's flush does not
    /// reach the filter.
    ///
    /// # Errors
    ///
    /// An error of the filter, or an error of `out`, which means that the client went away.
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The head alone. The body stays as it is.
    Head,
    /// The head and the body.
    Body,
}
