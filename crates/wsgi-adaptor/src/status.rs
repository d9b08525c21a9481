//! Whose fault an error is.

use std::{error::Error as StdError, io, iter};

use wsgi_application::{Error, Status};
use wsgi_forms::FormError;
use wsgi_sessions::Error as SessionError;

/// The status that an error of a handler is answered with: below 500 where it is the client's.
pub(crate) fn status_of(error: &Error) -> Status {
    let code = causes(error).find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<FormError>() {
            return Some(error.status_code());
        }
        if let Some(error) = cause.downcast_ref::<crate::Error>() {
            return Some(error.status_code());
        }
        let error = cause.downcast_ref::<SessionError>()?;
        error.is_temporary().then_some(503)
    });
    let code = code.or_else(|| Some(error.input_error()?.status_code()));
    code.and_then(|code| Status::from_code(code).ok())
        .unwrap_or(Status::INTERNAL_SERVER_ERROR)
}

/// The error and its causes, and what I/O errors wrap: those give as their source not what they
/// wrap, but the source of that.
fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = error.source();
    iter::successors(Some(first), |&cause| match cause.downcast_ref() {
        Some(error) => io::Error::get_ref(error).map(|wrapped| wrapped as _),
        None => cause.source(),
    })
}
