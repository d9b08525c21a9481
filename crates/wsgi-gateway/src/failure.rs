//! The answer to an error.

use wsgi_application::{Environ, Error, Result, StartResponse, Status};
use wsgi_environ::InvalidVariable;

/// The error of an application; an extension of the environ, from the call of the error output
/// until the environ is cleared.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse};
/// use wsgi_gateway::Failure;
///
/// fn error_page(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     let status = environ.extension::<Failure>().map(|failure| failure.status.clone());
///     start_response.start(status.unwrap_or_default(), [("Content-Type", "text/html")])?;
///     Ok("<h1>Sorry</h1>".into())
/// }
///
/// let engine = wsgi_gateway::Engine::new().error_output(error_page);
/// # let mut environ = Environ::new();
/// # let (mut exchange, mut sent) = (wsgi_application::Exchange::new(), Vec::new());
/// # let body = error_page(&mut environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
/// # assert_eq!(body.len(), Some(14));
/// # drop(engine);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The error that the application returned; a [`Panic`](crate::Panic) if it panicked.
    pub error: Error,
    /// The gateway's choice of status: 500; 400, 408 or 413 if the request's body could not be
    /// read; 400, 413 or 500 if its variables are invalid; or 504 if its deadline has passed.
    pub status: Status,
}

impl Failure {
    pub(crate) fn new(error: Error) -> Self {
        let input = error.input_error().map(|error| error.status_code());
        let variable = || {
            let error = error.find::<InvalidVariable>()?;
            Some(error.status_code())
        };
        let code = input.or_else(variable).unwrap_or(500);
        let status = Status::from_code(code).unwrap_or(Status::INTERNAL_SERVER_ERROR);
        Self { error, status }
    }
}

/// The default error output, which answers with the status as text and nothing about the error.
///
/// # Errors
///
/// A response is already started.
///
/// ```
/// use wsgi_application::{Environ, Exchange, StartResponse, Status};
/// use wsgi_gateway::error_output;
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// error_output(&mut Environ::new(), &mut start_response)?;
/// assert_eq!(exchange.head.status, Status::INTERNAL_SERVER_ERROR);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub fn error_output(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let status = status(environ);
    let text = format!("{status}\n");
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}

/// An error output for development, which answers with the error, its causes and its backtrace as
/// text. Never show it to strangers, since it reveals files and data.
///
/// # Errors
///
/// A response is already started.
///
/// ```
/// use wsgi_gateway::{Engine, diagnostics};
///
/// let engine = match cfg!(debug_assertions) {
///     true => Engine::new().error_output(diagnostics),
///     false => Engine::new(),
/// };
/// # drop(engine);
/// ```
pub fn diagnostics(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let status = status(environ);
    let mut text = format!("{status}\n");
    if let Some(failure) = environ.extension::<Failure>() {
        text.push('\n');
        crate::log::describe(&mut text, &failure.error, None);
    }
    start_response.start(status, [("Content-Type", "text/plain; charset=utf-8")])?;
    Ok(text.into())
}

fn status(environ: &Environ) -> Status {
    let failure = environ.extension::<Failure>();
    failure.map_or(Status::INTERNAL_SERVER_ERROR, |failure| {
        failure.status.clone()
    })
}
