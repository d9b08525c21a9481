//! The error of a client that went away.

use std::{error::Error as StdError, fmt, io};

/// The client went away while the response was written.
///
/// A gateway's streams return it inside an [`io::Error`], where
/// [`Error::is_disconnected`](crate::Error::is_disconnected) finds it. An application returns it
/// with `?`, and nothing is logged.
///
/// ```
/// use std::io;
/// use wsgi_application::{Disconnected, Error};
///
/// let error = Error::from(io::Error::new(io::ErrorKind::BrokenPipe, Disconnected));
/// assert!(error.is_disconnected());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client closed the connection")
    }
}

impl StdError for Disconnected {}

impl From<Disconnected> for io::Error {
    fn from(error: Disconnected) -> Self {
        Self::new(io::ErrorKind::ConnectionAborted, error)
    }
}
