//! Whose fault an error is.

use std::{error::Error as StdError, io, iter};

use wsgi_application::{Error, Status};
use wsgi_forms::FormError;
use wsgi_sessions::Error as SessionError;

/// The status that an error of a handler is answered with, and the cause that says so: below 500
/// where it is nothing of ours, and then the cause is an error of the family's, whose sentence
/// tells the client no more than what it sent.
pub(crate) fn status_of(error: &Error) -> (Status, Option<&(dyn StdError + 'static)>) {
    let known = causes(error).find_map(|cause| {
        let code = if let Some(error) = cause.downcast_ref::<FormError>() {
            error.status_code()
        } else if let Some(error) = cause.downcast_ref::<crate::Error>() {
            error.status_code()
        } else {
            match cause.downcast_ref::<SessionError>()? {
                SessionError::Retired => 409,
                error if error.is_temporary() => 503,
                _ => return None,
            }
        };
        Some((code, cause))
    });
    let known = known.or_else(|| {
        let error = error.input_error()?;
        Some((error.status_code(), error as _))
    });
    let status = known.and_then(|(code, _)| Status::from_code(code).ok());
    (
        status.unwrap_or(Status::INTERNAL_SERVER_ERROR),
        known.map(|(_, cause)| cause),
    )
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
