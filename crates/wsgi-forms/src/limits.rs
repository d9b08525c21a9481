//! How large a form may be.

/// The sizes a form may have; what exceeds one is refused with 413.
///
/// The defaults suit a form that anybody may send. Every limit is checked as the bytes come in,
/// so that a peer cannot make the reader hold, store or count more than it.
///
/// ```
/// use wsgi_forms::{Form, FormError, Limits};
///
/// let limits = Limits::new().fields(2).field(5);
/// let read = |body: &str| Form::read("application/x-www-form-urlencoded", body.as_bytes(), &limits);
///
/// assert!(read("a=12345&b=12345").is_ok());
/// assert!(matches!(read("a=123456"), Err(FormError::FieldTooLarge)));
/// assert!(matches!(read("a=1&b=2&c=3"), Err(FormError::TooManyFields)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) total: u64,
    pub(crate) fields: usize,
    pub(crate) name: usize,
    pub(crate) field: usize,
    pub(crate) headers: usize,
    pub(crate) header_count: usize,
    pub(crate) text: usize,
    pub(crate) memory: usize,
}

impl Limits {
    /// The defaults: 64 MiB in all, 1,000 fields and files with names of 1 KiB, fields of 1 MiB
    /// and 4 MiB of text together, 16 headers of 8 KiB a part, 1 MiB of files in memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            total: 64 << 20,
            fields: 1000,
            name: 1 << 10,
            field: 1 << 20,
            headers: 8 << 10,
            header_count: 16,
            text: 4 << 20,
            memory: 1 << 20,
        }
    }

    /// The longest body in bytes, boundaries and headers included, 64 MiB by default. It is what
    /// bounds the size of a file, and the space that files take on disk. No byte past it is
    /// looked at: [`FormError::TooLarge`](crate::FormError::TooLarge).
    #[must_use]
    pub const fn total(mut self, bytes: u64) -> Self {
        self.total = bytes;
        self
    }

    /// The most fields and files together, 1,000 by default:
    /// [`FormError::TooManyFields`](crate::FormError::TooManyFields).
    #[must_use]
    pub const fn fields(mut self, count: usize) -> Self {
        self.fields = count;
        self
    }

    /// The longest name of a field or file part in bytes once decoded, 1 KiB by default:
    /// [`FormError::NameTooLong`](crate::FormError::NameTooLong).
    #[must_use]
    pub const fn name(mut self, bytes: usize) -> Self {
        self.name = bytes;
        self
    }

    /// The longest value of a field that is no file, in bytes once decoded, 1 MiB by default:
    /// [`FormError::FieldTooLarge`](crate::FormError::FieldTooLarge).
    #[must_use]
    pub const fn field(mut self, bytes: usize) -> Self {
        self.field = bytes;
        self
    }

    /// The most bytes that the headers of one part may take, line ends included, 8 KiB by
    /// default: [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    #[must_use]
    pub const fn headers(mut self, bytes: usize) -> Self {
        self.headers = bytes;
        self
    }

    /// The most headers that one part may have, 16 by default; browsers send two:
    /// [`FormError::HeadersTooLarge`](crate::FormError::HeadersTooLarge).
    #[must_use]
    pub const fn header_count(mut self, count: usize) -> Self {
        self.header_count = count;
        self
    }

    /// The most bytes that a [`Form`](crate::Form) holds in names, headers and the values of
    /// fields, 4 MiB by default: [`FormError::TextTooLarge`](crate::FormError::TextTooLarge).
    /// The streaming readers hold one at a time, and do not count them.
    #[must_use]
    pub const fn text(mut self, bytes: usize) -> Self {
        self.text = bytes;
        self
    }

    /// How many bytes of its files a [`Form`](crate::Form) holds in memory, 1 MiB by default.
    /// The file that would exceed it goes to a temporary file, and so does all that follows but
    /// does not fit. Nothing is refused for it.
    #[must_use]
    pub const fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
