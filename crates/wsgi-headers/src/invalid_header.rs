//! The reason why a field was refused.

use std::{error, fmt};

/// The reason why a header field could not be written or read.
///
/// `Name`, `Value`, `Parameter`, `TooLarge` and `Time` are about fields that the caller writes.
/// `Parameters`, `MediaType` and `Date` are about values that were read and may come from a peer.
/// Names are quoted up to their 64th character.
///
/// ```
/// use wsgi_headers::{Headers, InvalidHeader};
///
/// let mut headers = Headers::new();
/// let error = headers.append("X-Name", "a\r\nSet-Cookie: b").unwrap_err();
/// assert_eq!(error, InvalidHeader::Value { name: "X-Name".into() });
/// assert_eq!(error.to_string(), "the value of the field \"X-Name\" contains a control character");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHeader {
    /// The field name is not a token (RFC 9110, section 5.1). Correct the name.
    Name {
        /// The name as it was given.
        name: Box<str>,
    },
    /// The value contains a control character other than HTAB (RFC 9110, section 5.5). Remove or
    /// encode it.
    Value {
        /// The name of the field.
        name: Box<str>,
    },
    /// The name of a parameter is not a token without `*`, `'` and `%`, or its value contains a
    /// control character other than HTAB. Correct or encode it.
    Parameter {
        /// The name of the parameter as it was given.
        parameter: Box<str>,
    },
    /// The fields do not fit into their container. Send fewer.
    TooLarge {
        /// The name of the field that does not fit.
        name: Box<str>,
    },
    /// The time is before 1970 or after 9999, which an HTTP-date cannot express.
    Time {
        /// The name of the field.
        name: Box<str>,
    },
    /// The value is not of the form `value; name=value; ..` (RFC 9110, section 5.6.6). Refuse or
    /// ignore the field.
    Parameters {
        /// The number of bytes before the malformed part of the value.
        offset: usize,
    },
    /// The value is not a media type (RFC 9110, section 8.3.1). Refuse or ignore the field.
    MediaType,
    /// The value is not an HTTP-date (RFC 9110, section 5.6.7). Ignore the field.
    Date,
}

impl InvalidHeader {
    #[cold]
    pub(crate) fn name(name: &str) -> Self {
        Self::Name {
            name: excerpt(name),
        }
    }

    #[cold]
    pub(crate) fn value(name: &str) -> Self {
        Self::Value {
            name: excerpt(name),
        }
    }

    #[cold]
    pub(crate) fn parameter(parameter: &str) -> Self {
        Self::Parameter {
            parameter: excerpt(parameter),
        }
    }

    #[cold]
    pub(crate) fn too_large(name: &str) -> Self {
        Self::TooLarge {
            name: excerpt(name),
        }
    }

    #[cfg(feature = "httpdate")]
    pub(crate) fn time(name: &str) -> Self {
        Self::Time {
            name: excerpt(name),
        }
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } => write!(f, "the field name {name:?} is not a token"),
            Self::Value { name } => {
                write!(
                    f,
                    "the value of the field {name:?} contains a control character"
                )
            }
            Self::Parameter { parameter } => {
                write!(
                    f,
                    "the parameter {parameter:?} has an invalid name or a control character"
                )
            }
            Self::TooLarge { name } => write!(f, "the field {name:?} does not fit"),
            Self::Time { name } => {
                write!(
                    f,
                    "the time for the field {name:?} is not between 1970 and 9999"
                )
            }
            Self::Parameters { offset } => {
                write!(
                    f,
                    "the parameters are malformed from byte {offset} of the value on"
                )
            }
            Self::MediaType => f.write_str("the value is not a media type"),
            Self::Date => f.write_str("the value is not an HTTP-date"),
        }
    }
}

impl error::Error for InvalidHeader {}

/// The start of a name, enough to recognise it in a log.
fn excerpt(name: &str) -> Box<str> {
    name.chars().take(64).collect()
}
