//! Errors of a log's format.

use std::{error::Error, fmt};

/// An error of a format of one's own. See [`LogFormat`](crate::LogFormat).
///
/// ```
/// use wsgi_middleware::{LogFormat, LogFormatError};
///
/// let error = |template: &str| template.parse::<LogFormat>().unwrap_err();
/// assert_eq!(error("{clinet}"), LogFormatError::UnknownField("clinet".to_owned()));
/// assert_eq!(error("{client"), LogFormatError::UnmatchedBrace(0));
/// assert_eq!(error("{client}\n"), LogFormatError::ControlCharacter(8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormatError {
    /// No field has this name.
    UnknownField(String),
    /// There is no such directive of Apache here.
    UnknownDirective(String),
    /// A format has no field, such as `{client}`, or `%h` in the notation of Apache.
    NoFields,
    /// The name of a header field is not a token.
    InvalidHeader(String),
    /// A field occurs twice in an object.
    RepeatedField(String),
    /// A brace has no counterpart at this byte of the template. A brace itself is written twice.
    UnmatchedBrace(usize),
    /// A control character other than a tab is at this byte of the template. A line must not have
    /// another one inside.
    ControlCharacter(usize),
}

impl fmt::Display for LogFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField(name) => write!(f, "no field of a log has the name {name:?}"),
            Self::UnknownDirective(directive) => write!(
                f,
                "the directive {directive} of Apache's log formats is not known here"
            ),
            Self::NoFields => {
                f.write_str("the format has no field, so all its lines would be the same")
            }
            Self::InvalidHeader(name) => write!(f, "{name:?} is not the name of a header field"),
            Self::RepeatedField(name) => write!(f, "the field {name:?} occurs twice"),
            Self::UnmatchedBrace(at) => write!(
                f,
                "the brace at byte {at} has no counterpart; a brace itself is written twice"
            ),
            Self::ControlCharacter(at) => {
                write!(f, "a control character is at byte {at}")
            }
        }
    }
}

impl Error for LogFormatError {}
