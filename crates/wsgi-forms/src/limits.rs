//! The limits of a form.

/// The limits of a form. A form that exceeds one is refused with 413.
///
/// The defaults suit a form that anybody may send. Every limit is checked as the bytes come in,
/// so a peer cannot make the reader hold, store or count more than the limit.
///
/// ```
/// use wsgi_forms::{Form, FormError, Limits};
///
/// let limits = Limits::new().max_fields(2).max_field_bytes(5);
/// let read = |body: &str| Form::read_urlencoded(body.as_bytes(), &limits);
///
/// assert!(read("a=12345&b=12345").is_ok());
/// assert!(matches!(read("a=123456"), Err(FormError::FieldTooLarge)));
/// assert!(matches!(read("a=1&b=2&c=3"), Err(FormError::TooManyFields)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) max_body_bytes: u64,
    pub(crate) max_fields: usize,
    pub(crate) max_files: usize,
    pub(crate) max_name_bytes: usize,
    pub(crate) max_field_bytes: usize,
    pub(crate) max_file_bytes: u64,
    pub(crate) max_header_bytes: usize,
    pub(crate) max_headers: usize,
    pub(crate) max_text_bytes: usize,
    pub(crate) max_memory_bytes: usize,
}

impl Limits {
    /// The defaults: a body of 64 MiB; 1,000 fields and files; names of 1 KiB; fields of 1 MiB;
    /// 16 headers with 8 KiB for each part; 4 MiB of text; 1 MiB of files in memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_body_bytes: 64 << 20,
            max_fields: 1000,
            max_files: usize::MAX,
            max_name_bytes: 1 << 10,
            max_field_bytes: 1 << 20,
            max_file_bytes: u64::MAX,
            max_header_bytes: 8 << 10,
            max_headers: 16,
            max_text_bytes: 4 << 20,
            max_memory_bytes: 1 << 20,
        }
    }

    /// The maximum length of the body in bytes, including boundaries and headers; 64 MiB by
    /// default. This limit also bounds the space that files take on disk. The readers look at no
    /// byte past it and fail with [`FormError::BodyTooLarge`](crate::FormError::BodyTooLarge).
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The maximum number of fields and files together; 1,000 by default. One more is
    /// [`FormError::TooManyFields`](crate::FormError::TooManyFields).
    #[must_use]
    pub const fn max_fields(mut self, count: usize) -> Self {
        self.max_fields = count;
        self
    }

    /// The maximum number of files; by default there is no limit but
    /// [`max_fields`](Self::max_fields), which counts them too. A control in which no file was
    /// chosen does not count. One more is
    /// [`FormError::TooManyFiles`](crate::FormError::TooManyFiles).
    ///
    /// ```
    /// use wsgi_forms::{Form, FormError, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n1\r\n\
    ///     --x\r\nContent-Disposition: form-data; name=f; filename=b\r\n\r\n2\r\n--x--";
    /// let read = |limits| Form::read("multipart/form-data; boundary=x", &body[..], &limits);
    /// assert_eq!(read(Limits::new().max_files(2))?.files_named("f").count(), 2);
    /// assert!(matches!(read(Limits::new().max_files(1)), Err(FormError::TooManyFiles)));
    /// # Ok::<(), FormError>(())
    /// ```
    #[must_use]
    pub const fn max_files(mut self, count: usize) -> Self {
        self.max_files = count;
        self
    }

    /// The maximum length of the name of a field or a file control in bytes, once decoded; 1 KiB
    /// by default. A longer name is [`FormError::NameTooLong`](crate::FormError::NameTooLong).
    ///
    /// ```
    /// use wsgi_forms::{Form, FormError, Limits};
    ///
    /// let limits = Limits::new().max_name_bytes(4);
    /// let form = Form::read_urlencoded(&b"topping=olives"[..], &limits);
    /// assert!(matches!(form, Err(FormError::NameTooLong)));
    /// ```
    #[must_use]
    pub const fn max_name_bytes(mut self, bytes: usize) -> Self {
        self.max_name_bytes = bytes;
        self
    }

    /// The maximum length of the value of a field in bytes, once decoded; 1 MiB by default. It
    /// does not apply to files. A longer value is
    /// [`FormError::FieldTooLarge`](crate::FormError::FieldTooLarge).
    #[must_use]
    pub const fn max_field_bytes(mut self, bytes: usize) -> Self {
        self.max_field_bytes = bytes;
        self
    }

    /// The maximum size of one file in bytes; by default there is no limit but
    /// [`max_body_bytes`](Self::max_body_bytes). A larger one is
    /// [`FormError::FileTooLarge`](crate::FormError::FileTooLarge).
    ///
    /// ```
    /// use wsgi_forms::{Form, FormError, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ndata\r\n--x--";
    /// let read = |limits| Form::read("multipart/form-data; boundary=x", &body[..], &limits);
    /// assert!(read(Limits::new().max_file_bytes(4)).is_ok());
    /// assert!(matches!(read(Limits::new().max_file_bytes(3)), Err(FormError::FileTooLarge)));
    /// ```
    #[must_use]
    pub const fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// The maximum size of the headers of one part in bytes, including line ends; 8 KiB by
    /// default. Larger ones are [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    #[must_use]
    pub const fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.max_header_bytes = bytes;
        self
    }

    /// The maximum number of headers of one part; 16 by default. Browsers send two. One more is
    /// [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    ///
    /// ```
    /// use wsgi_forms::{Form, FormError, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=a\r\nX-More: 1\r\n\r\n1\r\n--x--";
    /// let read = |limits| Form::read("multipart/form-data; boundary=x", &body[..], &limits);
    /// assert!(read(Limits::new()).is_ok());
    /// let few = read(Limits::new().max_headers(1));
    /// assert!(matches!(few, Err(FormError::HeadersTooLarge)));
    /// let short = read(Limits::new().max_header_bytes(20));
    /// assert!(matches!(short, Err(FormError::HeadersTooLarge)));
    /// ```
    #[must_use]
    pub const fn max_headers(mut self, count: usize) -> Self {
        self.max_headers = count;
        self
    }

    /// The maximum size of the names, headers and field values of a [`Form`](crate::Form)
    /// together, in bytes; 4 MiB by default. A larger form is
    /// [`FormError::TextTooLarge`](crate::FormError::TextTooLarge). The streaming readers do not
    /// apply this limit, since they hold one field at a time.
    ///
    /// ```
    /// use wsgi_forms::{Form, FormError, Limits};
    ///
    /// let limits = Limits::new().max_text_bytes(10);
    /// let form = Form::read_urlencoded(&b"a=1234&b=1234&c=1234"[..], &limits);
    /// assert!(matches!(form, Err(FormError::TextTooLarge)));
    /// ```
    #[must_use]
    pub const fn max_text_bytes(mut self, bytes: usize) -> Self {
        self.max_text_bytes = bytes;
        self
    }

    /// The maximum size of the files that a [`Form`](crate::Form) holds in memory together, in
    /// bytes; 1 MiB by default. Files that do not fit go to a temporary file. This limit refuses
    /// nothing.
    ///
    /// ```
    /// use wsgi_forms::{Form, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\ndata\r\n--x--";
    /// let limits = Limits::new().max_memory_bytes(0);
    /// let form = Form::read("multipart/form-data; boundary=x", &body[..], &limits)?;
    /// let file = form.file("f").unwrap();
    /// assert_eq!(file.bytes(), None, "the data is in a temporary file");
    /// assert_eq!(std::io::read_to_string(file.reader())?, "data");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn max_memory_bytes(mut self, bytes: usize) -> Self {
        self.max_memory_bytes = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
