//! Errors of `start_response`.

use std::{error::Error as StdError, fmt};

use wsgi_headers::InvalidHeader;

/// The reason why a response could not be started.
///
/// ```
/// use wsgi_application::{Exchange, StartError, StartResponse, Status};
///
/// let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
/// let mut start_response = StartResponse::new(&mut exchange, &mut sent);
/// let error = start_response.start(Status::OK, [("Connection", "close")]).err().unwrap();
/// let error = error.downcast_ref::<StartError>().unwrap();
/// assert_eq!(*error, StartError::HopByHop("Connection".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The response was started before. Call `restart` to replace it because of an error.
    AlreadyStarted,
    /// The application returned without starting a response. Call `start` first.
    NotStarted,
    /// A header field has a name or value that cannot be sent.
    Header(InvalidHeader),
    /// The named field belongs to the server's connection. Leave it out.
    HopByHop(String),
    /// `Content-Length` is repeated or not a decimal number. Declare it once, or leave it out.
    ContentLength,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyStarted => f.write_str("the response was started before"),
            Self::NotStarted => f.write_str("the response was never started"),
            Self::Header(_) => f.write_str("a header field cannot be sent"),
            Self::HopByHop(name) => write!(
                f,
                "`{name}` is a hop-by-hop field, which only the server may send"
            ),
            Self::ContentLength => f.write_str("`Content-Length` is repeated or not a number"),
        }
    }
}

impl StdError for StartError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Header(error) => Some(error),
            _ => None,
        }
    }
}
