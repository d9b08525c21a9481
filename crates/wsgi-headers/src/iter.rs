//! Iteration over fields.

use std::{fmt, iter::FusedIterator, slice};

use crate::{field::Field, field_name, redacted::Redacted, value::Value};

/// An iterator over the names and values of [`Headers`](crate::Headers), in order.
///
/// ```
/// use wsgi_headers::Headers;
///
/// let headers = Headers::from_fields([("A", "1"), ("B", "2")])?;
/// let mut fields = headers.iter();
/// assert_eq!(fields.len(), 2);
/// assert_eq!(fields.next_back(), Some(("B", "2".into())));
/// assert_eq!(fields.next(), Some(("A", "1".into())));
/// assert_eq!(fields.next(), None);
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone)]
pub struct Iter<'a> {
    text: &'a [u8],
    fields: slice::Iter<'a, Field>,
}

impl<'a> Iter<'a> {
    #[inline]
    pub(crate) fn new(text: &'a [u8], fields: &'a [Field]) -> Self {
        Self {
            text,
            fields: fields.iter(),
        }
    }

    #[inline]
    fn pair(&self, field: Field) -> (&'a str, Value<'a>) {
        (
            field_name::as_str(field.name(self.text)),
            field.value(self.text),
        )
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let field = *self.fields.next()?;
        Some(self.pair(field))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.fields.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let field = *self.fields.next_back()?;
        Some(self.pair(field))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FusedIterator for Iter<'_> {}

/// Shows values [without secrets](Redacted), as [`Headers`](crate::Headers) do.
impl fmt::Debug for Iter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.clone();
        let fields = fields.map(|(name, value)| (name, Redacted::new(name, value)));
        f.debug_map().entries(fields).finish()
    }
}
