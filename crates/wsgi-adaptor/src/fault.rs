//! Whose fault an error is, and what the client is told of it.

use wsgi_application::{Error, Status};
use wsgi_forms::FormError;
use wsgi_sessions::Error as SessionError;

use crate::{HttpError, RequestError};

/// The part of an error that the client may see: it caused the error, or the application made the
/// error for it. Our own errors tell the client only about its own request. `None` for a failure of
/// the application or of its sessions.
pub(crate) fn fault(error: &Error) -> Option<HttpError> {
    if let Some(error) = error.find::<HttpError>() {
        return Some(error.told());
    }
    if let Some(error) = error.find::<RequestError>() {
        let told = || HttpError::new(error.status_code(), error.to_string());
        return match error {
            RequestError::Parameter { name } => Some(told().with_field(name)),
            #[cfg(feature = "json")]
            RequestError::Json { pointer, .. } => Some(told().with_pointer(pointer)),
            _ => Some(told()),
        }
        .filter(is_of_the_client);
    }
    let told = if let Some(error) = error.find::<FormError>() {
        HttpError::new(error.status_code(), error.to_string())
    } else {
        let error = error.input_error()?;
        HttpError::new(error.status_code(), error.to_string())
    };
    Some(told).filter(is_of_the_client)
}

/// Whether an error is an answer of the application's own, and nothing that went wrong in it.
pub(crate) fn is_meant_for_the_client(error: &Error) -> bool {
    error.find::<HttpError>().is_some_and(is_of_the_client)
}

fn is_of_the_client(error: &HttpError) -> bool {
    error.status().code() < 500
}

/// The status of an error, also where others answer it.
pub(crate) fn status_of(error: &Error) -> Status {
    if let Some(error) = fault(error) {
        return error.status().clone();
    }
    match error.find::<SessionError>() {
        Some(SessionError::Retired | SessionError::Ended | SessionError::Expired) => {
            Status::CONFLICT
        }
        Some(error) if error.is_temporary() => Status::SERVICE_UNAVAILABLE,
        _ => Status::INTERNAL_SERVER_ERROR,
    }
}
