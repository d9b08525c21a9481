//! The lines of header fields, in one text.
//!
//! `text` holds the lines in wire format, `Name: value\r\n` after `Name: value\r\n`. `fields` holds
//! the position of each line, in the same order and without gaps. So writing all lines is one copy,
//! and a removal moves the other lines together.
//!
//! After a [`clear`](Lines::clear), both still hold the lines from before, past `end` and `len`.
//! The next message often has the same fields: then its lines are already there, and checked.

use crate::{
    field::{COLON, CRLF, Field},
    invalid_header::InvalidHeader,
    octets::is_same,
};

/// Checked header fields in wire format.
#[derive(Default)]
pub(crate) struct Lines {
    text: Vec<u8>,
    fields: Vec<Field>,
    /// The number of fields. Those past it were cleared.
    len: usize,
    /// The end of their text.
    end: usize,
}

impl Lines {
    pub(crate) const fn new() -> Self {
        Self {
            text: Vec::new(),
            fields: Vec::new(),
            len: 0,
            end: 0,
        }
    }

    pub(crate) fn with_capacity(fields: usize, bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            fields: Vec::with_capacity(fields),
            len: 0,
            end: 0,
        }
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// All lines in wire format.
    #[inline]
    pub(crate) fn text(&self) -> &[u8] {
        &self.text[..self.end]
    }

    /// The positions of the lines in the [`text`](Self::text).
    #[inline]
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields[..self.len]
    }

    /// Removes all lines. They stay for [`repeat`](Self::repeat).
    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.len, self.end) = (0, 0);
    }

    /// Appends a field if its line was there before the last clear. Otherwise returns false.
    #[inline]
    pub(crate) fn repeat(&mut self, name: &str, value: &[u8]) -> bool {
        let Some(field) = self.fields.get(self.len) else {
            return false;
        };
        // It begins where the last line ends, as it did before.
        let is_repeated = is_same(field.name(&self.text), name.as_bytes())
            && is_same(field.value(&self.text).as_bytes(), value);
        if is_repeated {
            (self.len, self.end) = (self.len + 1, field.end());
        }
        is_repeated
    }

    /// Whether the next line, as it was before, has this name.
    #[inline]
    pub(crate) fn is_next(&self, name: &str) -> bool {
        let next = self.fields.get(self.len);
        next.is_some_and(|field| field.name(&self.text) == name.as_bytes())
    }

    /// Adds the next line as it was before, but with another value, if that has the same length.
    /// Returns whether it has. The value must have been checked.
    pub(crate) fn replace(&mut self, value: &[u8]) -> bool {
        let Some(field) = self.fields.get(self.len) else {
            return false;
        };
        let place = &mut self.text[field.value_range()];
        let has_room = place.len() == value.len();
        if has_room {
            place.copy_from_slice(value);
            (self.len, self.end) = (self.len + 1, field.end());
        }
        has_room
    }

    /// Adds all lines of others, if the next ones were the same before. Returns whether they were.
    #[inline]
    pub(crate) fn repeat_all(&mut self, others: &Self) -> bool {
        // The same bytes are the same lines: names have no colon, and values no line end.
        let are_repeated = self.text[self.end..].starts_with(others.text());
        if are_repeated {
            (self.len, self.end) = (self.len + others.len, self.end + others.end);
        }
        are_repeated
    }

    /// Appends a field that is already checked.
    #[inline]
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) -> Result<(), InvalidHeader> {
        let field = self.room_for(name, value)?;
        self.forget();
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(COLON);
        self.text.extend_from_slice(value);
        self.text.extend_from_slice(CRLF);
        self.fields.push(field);
        (self.len, self.end) = (self.fields.len(), self.text.len());
        Ok(())
    }

    /// Appends the lines of `other`, if there is room.
    pub(crate) fn push_all(&mut self, other: &Self) -> Option<()> {
        let start = self.end;
        Field::new(start, 0, other.end)?;
        self.forget();
        self.text.extend_from_slice(other.text());
        self.fields
            .extend(other.fields().iter().map(|field| field.after(start)));
        (self.len, self.end) = (self.fields.len(), self.text.len());
        Some(())
    }

    /// The position that the field would have at the end.
    #[inline]
    pub(crate) fn room_for(&self, name: &str, value: &[u8]) -> Result<Field, InvalidHeader> {
        let length = name.len() + COLON.len() + value.len() + CRLF.len();
        Field::new(self.end, name.len(), length).ok_or_else(|| InvalidHeader::too_large(name))
    }

    /// Removes the lines after the first `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.end = self.fields().last().map_or(0, |field| field.end());
    }

    /// Keeps the lines for which `keep` returns true. If it panics, none is left.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Field, &[u8]) -> bool) {
        self.forget();
        let Self {
            mut text,
            mut fields,
            ..
        } = std::mem::take(self);
        let mut end = 0;
        fields.retain_mut(|field| {
            let is_kept = keep(*field, &text);
            if is_kept {
                field.move_to(end, &mut text);
                end = field.end();
            }
            is_kept
        });
        let len = fields.len();
        *self = Self {
            text,
            fields,
            len,
            end,
        };
        self.forget();
    }

    /// Drops what was cleared.
    #[inline]
    fn forget(&mut self) {
        self.fields.truncate(self.len);
        self.text.truncate(self.end);
    }
}

