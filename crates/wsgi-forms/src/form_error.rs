//! Why a form could not be read.

use std::{error, fmt, io};

/// Why a form could not be read: nearly always the peer's fault.
///
/// ```
/// use wsgi_forms::{Form, FormError, Limits};
///
/// let error = Form::read("application/json", &b"{}"[..], &Limits::new()).unwrap_err();
/// assert!(matches!(error, FormError::ContentType));
/// assert_eq!(error.status_code(), 415);
///
/// let cut = &b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n12"[..];
/// let error = Form::read("multipart/form-data; boundary=xyz", cut, &Limits::new()).unwrap_err();
/// assert!(matches!(error, FormError::Truncated));
/// assert_eq!(error.status_code(), 400);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum FormError {
    /// The body is neither of the two kinds of form (415).
    ContentType,
    /// The body is not `multipart/form-data`, where no other kind of form will do (415).
    NotMultipart,
    /// The Content-Type of a multipart form does not have exactly one valid boundary of 1 to 200
    /// characters.
    Boundary,
    /// No line of the body is the boundary that the Content-Type names.
    BoundaryNotFound,
    /// The boundary stands in what is before the first part, and not as a line of its own; so
    /// another reader may see a part there.
    Preamble,
    /// The body ends before its final boundary.
    Truncated,
    /// A boundary, the line before the first one, or a header of a part ends with LF alone, where
    /// CRLF is needed (RFC 2046 section 4.1.1).
    LineEnd,
    /// A boundary has more space after it than any transport would add.
    Padding,
    /// A header of a part is no `name: value`, is folded, or holds a control character.
    Header,
    /// A part has a Content-Disposition that is malformed, not `form-data`, or there twice, or
    /// that gives two names (RFC 7578 section 4.2).
    Disposition,
    /// The body is longer than [`Limits::max_body_bytes`](crate::Limits::max_body_bytes) (413).
    TooLarge,
    /// There are more fields and files than [`Limits::max_fields`](crate::Limits::max_fields) (413).
    TooManyFields,
    /// A name is longer than [`Limits::max_name_bytes`](crate::Limits::max_name_bytes) (413).
    NameTooLong,
    /// A part has more headers than [`Limits::max_headers`](crate::Limits::max_headers), or
    /// longer ones than [`Limits::max_header_bytes`](crate::Limits::max_header_bytes) (413).
    HeadersTooLarge,
    /// The value of a field is longer than [`Limits::max_field_bytes`](crate::Limits::max_field_bytes) (413).
    FieldTooLarge,
    /// The fields together are longer than [`Limits::max_text_bytes`](crate::Limits::max_text_bytes) (413).
    TextTooLarge,
    /// The body could not be read; the reader's own error is in it.
    Read(io::Error),
    /// A temporary file could not be written, by no fault of the peer (500).
    Spool(io::Error),
}

impl FormError {
    /// The status code to answer with (RFC 9110 section 15.5): 413 for what is too large, 415
    /// for another Content-Type, 400 for what is malformed.
    ///
    /// Where reading failed the kind of the error decides: 408 where it took too long, 413 where
    /// the server found the body too large, 400 where it was cut or malformed, else 500.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Self::ContentType | Self::NotMultipart => 415,
            Self::Boundary
            | Self::BoundaryNotFound
            | Self::Preamble
            | Self::Truncated
            | Self::LineEnd
            | Self::Padding
            | Self::Header
            | Self::Disposition => 400,
            Self::TooLarge
            | Self::TooManyFields
            | Self::NameTooLong
            | Self::HeadersTooLarge
            | Self::FieldTooLarge
            | Self::TextTooLarge => 413,
            Self::Read(error) => match error.kind() {
                io::ErrorKind::InvalidData
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset => 400,
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => 408,
                io::ErrorKind::FileTooLarge => 413,
                _ => 500,
            },
            Self::Spool(_) => 500,
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => "the body is not a form",
            Self::NotMultipart => "the body is not a form of type multipart/form-data",
            Self::Boundary => "the Content-Type has no valid boundary",
            Self::BoundaryNotFound => "the boundary of the Content-Type is not in the form",
            Self::Preamble => "the boundary stands before the form and is not a line of its own",
            Self::Truncated => "the form ends before its final boundary",
            Self::LineEnd => "a line of the form does not end with CRLF",
            Self::Padding => "a boundary of the form is padded without end",
            Self::Header => "a header of a part is malformed",
            Self::Disposition => "the Content-Disposition of a part is not form-data with one name",
            Self::TooLarge => "the form is too large",
            Self::TooManyFields => "the form has too many fields",
            Self::NameTooLong => "the name of a field is too long",
            Self::HeadersTooLarge => "the headers of a part are too large",
            Self::FieldTooLarge => "a field is too large",
            Self::TextTooLarge => "the fields are too large together",
            Self::Read(_) => "the form could not be read",
            Self::Spool(_) => "an uploaded file could not be stored",
        })
    }
}

impl error::Error for FormError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Read(error) | Self::Spool(error) => Some(error),
            _ => None,
        }
    }
}

/// As reading a [`Part`](crate::Part) reports it. The reader's own error is given as it was.
impl From<FormError> for io::Error {
    fn from(error: FormError) -> Self {
        let kind = match error {
            FormError::Read(error) | FormError::Spool(error) => return error,
            FormError::Truncated => io::ErrorKind::UnexpectedEof,
            _ if error.status_code() == 413 => io::ErrorKind::FileTooLarge,
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// What reading a [`Part`](crate::Part) reported: the `FormError` in it, or else
/// [`FormError::Read`].
impl From<io::Error> for FormError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Read)
    }
}
