//! The application side of the contract.

use std::sync::Arc;

use crate::{Environ, Result, StartResponse};

/// What a server calls for each request: PEP 3333's application callable.
///
/// A function of this shape is an application, and so is a closure (see
/// [`application`] for one without annotations), an [`Arc`] of an application,
/// and a `Box<dyn Application>`. Middleware is a type that holds an application
/// and is one (The Application/Framework Side; Middleware).
///
/// `call` reads the request from `environ`, says the status and header fields
/// to `start_response`, and returns the body or writes it, or does both. It may
/// block; it runs on several threads at once. An `Err` or a panic before the
/// head is sent becomes an error page, and cuts the connection afterwards.
///
/// ```
/// use wsgi_application::{Exchange, Application, Body, Environ, Result, StartResponse, Status};
///
/// /// Answers every request with the same text.
/// struct Fixed(&'static str);
///
/// impl Application for Fixed {
///     fn call(&self, _: &mut Environ, start_response: &mut StartResponse<'_>) -> Result<Body> {
///         start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///         Ok(self.0.into())
///     }
/// }
///
/// // On any server, or by hand:
/// # use wsgi_application::Head;
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// let body = Fixed("hello").call(&mut Environ::new(), &mut start_response)?;
/// assert_eq!(body.len(), Some(5));
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub trait Application: Send + Sync {
    /// Answers one request.
    ///
    /// # Errors
    ///
    /// Whatever went wrong, by `?`: the gateway logs it and answers 500, or 400,
    /// 408 or 413 where the request's body could not be read.
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result;
}

impl<F> Application for F
where
    F: Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
{
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self(environ, start_response)
    }
}

impl<A: Application + ?Sized> Application for Arc<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        (**self).call(environ, start_response)
    }
}

impl Application for Box<dyn Application> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        (**self).call(environ, start_response)
    }
}

/// Gives a closure's parameters their types, so that they need not be written.
///
/// ```
/// use wsgi_application::{Environ, Exchange, StartResponse, Status, application};
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("You asked for {}\n", environ.path_info()).into())
/// });
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut environ = Environ::new();
/// environ.set("PATH_INFO", "/x");
/// let body = app(
///     &mut environ,
///     &mut StartResponse::new(&mut exchange, &mut sent),
/// )?;
/// assert_eq!(format!("{body:?}"), r#"Body("You asked for /x\n")"#);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub fn application<F>(f: F) -> F
where
    F: Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
{
    f
}
