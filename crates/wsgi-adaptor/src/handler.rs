//! A function that answers requests.

use wsgi_application::Result;

use crate::{into_response::IntoResponse, request::Request, response::Response};

/// A function that answers a request.
pub(crate) type Handler = Box<dyn Fn(&Request<'_>) -> Result<Response> + Send + Sync>;

/// Makes a handler of a function that returns any [`IntoResponse`].
pub(crate) fn handler<R: IntoResponse>(
    function: impl Fn(&Request<'_>) -> R + Send + Sync + 'static,
) -> Handler {
    Box::new(move |request| function(request).into_response())
}
