//! Errors of reading a request body.

use std::{error::Error, fmt, io};

use crate::deadline::DeadlinePassed;

/// The reason why a request body cannot be read to its end.
///
/// Readers return it inside an [`io::Error`], where [`InputError::of`] finds it.
///
/// ```
/// use std::io;
/// use wsgi_environ::InputError;
///
/// let error = io::Error::from(InputError::TooLarge);
/// let cause = InputError::of(&error).unwrap();
/// assert_eq!(cause.status_code(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InputError {
    /// The framing of the body is malformed. Answer 400 and close the connection.
    Malformed,
    /// The body is larger than the server allows. Answer 413 and close the connection.
    TooLarge,
    /// The body did not arrive in time. Answer 408 and close the connection.
    TimedOut,
    /// The [deadline](crate::Environ::set_deadline) of the request has passed. Answer 504, unless
    /// the server has.
    DeadlinePassed,
    /// The client went away. There is no client left to answer, and the server did not fail.
    Disconnected,
    /// The body is shorter than declared. Answer 400 and close the connection.
    Truncated,
    /// The application reads too late: its request is over, or it began to answer a client that
    /// waits for a `100 Continue`.
    Closed,
}

impl InputError {
    /// The status code of the answer (RFC 9110 section 15.5). It is 400 even if the client can no
    /// longer be answered.
    #[must_use]
    pub fn status_code(self) -> u16 {
        match self {
            Self::Malformed | Self::Disconnected | Self::Truncated => 400,
            Self::Closed => 500,
            Self::TimedOut => 408,
            Self::TooLarge => 413,
            Self::DeadlinePassed => DeadlinePassed::STATUS_CODE,
        }
    }

    /// The `InputError` in an I/O error, even if readers in between wrapped it.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        let mut cause: &(dyn Error + 'static) = error.get_ref()?;
        loop {
            if let Some(found) = cause.downcast_ref() {
                return Some(found);
            }
            // The source of an `io::Error` is not the error that it wraps, but that one's source.
            if let Some(wrapped) = cause.downcast_ref() {
                return Self::of(wrapped);
            }
            cause = cause.source()?;
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the request body's framing is malformed",
            Self::TooLarge => "the request body is too large",
            Self::TimedOut => "the request body did not arrive in time",
            Self::DeadlinePassed => "the deadline of the request has passed",
            Self::Disconnected => "the client went away before the end of the request body",
            Self::Truncated => "the request body is shorter than declared",
            Self::Closed => "the request body is read too late",
        })
    }
}

impl Error for InputError {}

impl From<InputError> for io::Error {
    fn from(error: InputError) -> Self {
        let kind = match error {
            InputError::Malformed => io::ErrorKind::InvalidData,
            InputError::TooLarge => io::ErrorKind::FileTooLarge,
            InputError::TimedOut | InputError::DeadlinePassed => io::ErrorKind::TimedOut,
            InputError::Disconnected => io::ErrorKind::ConnectionAborted,
            InputError::Truncated => io::ErrorKind::UnexpectedEof,
            InputError::Closed => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
