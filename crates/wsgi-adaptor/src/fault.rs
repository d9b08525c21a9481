//! The part of an error that the client may see, and its status.

use std::error::Error as StdError;

use wsgi_application::{Error, Status};
use wsgi_environ::{DeadlinePassed, InputError, InvalidVariable};
use wsgi_forms::FormError;
use wsgi_sessions::Error as SessionError;

use crate::{http_error::HttpError, request_error::RequestError};

/// The part of an error that the client may see, because the client has caused the error or the
/// application made it for the client. Errors of this crate only describe the client's own request,
/// or say that there is no room for its files. `None` for a failure of the application or of its
/// sessions.
pub(crate) fn fault(error: &Error) -> Option<HttpError> {
    if let Some(error) = error.find::<HttpError>() {
        return Some(error.without_source());
    }
    if let Some(error) = error.find::<RequestError>() {
        let shown = || HttpError::new(error.status_code(), error.to_string());
        return match error {
            RequestError::Parameter { name } => Some(shown().with_field(name)),
            RequestError::Query(invalid) | RequestError::Field(invalid) => {
                Some(match invalid.name() {
                    Some(name) => shown().with_field(name),
                    None => shown(),
                })
            }
            #[cfg(feature = "json")]
            RequestError::Json { pointer, .. } => Some(shown().with_pointer(pointer)),
            _ => Some(shown()),
        }
        .filter(is_of_the_client);
    }
    if is_overdue(error) {
        return None; // the server has been too slow, and the gateway answers
    }
    if let Some(error) = error.find::<FormError>() {
        let shown = HttpError::new(error.status_code(), error.to_string());
        return Some(shown).filter(|shown| is_of_the_client(shown) || lacks_room(shown));
    }
    let error = error.input_error()?;
    let shown = HttpError::new(error.status_code(), error.to_string());
    Some(shown).filter(is_of_the_client)
}

/// The field that tells what the client may send instead, if the error is a body of another type
/// or in a content coding (RFC 9110, sections 12.5.3 and 15.5.16).
pub(crate) fn accepted(error: &Error) -> Option<(&'static str, &'static str)> {
    if error.find::<HttpError>().is_some() {
        return None; // the application's own answer
    }
    let plain = Some(("Accept-Encoding", "identity"));
    let types = match error.find::<RequestError>() {
        #[cfg(feature = "json")]
        Some(RequestError::ContentCoding) => return plain,
        Some(error) => error.accept(),
        None => match error.find::<FormError>()? {
            FormError::ContentCoding => return plain,
            error => error.accept(),
        },
    };
    types.map(|types| ("Accept", types))
}

/// Whether an error is an answer that the application intended, and not a failure in it.
pub(crate) fn is_meant_for_the_client(error: &Error) -> bool {
    error.find::<HttpError>().is_some_and(is_of_the_client)
}

pub(crate) fn is_of_the_client(error: &HttpError) -> bool {
    error.status().code() < 500
}

/// Whether a disk has no room for what the client has sent.
fn lacks_room(error: &HttpError) -> bool {
    *error.status() == Status::INSUFFICIENT_STORAGE
}

/// Whether an error is that of a body which cannot be read: it is too large, too slow, malformed or
/// of another type, or was taken. A value in it that does not parse is another matter.
pub(crate) fn is_of_the_body(error: &Error) -> bool {
    if error.is_disconnected() || error.find::<HttpError>().is_some() {
        return false;
    }
    if let Some(error) = error.find::<RequestError>() {
        return match error {
            RequestError::BodyTooLarge | RequestError::BodyTaken => true,
            #[cfg(feature = "json")]
            RequestError::NotJson | RequestError::ContentCoding | RequestError::Json { .. } => true,
            _ => false,
        };
    }
    match error.find::<FormError>() {
        Some(error) => !matches!(error, FormError::Spool(_)),
        None => error.input_error().is_some(),
    }
}

/// Whether an error has an answer without the application's help: of the adaptor, of the session
/// middleware or of the gateway.
pub(crate) fn has_usual_answer(error: &Error) -> bool {
    let session = error.find::<SessionError>();
    fault(error).is_some_and(|shown| is_of_the_client(&shown))
        || error.input_error().is_some()
        || is_overdue(error)
        || session.is_some_and(is_answered_by_sessions)
}

/// The same of an error alone, without its causes.
pub(crate) fn is_usually_answered(error: &(dyn StdError + 'static)) -> bool {
    let request = error.downcast_ref().map(RequestError::status_code);
    let form = error.downcast_ref().map(FormError::status_code);
    request.or(form).is_some_and(|code| code < 500)
        || error.is::<InputError>()
        || error.is::<DeadlinePassed>()
        || error.downcast_ref().is_some_and(is_answered_by_sessions)
}

/// Whether the deadline of the request has passed.
fn is_overdue(error: &Error) -> bool {
    error.input_error() == Some(&InputError::DeadlinePassed)
        || error.find::<DeadlinePassed>().is_some()
}

fn is_answered_by_sessions(error: &SessionError) -> bool {
    use SessionError::{Ended, Expired, Retired};
    matches!(error, Retired | Ended | Expired) || error.is_temporary()
}

/// The status of an error, including those that the gateway or the session middleware answers.
pub(crate) fn status_of(error: &Error) -> Status {
    if let Some(error) = fault(error) {
        return error.status().clone();
    }
    match error.find::<SessionError>() {
        Some(SessionError::Retired | SessionError::Ended | SessionError::Expired) => {
            Status::CONFLICT
        }
        Some(error) if error.is_temporary() => Status::SERVICE_UNAVAILABLE,
        _ => status_of_gateway(error),
    }
}

/// The status with which the gateway answers an error that the adaptor leaves to it, if the
/// deadline of the request has not passed meanwhile.
pub(crate) fn status_of_gateway(error: &Error) -> Status {
    if is_overdue(error) {
        return Status::GATEWAY_TIMEOUT;
    }
    let input = error.input_error().map(|error| error.status_code());
    let variable = || {
        let variable = error.find::<InvalidVariable>()?;
        Some(variable.status_code())
    };
    let code = input.or_else(variable);
    let status = code.and_then(|code| Status::from_code(code).ok());
    status.unwrap_or(Status::INTERNAL_SERVER_ERROR)
}
