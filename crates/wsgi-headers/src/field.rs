//! The position of one field in the text of all.

use std::ops::Range;

use crate::{octets::is_same_name, value::Value};

/// The bytes between a field's name and its value.
pub(crate) const COLON: &[u8] = b": ";
/// The line end of a field, which also ends all fields.
pub(crate) const CRLF: &[u8] = b"\r\n";

/// The position of `Name: value\r\n`. The name ends at the colon, and the field after its line end.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    start: u32,
    colon: u32,
    end: u32,
}

impl Field {
    /// The position of a field of `length` bytes from `start` on, with a name of `name` bytes.
    /// Returns `None` if it does not fit into 32 bits.
    #[inline]
    pub(crate) fn new(start: usize, name: usize, length: usize) -> Option<Self> {
        let end = u32::try_from(start.checked_add(length)?).ok()?;
        // Neither is past the end, so both fit.
        Some(Self {
            start: start as u32,
            colon: (start + name) as u32,
            end,
        })
    }

    #[inline]
    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    /// The name, which is a token and so ASCII.
    #[inline]
    pub(crate) fn name(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.colon as usize]
    }

    /// Whether the name is `name`, ignoring case.
    #[inline]
    pub(crate) fn is_named(self, name: &str, text: &[u8]) -> bool {
        // The lengths nearly always differ.
        (self.colon - self.start) as usize == name.len()
            && is_same_name(self.name(text), name.as_bytes())
    }

    /// Whether the name is that of another field, which is in another text.
    #[inline]
    pub(crate) fn has_name_of(self, text: &[u8], other: Self, other_text: &[u8]) -> bool {
        self.colon - self.start == other.colon - other.start
            && is_same_name(self.name(text), other.name(other_text))
    }

    #[inline]
    pub(crate) fn value(self, text: &[u8]) -> Value<'_> {
        Value::new(&text[self.value_range()])
    }

    /// The place of the value in the text.
    #[inline]
    pub(crate) fn value_range(self) -> Range<usize> {
        self.colon as usize + COLON.len()..self.end() - CRLF.len()
    }

    /// The position of the same field after `start` more bytes, for which `new` has found room.
    #[inline]
    pub(crate) fn after(self, start: usize) -> Self {
        let start = start as u32;
        Self {
            start: start + self.start,
            colon: start + self.colon,
            end: start + self.end,
        }
    }

    /// Moves the field down in the text, so that it begins at `start`.
    pub(crate) fn move_to(&mut self, start: usize, text: &mut [u8]) {
        let distance = self.start - start as u32;
        // Mutant: moving by zero changes nothing.
        if distance > 0 {
            text.copy_within(self.start as usize..self.end(), start);
            self.start -= distance;
            self.colon -= distance;
            self.end -= distance;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_may_end_at_4_gib_but_not_later() {
        let limit = u32::MAX as usize;
        assert!(Field::new(limit - 10, 1, 10).is_some());
        assert!(Field::new(limit - 10, 1, 11).is_none());
        assert!(Field::new(limit, 1, usize::MAX).is_none());
    }

    #[test]
    fn a_moved_field_reads_the_same() {
        let mut text = b"A: 1\r\nBee: 23\r\n".to_vec();
        let mut field = Field::new(6, 3, 9).unwrap();
        field.move_to(0, &mut text);
        assert_eq!(field.name(&text), b"Bee");
        assert_eq!(field.value(&text), "23");
        assert_eq!(field.end(), 9);
    }
}
