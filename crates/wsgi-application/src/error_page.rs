//! An application's own answer to a failed request.

use std::{fmt, sync::Arc};

use wsgi_environ::Environ;

use crate::{application::Application, result::Result, start_response::StartResponse};

/// An application that answers this request if it fails; an extension of the environ.
///
/// A gateway calls it instead of its own error output, unless the head of a response is already
/// sent. Middleware that has error pages of its own inserts it into the environ, at the latest when
/// the request fails. The gateway still logs the error, and adds the
/// [`ErrorFields`](crate::ErrorFields) to the answer. If the page fails, the gateway's error output
/// answers.
///
/// ```
/// use wsgi_application::{Environ, ErrorPage, Status, application};
///
/// let page = ErrorPage::new(application(|_environ, start_response| {
///     start_response.start(Status::INTERNAL_SERVER_ERROR, [("Content-Type", "text/plain")])?;
///     Ok("The kitchen is on fire.\n".into())
/// }));
/// let mut environ = Environ::new();
/// environ.insert_extension(page);
/// assert!(environ.extension::<ErrorPage>().is_some());
/// ```
#[derive(Clone)]
pub struct ErrorPage(Arc<dyn Application>);

impl ErrorPage {
    /// An error page that calls an application.
    #[must_use]
    pub fn new(application: impl Application + 'static) -> Self {
        Self(Arc::new(application))
    }
}

impl Application for ErrorPage {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self.0.call(environ, start_response)
    }
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPage").finish_non_exhaustive()
    }
}
