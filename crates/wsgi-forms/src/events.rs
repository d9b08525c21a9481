//! The events of a `multipart/form-data` body, with the data of parts.

use std::io::Read;

use crate::{
    boundary::Boundary,
    decoder::{Event, MultipartDecoder},
    form_error::FormError,
    limits::Limits,
    source::Source,
};

/// The decoded events of a reader.
pub(crate) struct Events<R> {
    decoder: MultipartDecoder,
    source: Source<R>,
    /// The number of bytes at the start of the source that are data of the part.
    data: usize,
    in_part: bool,
}

impl<R> Events<R> {
    pub(crate) fn decoder(&self) -> &MultipartDecoder {
        &self.decoder
    }
}

impl<R: Read> Events<R> {
    pub(crate) fn new(boundary: &Boundary, reader: R, limits: &Limits) -> Self {
        Self {
            decoder: MultipartDecoder::new(boundary, limits),
            source: Source::new(reader, limits.max_body_bytes),
            data: 0,
            in_part: false,
        }
    }

    /// Skips the data of the last event.
    pub(crate) fn skip_data(&mut self) {
        self.consume(self.data);
    }

    /// Reads data of the part. It is empty only at the end of the part.
    pub(crate) fn data(&mut self) -> Result<&[u8], FormError> {
        while self.data == 0 && self.in_part {
            self.next()?;
        }
        Ok(&self.source.bytes()[..self.data])
    }

    /// Consumes data, but no more than [`data`](Self::data) has given.
    pub(crate) fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.data);
        self.data -= amount;
        self.source.consume(amount);
    }

    /// Decodes the next event and consumes its bytes, except for those of new data. The data
    /// before it must be consumed.
    pub(crate) fn next(&mut self) -> Result<Event, FormError> {
        debug_assert_eq!(self.data, 0, "the data before is consumed");
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
