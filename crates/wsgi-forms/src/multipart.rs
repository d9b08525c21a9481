//! `multipart/form-data` as it arrives.

use std::fmt;
use std::io::Read;

use crate::decoder::{Event, MultipartDecoder};
use crate::source::Source;
use crate::{Boundary, FormError, Limits, Part};

/// The parts of a `multipart/form-data` body one after the other, as they arrive (RFC 7578).
///
/// It holds up to 64 KiB, and no part as a whole. Of the [limits](Limits) those of
/// memory do not matter to it.
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
    decoder: MultipartDecoder,
    source: Source<R>,
    /// How many of the source's bytes are data of the part.
    data: usize,
    in_part: bool,
}

impl<R: Read> Multipart<R> {
    /// A form that is read from a body. Nothing is read yet.
    ///
    /// The reader needs no buffer of its own. It is read no further than the block that the
    /// final boundary is in.
    #[must_use]
    pub fn new(boundary: &Boundary, reader: R, limits: &Limits) -> Self {
        Self {
            decoder: MultipartDecoder::new(boundary, limits),
            source: Source::new(reader, limits.max_body_bytes),
            data: 0,
            in_part: false,
        }
    }

    /// The next part, or `None` after the final boundary. What was not read of the part before
    /// is skipped.
    ///
    /// After an error there is nothing more to be had: a form that is malformed gives the same
    /// error again.
    pub fn next_part(&mut self) -> Result<Option<Part<'_, R>>, FormError> {
        self.consume(self.data);
        loop {
            match self.next_event()? {
                Event::Part(head) => return Ok(Some(Part::new(head, self))),
                Event::End => return Ok(None),
                _ => self.consume(self.data),
            }
        }
    }

    /// Data of the part, of which there is more unless it is empty.
    pub(crate) fn data(&mut self) -> Result<&[u8], FormError> {
        while self.data == 0 && self.in_part {
            self.next_event()?;
        }
        Ok(&self.source.bytes()[..self.data])
    }

    /// Goes on after this much of the data.
    pub(crate) fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.data);
        self.data -= amount;
        self.source.consume(amount);
    }

    /// What happens after the data, which is consumed. New data is not.
    fn next_event(&mut self) -> Result<Event, FormError> {
        debug_assert_eq!(self.data, 0, "data is consumed before what follows it");
        loop {
            let ended = self.source.has_ended();
            let decoded = self.decoder.decode(self.source.bytes(), ended)?;
            match decoded.event {
                Event::NeedMore => self.source.fill()?,
                Event::Data => self.data = decoded.consumed,
                _ => self.source.consume(decoded.consumed),
            }
            match decoded.event {
                Event::NeedMore | Event::Skipped => {}
                event => {
                    self.in_part = matches!(event, Event::Part(_) | Event::Data);
                    return Ok(event);
                }
            }
        }
    }
}

impl<R> fmt::Debug for Multipart<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("decoder", &self.decoder)
            .finish_non_exhaustive()
    }
}
