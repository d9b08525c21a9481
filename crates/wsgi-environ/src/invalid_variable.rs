//! Variables that are not a request.

use std::{error::Error, fmt};

/// The reason why variables are not a request. The front server is configured wrongly, or there is
/// none.
///
/// A gateway logs it, and answers with its [`status_code`](Self::status_code).
///
/// ```
/// use wsgi_environ::{Environ, InvalidVariable};
///
/// let error = Environ::new().receive_variables(b"", []).unwrap_err();
/// assert_eq!(error, InvalidVariable::NoRequestMethod);
/// assert_eq!(error.to_string(), "there is no REQUEST_METHOD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidVariable {
    /// There is no `REQUEST_METHOD`. The front server must pass it; a program started by hand has
    /// none.
    NoRequestMethod,
    /// `REQUEST_METHOD` is empty or not a token (RFC 9110 section 9.1).
    RequestMethod,
    /// `CONTENT_LENGTH` is not empty and not a decimal number (RFC 3875 section 4.1.2).
    ContentLength,
    /// `CONTENT_LENGTH` is 2^64 or more.
    ContentLengthTooLarge,
    /// The path of `REQUEST_URI` has an escape without two hexadecimal digits, or an escaped NUL.
    RequestUri,
}

impl InvalidVariable {
    /// The status code of the answer: 400 for a bad request, 413 for one that is too large, and 500
    /// if there is no request at all, which is the front server's mistake (RFC 9110 sections
    /// 15.5.1, 15.5.14 and 15.6.1).
    ///
    /// ```
    /// use wsgi_environ::InvalidVariable;
    ///
    /// assert_eq!(InvalidVariable::ContentLength.status_code(), 400);
    /// assert_eq!(InvalidVariable::NoRequestMethod.status_code(), 500);
    /// ```
    #[must_use]
    pub fn status_code(self) -> u16 {
        match self {
            Self::NoRequestMethod => 500,
            Self::ContentLengthTooLarge => 413,
            Self::RequestMethod | Self::ContentLength | Self::RequestUri => 400,
        }
    }
}

impl fmt::Display for InvalidVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRequestMethod => f.write_str("there is no REQUEST_METHOD"),
            Self::RequestMethod => f.write_str("REQUEST_METHOD is not a token"),
            Self::ContentLength => f.write_str("CONTENT_LENGTH is not a number"),
            Self::ContentLengthTooLarge => f.write_str("CONTENT_LENGTH is too large"),
            Self::RequestUri => f.write_str("the path of REQUEST_URI has an invalid escape"),
        }
    }
}

impl Error for InvalidVariable {}
