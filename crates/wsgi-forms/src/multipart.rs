//! `multipart/form-data` as it arrives.

use std::{fmt, io::Read};

use crate::{
    boundary::Boundary, decoder::Event, events::Events, form_error::FormError, limits::Limits,
    part::Part,
};

/// A reader that gives the parts of a `multipart/form-data` body as they arrive (RFC 7578).
///
/// It holds one buffer of up to 64 KiB, more only for larger headers, and never a whole part. Of
/// the [limits](Limits), those on text and memory do not apply.
///
/// ```
/// use std::io::Read;
/// use wsgi_forms::{Boundary, Limits, Multipart};
///
/// let body = b"--xyz\r\n\
///     Content-Disposition: form-data; name=\"title\"\r\n\
///     \r\n\
///     A cat\r\n\
///     --xyz\r\n\
///     Content-Disposition: form-data; name=\"photo\"; filename=\"cat.png\"\r\n\
///     Content-Type: image/png\r\n\
///     \r\n\
///     ...\r\n\
///     --xyz--\r\n";
/// let boundary = Boundary::from_content_type("multipart/form-data; boundary=xyz")?;
/// let mut form = Multipart::new(&boundary, &body[..], &Limits::new());
/// let mut files = Vec::new();
/// while let Some(mut part) = form.next_part()? {
///     if part.head().file_name().is_some() {
///         let mut data = Vec::new();
///         part.read_to_end(&mut data)?;
///         files.push((part.head().name().to_owned(), data));
///     } // A part that is not read is skipped.
/// }
/// assert_eq!(files, [("photo".to_owned(), b"...".to_vec())]);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
pub struct Multipart<R> {
    events: Events<R>,
}

impl<R: Read> Multipart<R> {
    /// Creates a reader of the parts in `reader`. Nothing is read yet.
    ///
    /// `reader` needs no buffer of its own. It is not read past the block that contains the final
    /// boundary.
    #[must_use]
    pub fn new(boundary: &Boundary, reader: R, limits: &Limits) -> Self {
        Self {
            events: Events::new(boundary, reader, limits),
        }
    }

    /// Reads the head of the next part. Returns `None` after the final boundary. Data of the
    /// previous part that was not read is skipped.
    ///
    /// # Errors
    ///
    /// The form is malformed or exceeds a limit, or the body cannot be read. No part follows an
    /// error. A malformed form gives the same error again.
    pub fn next_part(&mut self) -> Result<Option<Part<'_, R>>, FormError> {
        loop {
            self.events.skip_data();
            match self.events.next()? {
                Event::Part(head) => return Ok(Some(Part::new(head, &mut self.events))),
                Event::End => return Ok(None),
                _ => {}
            }
        }
    }
}

impl<R> fmt::Debug for Multipart<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("decoder", self.events.decoder())
            .finish_non_exhaustive()
    }
}
