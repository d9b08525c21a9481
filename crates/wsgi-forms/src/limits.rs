//! How large a form may be.

/// The sizes a form may have; what exceeds one is refused with 413.
///
/// The defaults suit a form that anybody may send. Every limit is checked as the bytes come in,
/// so that a peer cannot make the reader hold, store or count more than it.
///
/// ```
/// use wsgi_forms::{Form, FormError, Limits};
///
/// let limits = Limits::new().max_fields(2).max_field_bytes(5);
/// let read = |body: &str| Form::read("application/x-www-form-urlencoded", body.as_bytes(), &limits);
///
/// assert!(read("a=12345&b=12345").is_ok());
/// assert!(matches!(read("a=123456"), Err(FormError::FieldTooLarge)));
/// assert!(matches!(read("a=1&b=2&c=3"), Err(FormError::TooManyFields)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) max_body_bytes: u64,
    pub(crate) max_fields: usize,
    pub(crate) max_name_bytes: usize,
    pub(crate) max_field_bytes: usize,
    pub(crate) max_header_bytes: usize,
    pub(crate) max_headers: usize,
    pub(crate) max_text_bytes: usize,
    pub(crate) max_memory_bytes: usize,
}

impl Limits {
    /// The defaults: 64 MiB in all, 1,000 fields and files with names of 1 KiB, fields of 1 MiB
    /// and 4 MiB of text together, 16 headers of 8 KiB a part, 1 MiB of files in memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_body_bytes: 64 << 20,
            max_fields: 1000,
            max_name_bytes: 1 << 10,
            max_field_bytes: 1 << 20,
            max_header_bytes: 8 << 10,
            max_headers: 16,
            max_text_bytes: 4 << 20,
            max_memory_bytes: 1 << 20,
        }
    }

    /// The longest body in bytes, boundaries and headers included, 64 MiB by default. It is what
    /// bounds the size of a file, and the space that files take on disk. No byte past it is
    /// looked at: [`FormError::TooLarge`](crate::FormError::TooLarge).
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The most fields and files together, 1,000 by default:
    /// [`FormError::TooManyFields`](crate::FormError::TooManyFields).
    #[must_use]
    pub const fn max_fields(mut self, count: usize) -> Self {
        self.max_fields = count;
        self
    }

    /// The longest name of a field or file part in bytes once decoded, 1 KiB by default:
    /// [`FormError::NameTooLong`](crate::FormError::NameTooLong).
    #[must_use]
    pub const fn max_name_bytes(mut self, bytes: usize) -> Self {
        self.max_name_bytes = bytes;
        self
    }

    /// The longest value of a field that is no file, in bytes once decoded, 1 MiB by default:
    /// [`FormError::FieldTooLarge`](crate::FormError::FieldTooLarge).
    #[must_use]
    pub const fn max_field_bytes(mut self, bytes: usize) -> Self {
        self.max_field_bytes = bytes;
        self
    }

    /// The most bytes that the headers of one part may take, line ends included, 8 KiB by
    /// default: [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    #[must_use]
    pub const fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.max_header_bytes = bytes;
        self
    }

    /// The most headers that one part may have, 16 by default; browsers send two:
    /// [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    #[must_use]
    pub const fn max_headers(mut self, count: usize) -> Self {
        self.max_headers = count;
        self
    }

    /// The most bytes that a [`Form`](crate::Form) holds in names, headers and the values of
    /// fields, 4 MiB by default: [`FormError::TextTooLarge`](crate::FormError::TextTooLarge).
    /// The streaming readers hold one at a time, and do not count them.
    #[must_use]
    pub const fn max_text_bytes(mut self, bytes: usize) -> Self {
        self.max_text_bytes = bytes;
        self
    }

    /// How many bytes of its files a [`Form`](crate::Form) holds in memory, 1 MiB by default.
    /// The file that would exceed it goes to a temporary file, and so does all that follows but
    /// does not fit. Nothing is refused for it.
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
