//! The values of repeated fields.

use std::{
    cell::{Cell, OnceCell},
    ops::Range,
};

/// The joined values of all fields with several lines. They are joined when the first of these
/// fields is looked up (RFC 3875 section 4.1.18, RFC 9110 section 5.3).
#[derive(Default)]
pub(crate) struct Repeated {
    joined: OnceCell<Joined>,
    /// The memory of an earlier request.
    spare: Cell<Joined>,
}

/// The lines of a request's fields, by index.
pub(crate) trait Lines {
    fn count(&self) -> usize;

    /// Whether two lines belong to the same field.
    fn is_same(&self, one: usize, other: usize) -> bool;

    fn is_cookie(&self, index: usize) -> bool;

    fn line(&self, index: usize) -> &[u8];
}

/// The joined values, each with the index of its first line.
#[derive(Default)]
struct Joined {
    text: Vec<u8>,
    values: Vec<(usize, Range<usize>)>,
}

/// The copy joins them itself, when a caller asks for one.
impl Clone for Repeated {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Repeated {
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.joined.get().is_some() {
            self.clear_joined();
        }
    }

    #[inline(never)] // as the values of few requests are joined
    fn clear_joined(&mut self) {
        if let Some(mut joined) = self.joined.take() {
            joined.text.clear();
            joined.values.clear();
            self.spare.set(joined);
        }
    }

    /// The joined value of the field whose first line is `first`, if it has several lines.
    pub(crate) fn value(&self, first: usize, lines: &dyn Lines) -> Option<&[u8]> {
        let joined = self.joined.get_or_init(|| {
            let mut joined = self.spare.take();
            joined.join(lines);
            joined
        });
        let (_, range) = joined.values.iter().find(|(index, _)| *index == first)?;
        joined.text.get(range.clone())
    }
}

impl Joined {
    fn join(&mut self, lines: &dyn Lines) {
        let all = 0..lines.count();
        for first in all.clone() {
            if all
                .clone()
                .take(first)
                .any(|earlier| lines.is_same(earlier, first))
            {
                continue;
            }
            let is_same = |&later: &usize| lines.is_same(later, first);
            let mut later = all.clone().skip(first + 1).filter(is_same).peekable();
            if later.peek().is_none() {
                continue;
            }
            // Cookies are separated by semicolons (RFC 9113 section 8.2.3).
            let separator = if lines.is_cookie(first) { b"; " } else { b", " };
            let start = self.text.len();
            self.text.extend_from_slice(lines.line(first));
            for index in later {
                self.text.extend_from_slice(separator);
                self.text.extend_from_slice(lines.line(index));
            }
            self.values.push((first, start..self.text.len()));
        }
    }
}
