//! The application side of the contract.

use std::sync::Arc;

use crate::{Environ, Result, StartResponse};

/// What a server calls for each request: PEP 3333's application callable.
///
/// A function of this shape is an application, and so is a closure (see
/// [`application`] for one without annotations) and an [`Arc`] or [`Box`] of an
/// application. Middleware is a type that holds an application and is one.
///
/// `call` reads the request from `environ`, says the status and header fields
/// to `start_response`, and returns the body or writes it, or does both. It may
/// block; it runs on several threads at once. An `Err` or a panic before the
/// head is sent becomes an error page, and cuts the connection afterwards.
///
/// ```
/// use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status};
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
/// # fn is_application(_: impl Application) {}
/// # is_application(Fixed("hello"));
/// ```
pub trait Application: Send + Sync {
    /// Answers one request.
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
/// use wsgi_application::{Status, application};
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("You asked for {}\n", environ.path_info()).into())
/// });
/// # fn is_application(_: impl wsgi_application::Application) {}
/// # is_application(app);
/// ```
pub fn application<F>(f: F) -> F
where
    F: Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
{
    f
}