/// A copy of the lines, without those that were cleared.
impl Clone for Lines {
    fn clone(&self) -> Self {
        Self {
            text: self.text().to_vec(),
            fields: self.fields().to_vec(),
            len: self.len,
            end: self.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(fields: &[(&str, &str)]) -> Lines {
        let mut lines = Lines::new();
        for (name, value) in fields {
            lines.push(name, value.as_bytes()).unwrap();
        }
        lines
    }

    #[test]
    fn only_a_line_in_its_place_is_repeated() {
        let mut lines = lines(&[("A", "1"), ("Bee", "23"), ("C", "")]);
        assert!(!lines.repeat("A", b"1"), "nothing was cleared");
        lines.clear();
        assert_eq!((lines.len(), lines.text()), (0, &b""[..]));
        for (name, value) in [("Bee", "23"), ("a", "1"), ("A", "2"), ("A", ""), ("", "1")] {
            assert!(!lines.repeat(name, value.as_bytes()), "{name} {value}");
        }
        assert!(lines.repeat("A", b"1") && lines.repeat("Bee", b"23"));
        assert_eq!(
            (lines.len(), lines.text()),
            (2, &b"A: 1\r\nBee: 23\r\n"[..])
        );
        assert!(lines.repeat("C", b"") && !lines.repeat("C", b""));
        assert_eq!(lines.text(), b"A: 1\r\nBee: 23\r\nC: \r\n");
    }

    #[test]
    fn nothing_is_repeated_after_another_line() {
        let mut lines = lines(&[("A", "1"), ("B", "2")]);
        lines.clear();
        lines.push("X", b"9").unwrap();
        assert!(!lines.repeat("B", b"2"));
        assert_eq!(lines.text(), b"X: 9\r\n");
    }

    #[test]
    fn lines_that_were_removed_may_come_again() {
        let mut lines = lines(&[("A", "1"), ("B", "2"), ("C", "3")]);
        lines.truncate(1);
        lines.truncate(2);
        assert_eq!(lines.text(), b"A: 1\r\n");
        assert!(lines.repeat("B", b"2"));
        lines.retain(|field, text| field.name(text) != b"A");
        assert_eq!(lines.text(), b"B: 2\r\n");
        assert!(!lines.repeat("C", b"3"), "its place has changed");
    }

    #[test]
    fn a_value_of_the_same_length_takes_the_place_of_the_one_before() {
        let mut lines = lines(&[("Id", "17"), ("B", "2")]);
        assert!(
            !lines.is_next("Id") && !lines.replace(b"18"),
            "nothing was cleared"
        );
        lines.clear();
        assert!(lines.is_next("Id") && !lines.is_next("ID") && !lines.is_next("B"));
        assert!(!lines.replace(b"100") && !lines.replace(b"9"));
        assert_eq!(lines.text(), b"");
        assert!(lines.replace(b"18"));
        assert_eq!((lines.len(), lines.text()), (1, &b"Id: 18\r\n"[..]));
        assert!(lines.repeat("B", b"2"), "the lines after it stay");
        assert_eq!(lines.text(), b"Id: 18\r\nB: 2\r\n");
    }

    #[test]
    fn lines_are_repeated_together_only_in_their_place() {
        let some = lines(&[("B", "2"), ("C", "3")]);
        let mut all = lines(&[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")]);
        assert!(!all.repeat_all(&some), "nothing was cleared");
        all.clear();
        assert!(!all.repeat_all(&some), "another line is next");
        assert!(all.repeat("A", b"1") && all.repeat_all(&some));
        assert_eq!(
            (all.len(), all.text()),
            (3, &b"A: 1\r\nB: 2\r\nC: 3\r\n"[..])
        );
        assert!(!all.repeat_all(&some) && all.repeat("D", b"4"));
        all.clear();
        assert!(all.repeat_all(&Lines::new()), "which are none");
        for others in [
            [("A", "1"), ("B", "3")],
            [("a", "1"), ("B", "2")],
            [("A", "1"), ("B", "22")],
        ] {
            assert!(!all.repeat_all(&lines(&others)), "{others:?}");
        }
        assert_eq!((all.len(), all.text()), (0, &b""[..]));
    }

    #[test]
    fn a_copy_has_no_cleared_lines() {
        let mut lines = lines(&[("A", "1"), ("B", "2")]);
        lines.clear();
        assert!(lines.repeat("A", b"1"));
        let mut copy = lines.clone();
        assert!(!copy.repeat("B", b"2"));
        assert_eq!((copy.len(), copy.text()), (1, &b"A: 1\r\n"[..]));
        lines.clear();
        lines.push_all(&copy).unwrap();
        assert_eq!(lines.text(), b"A: 1\r\n");
        assert!(!lines.repeat("B", b"2"));
    }
}
