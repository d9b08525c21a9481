//! The reason why a status cannot be sent.

use std::{error::Error as StdError, fmt};

/// The reason why a status cannot be sent.
///
/// ```
/// use wsgi_application::{InvalidStatus, Status};
///
/// let status = |code, reason| Status::new(code, reason).map(drop);
/// assert_eq!(status(200, "Fine"), Ok(()));
/// assert_eq!(status(42, "Answer"), Err(InvalidStatus::Code));
/// assert_eq!(status(200, "Fine\r\nX-Forged: 1"), Err(InvalidStatus::Reason));
/// assert_eq!(status(200, "好"), Err(InvalidStatus::NotLatin1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidStatus {
    /// The code is not three digits from 200 to 999.
    Code,
    /// There is no space after the code.
    Space,
    /// The reason has a control character.
    Reason,
    /// The reason has a character beyond U+00FF, which latin-1 does not have.
    NotLatin1,
}

impl InvalidStatus {
    /// The reason why a text is not a status, if no space follows its first three bytes.
    #[cold]
    pub(crate) fn after_code(digits: &[u8; 3], rest: &[u8]) -> Self {
        let is_code = digits.iter().all(u8::is_ascii_digit);
        match is_code && !rest.first().is_some_and(u8::is_ascii_digit) {
            true => Self::Space,
            false => Self::Code,
        }
    }
}

impl fmt::Display for InvalidStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code => "the status code is not three digits from 200 to 999",
            Self::Space => "there is no space after the status code, as in `200 OK`",
            Self::Reason => "the status reason has a control character",
            Self::NotLatin1 => "the status reason has a character beyond latin-1",
        })
    }
}

impl StdError for InvalidStatus {}
