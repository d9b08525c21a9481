//! Responses that are returned as errors.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Mutex, PoisonError},
};

use wsgi_application::{Error, Status};

use crate::response::Response;

/// An error that carries a response until it is taken out.
struct Early {
    status: Status,
    response: Mutex<Option<Response>>,
}

/// Lets `?` return a response early, in a handler whose other errors are of any type.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request, Response, Result};
///
/// fn account(request: &Request<'_>) -> Result<String> {
///     let user = request.cookie("user").ok_or(Response::redirect("/login"))?;
///     let visits: u32 = user.parse()?;
///     Ok(visits.to_string())
/// }
///
/// let app = Adaptor::new().get("/", account);
/// let response = wsgi_testing::Request::get("/").call(&app);
/// assert_eq!(response.headers().get("Location").unwrap(), "/login");
/// ```
impl From<Response> for Error {
    fn from(response: Response) -> Self {
        Early {
            status: response.status().clone(),
            response: Mutex::new(Some(response)),
        }
        .into()
    }
}

/// Takes out the response that an error was made from.
pub(crate) fn early(error: &Error) -> Option<Response> {
    let early = error.downcast_ref::<Early>()?;
    let mut response = early
        .response
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    response.take()
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response {}", self.status)
    }
}

impl fmt::Debug for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Early {}
