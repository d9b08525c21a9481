//! The reason why a form could not be read.

use std::{error, fmt, io};

/// The reason why a form could not be read. It is nearly always the peer's fault.
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
    /// The Content-Type is neither of the two kinds of form (415).
    ContentType,
    /// The Content-Type is not `multipart/form-data`, the only kind accepted here (415).
    NotMultipart,
    /// The body has a content coding that nobody has decoded, such as gzip (415). This crate does
    /// not see the fields of a request, so this error is for those who do.
    ContentCoding,
    /// The Content-Type of a multipart form does not have exactly one valid boundary of 1 to 200
    /// characters.
    Boundary,
    /// No line of the body is the boundary that the Content-Type names.
    BoundaryNotFound,
    /// The text before the first part contains the boundary, but not as a line of its own. Another
    /// reader might see a part there.
    Preamble,
    /// The body ends before its final boundary.
    Truncated,
    /// A boundary, the line before the first one, or a header of a part ends with LF alone, where
    /// CRLF is required (RFC 2046 section 4.1.1).
    LineEnd,
    /// A boundary is followed by more than 256 spaces and tabs, which no transport adds.
    Padding,
    /// The final boundary is followed by other text in its line. Another reader might see the end
    /// of the form there, or a part that goes on.
    FinalBoundary,
    /// A header of a part is not of the form `name: value`, is folded, or contains a control
    /// character.
    Header,
    /// The Content-Disposition of a part is malformed, repeated, not `form-data`, or gives two
    /// names or a name that cannot be decoded (RFC 7578 section 4.2).
    Disposition,
    /// The body is longer than [`Limits::max_body_bytes`](crate::Limits::max_body_bytes) (413).
    BodyTooLarge,
    /// The form has more fields and files than [`Limits::max_fields`](crate::Limits::max_fields)
    /// (413).
    TooManyFields,
    /// The form has more files than [`Limits::max_files`](crate::Limits::max_files) (413).
    TooManyFiles,
    /// A name is longer than [`Limits::max_name_bytes`](crate::Limits::max_name_bytes) (413).
    NameTooLong,
    /// A part has more headers than [`Limits::max_headers`](crate::Limits::max_headers), or larger
    /// ones than [`Limits::max_header_bytes`](crate::Limits::max_header_bytes) (413).
    HeadersTooLarge,
    /// The value of a field is longer than
    /// [`Limits::max_field_bytes`](crate::Limits::max_field_bytes) (413).
    FieldTooLarge,
    /// A file is larger than [`Limits::max_file_bytes`](crate::Limits::max_file_bytes) (413).
    FileTooLarge,
    /// The names, headers and values together are larger than
    /// [`Limits::max_text_bytes`](crate::Limits::max_text_bytes) (413).
    TextTooLarge,
    /// The body could not be read. This is the error of the reader.
    Read(io::Error),
    /// A temporary file could not be written. This is not the peer's fault: 507 if the disk is
    /// full, or if the process may not have files of this size (`ulimit -f`), and else 500.
    Spool(io::Error),
}

impl FormError {
    /// The media types that a client may send instead, for the field `Accept` of an answer with 415
    /// (RFC 9110 section 15.5.16). `None` if the type is not at fault.
    ///
    /// ```
    /// use wsgi_forms::FormError;
    ///
    /// assert_eq!(FormError::NotMultipart.accept(), Some("multipart/form-data"));
    /// assert_eq!(FormError::Truncated.accept(), None);
    /// ```
    #[must_use]
    pub fn accept(&self) -> Option<&'static str> {
        match self {
            Self::ContentType => Some("application/x-www-form-urlencoded, multipart/form-data"),
            Self::NotMultipart => Some("multipart/form-data"),
            _ => None,
        }
    }

    /// The status code to answer with (RFC 9110 section 15.5): 413 for a form that is too large,
    /// 415 for another Content-Type or a content coding, 400 for a malformed form.
    ///
    /// If reading failed, the kind of the error decides: 408 if it took too long, 413 if the
    /// server found the body too large, 400 if the body was cut or malformed, and else 500.
    ///
    /// If storing a file failed, it is 507 if there is no room for it (RFC 4918 section 11.5), and
    /// else 500.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self {
            Self::ContentType | Self::NotMultipart | Self::ContentCoding => 415,
            Self::Boundary
            | Self::BoundaryNotFound
            | Self::Preamble
            | Self::Truncated
            | Self::LineEnd
            | Self::Padding
            | Self::FinalBoundary
            | Self::Header
            | Self::Disposition => 400,
            Self::BodyTooLarge
            | Self::TooManyFields
            | Self::TooManyFiles
            | Self::NameTooLong
            | Self::HeadersTooLarge
            | Self::FieldTooLarge
            | Self::FileTooLarge
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
            Self::Spool(error) => match error.kind() {
                io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::FileTooLarge => 507,
                _ => 500,
            },
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => "the body is not a form",
            Self::NotMultipart => "the body is not a form of type multipart/form-data",
            Self::ContentCoding => "the body has a content coding that is not decoded here",
            Self::Boundary => "the Content-Type has no valid boundary",
            Self::BoundaryNotFound => {
                "the form does not contain the boundary that its Content-Type names"
            }
            Self::Preamble => "the text before the first part contains the boundary",
            Self::Truncated => "the form ends before its final boundary",
            Self::LineEnd => "a line of the form does not end with CRLF",
            Self::Padding => "a boundary of the form has too much padding",
            Self::FinalBoundary => "the final boundary of the form is followed by other text",
            Self::Header => "a header of a part is malformed",
            Self::Disposition => {
                "the Content-Disposition of a part is malformed, or is not form-data with one name"
            }
            Self::BodyTooLarge => "the body of the form is too large",
            Self::TooManyFields => "the form has too many fields",
            Self::TooManyFiles => "the form has too many files",
            Self::NameTooLong => "the name of a field is too long",
            Self::HeadersTooLarge => "the headers of a part are too large",
            Self::FieldTooLarge => "a field is too large",
            Self::FileTooLarge => "a file is too large",
            Self::TextTooLarge => "the fields of the form are too large together",
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

/// The error that reading a [`Part`](crate::Part) returns. An error of the underlying reader is
/// returned unchanged.
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

/// Recovers the `FormError` from an error of reading a [`Part`](crate::Part). An error of the
/// underlying reader becomes [`FormError::Read`].
impl From<io::Error> for FormError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Read)
    }
}
