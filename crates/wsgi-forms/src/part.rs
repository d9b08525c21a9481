//! One part of a form as it arrives.

use std::{
    fmt,
    io::{self, BufRead, Read},
};

use crate::{events::Events, form_error::FormError, part_head::PartHead};

/// A part of a [`Multipart`](crate::Multipart) form: its head, and its data as a reader.
///
/// A failed read returns an [`io::Error`] that holds a [`FormError`], or the unchanged error of
/// the underlying reader. [`FormError::from`] recovers either.
///
/// ```
/// use std::io::Read;
/// use wsgi_forms::{Boundary, FormError, Limits, Multipart};
///
/// let body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\ncut off";
/// let mut form = Multipart::new(&Boundary::new("x")?, &body[..], &Limits::new());
/// let mut part = form.next_part()?.unwrap();
/// let mut data = Vec::new();
/// let error = part.read_to_end(&mut data).unwrap_err();
/// assert_eq!(data, b"cut off");
/// assert!(matches!(FormError::from(error), FormError::Truncated));
/// # Ok::<(), FormError>(())
/// ```
pub struct Part<'a, R> {
    head: PartHead,
    events: &'a mut Events<R>,
}

impl<'a, R: Read> Part<'a, R> {
    pub(crate) fn new(head: PartHead, events: &'a mut Events<R>) -> Self {
        Self { head, events }
    }

    /// The head of the part.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// Converts the part into its head. The data that was not read is skipped.
    ///
    /// ```
    /// use wsgi_forms::{Boundary, Limits, Multipart};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=a; filename=cat.png\r\n\r\n...\r\n--x--";
    /// let mut form = Multipart::new(&Boundary::new("x")?, &body[..], &Limits::new());
    /// let head = form.next_part()?.unwrap().into_head();
    /// assert!(form.next_part()?.is_none());
    /// assert_eq!(head.file_name(), Some("cat.png"));
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    #[must_use]
    pub fn into_head(self) -> PartHead {
        self.head
    }

    /// Does the same as [`BufRead::fill_buf`], but returns a [`FormError`].
    pub(crate) fn data(&mut self) -> Result<&[u8], FormError> {
        self.events.data()
    }
}

impl<R: Read> Read for Part<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Part<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.events.data()?)
    }

    fn consume(&mut self, amount: usize) {
        self.events.consume(amount);
    }
}

impl<R> fmt::Debug for Part<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
