//! An `application/x-www-form-urlencoded` body as it arrives.

use std::{fmt, io::Read};

use crate::{
    field::Field,
    form_error::FormError,
    limits::Limits,
    part_head::PartHead,
    source::Source,
    urlencoded::{decode_field, split_at_byte},
};

/// A reader that gives the fields of an `application/x-www-form-urlencoded` body as they arrive,
/// within [limits](Limits).
///
/// It holds one field at a time. [`Urlencoded`](crate::Urlencoded) describes how a field is read.
///
/// ```
/// use wsgi_forms::{FormError, Limits, UrlencodedReader};
///
/// let mut fields = UrlencodedReader::new(&b"a=1&b=%32"[..], &Limits::new().max_fields(2));
/// assert_eq!(fields.next_field()?.unwrap().value(), "1");
/// assert_eq!(fields.next_field()?.unwrap().value(), "2");
/// assert!(fields.next_field()?.is_none());
/// # Ok::<(), FormError>(())
/// ```
pub struct UrlencodedReader<R> {
    source: Source<R>,
    limits: Limits,
    fields: usize,
    /// The number of bytes of the current field that were searched for its end.
    searched: usize,
}

impl<R: Read> UrlencodedReader<R> {
    /// Creates a reader of the fields in `reader`, which needs no buffer of its own. Nothing is
    /// read yet.
    #[must_use]
    pub fn new(reader: R, limits: &Limits) -> Self {
        Self {
            source: Source::new(reader, limits.max_body_bytes),
            limits: *limits,
            fields: 0,
            searched: 0,
        }
    }

    /// Reads the next field. Returns `None` after the last one.
    ///
    /// # Errors
    ///
    /// The form exceeds a limit, or the body cannot be read. No field follows an error. A form that
    /// is too large gives the same error again.
    pub fn next_field(&mut self) -> Result<Option<Field>, FormError> {
        loop {
            let bytes = self.source.bytes();
            let new = &bytes[self.searched..];
            let end = match new.iter().position(|&byte| byte == b'&') {
                Some(end) => self.searched + end,
                None if self.source.has_ended() => bytes.len(),
                None => {
                    self.check_size(bytes)?;
                    self.searched = bytes.len();
                    self.source.fill()?;
                    continue;
                }
            };
            let field = &bytes[..end];
            if field.is_empty() {
                if bytes.is_empty() {
                    return Ok(None);
                }
                self.pass(end);
                continue;
            }
            if self.fields == self.limits.max_fields {
                return Err(FormError::TooManyFields);
            }
            let (name, value) = decode_field(field);
            if name.len() > self.limits.max_name_bytes {
                return Err(FormError::NameTooLong);
            }
            if value.len() > self.limits.max_field_bytes {
                return Err(FormError::FieldTooLarge);
            }
            let field = Field::new(PartHead::of_field(&name), value.into());
            self.fields += 1;
            self.pass(end);
            return Ok(Some(field));
        }
    }

    /// Consumes a field and its ampersand.
    fn pass(&mut self, field: usize) {
        self.source.consume(field + 1);
        self.searched = 0;
    }

    /// Refuses a field whose end has not arrived if it is too large even when decoded. Decoding
    /// makes one byte of at most three.
    fn check_size(&self, field: &[u8]) -> Result<(), FormError> {
        let (name, value) = split_at_byte(field, b'=');
        let value = value.unwrap_or_default();
        if name.len().div_ceil(3) > self.limits.max_name_bytes {
            Err(FormError::NameTooLong)
        } else if value.len().div_ceil(3) > self.limits.max_field_bytes {
            Err(FormError::FieldTooLarge)
        } else {
            Ok(())
        }
    }
}

impl<R: Read> Iterator for UrlencodedReader<R> {
    type Item = Result<Field, FormError>;

    /// Does the same as [`next_field`](Self::next_field). An error is repeated.
    fn next(&mut self) -> Option<Self::Item> {
        self.next_field().transpose()
    }
}

impl<R> fmt::Debug for UrlencodedReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlencodedReader")
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}
