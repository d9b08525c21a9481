//! The application side of the contract.

use std::sync::Arc;

use wsgi_environ::Environ;

use crate::{result::Result, start_response::StartResponse};

/// A web application: PEP 3333's application callable, which a server calls for each request.
///
/// A function of this shape is an application. So are a closure (see [`application`] for closures
/// without annotations), an [`Arc`] of an application, and a `Box<dyn Application>`. Middleware is
/// an application that holds another one (PEP 3333, The Application/Framework Side; Middleware).
///
/// `call` reads the request from `environ` and passes the status and header fields to
/// `start_response`. It returns the body or writes it, or does both. It may block, and several
/// threads may call it at once. An error or a panic becomes an error page before the head is sent,
/// and cuts the connection afterwards.
///
/// ```
/// use wsgi_application::{Application, Body, Environ, Exchange, Result, StartResponse, Status};
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an application",
    label = "this is not an application",
    note = "an application is a function of `&mut Environ` and `&mut StartResponse<'_>` that returns \
            `wsgi_application::Result`, or a type that implements `Application`",
    note = "an `Arc` of an application is an application, but a reference to one is not"
)]
pub trait Application: Send + Sync {
    /// Answers one request.
    ///
    /// # Errors
    ///
    /// Any error, returned with `?`. The gateway logs it and answers 500. If the request's body
    /// could not be read, it answers 400, 408 or 413.
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

/// Returns a closure unchanged, so that the compiler infers the types of its parameters.
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
