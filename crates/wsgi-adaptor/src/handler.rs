//! A function of an application that answers requests.

use wsgi_application::Result;

use crate::{IntoResponse, Request, Response};

/// What answers a request.
pub(crate) type Handler = Box<dyn Fn(&Request<'_>) -> Result<Response> + Send + Sync>;

/// A function that returns whatever a response can be made of, as a handler.
pub(crate) fn handler<R: IntoResponse>(
    function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
) -> Handler {
    Box::new(move |request| function(request).into_response())
}
