//! What the client sees of an error.

use wsgi_application::{Environ, Error, Result, StartResponse, Status};
use wsgi_environ::InvalidVariable;

/// The current error, in the environ's extensions when the error output runs,
/// and from then on until the environ is cleared.
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
    /// What the application returned; of a panic, a [`Panic`](crate::Panic).
    pub error: Error,
    /// What the gateway would answer: 500, or 400, 408 or 413 where the
    /// request's body could not be read, or 400, 413 or 500 where its variables
    /// are invalid.
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
        Failure { error, status }
    }
}

/// The error output unless another is set: the status as text, and nothing
/// about the reason.
///
/// # Errors
///
/// A response was started before.
pub fn error_output(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let status = status(environ);
    let text = format!("{status}\n");
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}

/// An error output for development: the error, its causes and its backtrace,
/// as text. Never to be shown to strangers: it tells them of files and data.
///
/// # Errors
///
/// A response was started before.
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
