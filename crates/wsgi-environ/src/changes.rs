//! The variables that were set or removed by hand, which take precedence over all others.

use std::fmt;

use wsgi_headers::{NameSet, Redacted};

/// The number of wasted bytes up to which compaction is not worthwhile.
const SMALL: usize = 4096;

/// Variables by name in two arenas, which can be cleared and filled again without allocations.
///
/// A removed variable keeps its entry without a value, which hides the request's variable of that
/// name.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    names: String,
    values: Vec<u8>,
    entries: Vec<Entry>,
    /// The names of all entries.
    known: NameSet,
    /// The number of bytes in `values` that no entry refers to.
    waste: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Span,
    value: Option<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    len: usize,
}

/// A change of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    Set(&'a [u8]),
    Removed,
}

impl<'a> Change<'a> {
    /// The value that was set.
    #[inline]
    pub(crate) fn value(self) -> Option<&'a [u8]> {
        match self {
            Change::Set(value) => Some(value),
            Change::Removed => None,
        }
    }
}

impl Changes {
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.values.clear();
        self.entries.clear();
        self.known = NameSet::default();
        self.waste = 0;
    }

    #[inline(always)] // since few variables are changed
    pub(crate) fn get(&self, name: &str) -> Option<Change<'_>> {
        if !self.known.may_meet(NameSet::of(&[name])) {
            return None;
        }
        self.position(name)
            .map(|index| self.change(self.entries[index]))
    }

    /// Whether one of these variables may be among them. If not, none is.
    #[inline]
    pub(crate) fn may_have(&self, names: NameSet) -> bool {
        self.known.may_meet(names)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Change<'_>)> {
        self.entries
            .iter()
            .map(|&entry| (self.name(entry), self.change(entry)))
    }

    pub(crate) fn set(&mut self, name: &str, value: &[u8]) {
        let index = self.entry(name);
        self.waste += self.entries[index].value.map_or(0, |old| old.len);
        let start = self.values.len();
        self.values.extend_from_slice(value);
        self.entries[index].value = Some(Span {
            start,
            len: value.len(),
        });
        self.compact_if_wasteful();
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let index = self.entry(name);
        if let Some(old) = self.entries[index].value.take() {
            self.waste += old.len;
            self.compact_if_wasteful();
        }
    }

    /// The index of the entry of this name, which is added if it is absent.
    #[inline]
    fn entry(&mut self, name: &str) -> usize {
        let mark = NameSet::of(&[name]);
        let known = match self.known.may_meet(mark) {
            true => self.position(name),
            false => None,
        };
        known.unwrap_or_else(|| {
            self.known = self.known.or(mark);
            let name = Span {
                start: self.names.len(),
                len: {
                    self.names.push_str(name);
                    name.len()
                },
            };
            self.entries.push(Entry { name, value: None });
            self.entries.len() - 1
        })
    }

    #[inline(never)] // as above
    fn position(&self, name: &str) -> Option<usize> {
        let name = name.as_bytes();
        // Not `Iterator::position`, which is not inlined. Few names have the right length, and
        // fewer the same end, where names differ most.
        for (index, &entry) in self.entries.iter().enumerate() {
            if entry.name.len == name.len() {
                let known = &self.names.as_bytes()[entry.name.start..][..entry.name.len];
                if known.last_chunk::<8>() == name.last_chunk() && known == name {
                    return Some(index);
                }
            }
        }
        None
    }

    fn name(&self, entry: Entry) -> &str {
        &self.names[entry.name.start..][..entry.name.len]
    }

    fn change(&self, entry: Entry) -> Change<'_> {
        match entry.value {
            Some(value) => Change::Set(&self.values[value.start..][..value.len]),
            None => Change::Removed,
        }
    }

    /// Compacts the arena if it pays, so that setting a variable again and again does not grow it
    /// without end.
    #[inline]
    fn compact_if_wasteful(&mut self) {
        if self.waste > SMALL && self.waste > self.values.len() / 2 {
            self.compact();
        }
    }

    #[cold]
    fn compact(&mut self) {
        let mut values = Vec::with_capacity(self.values.len());
        for value in self
            .entries
            .iter_mut()
            .filter_map(|entry| entry.value.as_mut())
        {
            let start = values.len();
            values.extend_from_slice(&self.values[value.start..][..value.len]);
            value.start = start;
        }
        self.values = values;
        self.waste = 0;
    }
}

/// Shows values [without secrets](Redacted), and a removed variable as `None`.
impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, change) in self.iter() {
            match change {
                Change::Set(value) => map.entry(&name, &Redacted::new(name, value)),
                Change::Removed => map.entry(&name, &None::<()>),
            };
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Changes, SMALL};

    #[test]
    fn names_that_differ_in_one_place_are_different() {
        let names = [
            "",
            "A",
            "B",
            "A_LONG_NAME",
            "B_LONG_NAME",
            "A_LONG_NAMF",
            "A_LONG_NAMEX",
        ];
        let mut changes = Changes::default();
        for name in names {
            changes.set(name, name.as_bytes());
        }
        for name in names {
            assert_eq!(changes.get(name), Some(Change::Set(name.as_bytes())));
        }
        assert_eq!(changes.get("C_LONG_NAME"), None);
    }

    #[test]
    fn a_variable_set_again_and_again_does_not_grow_the_arena() {
        let mut changes = Changes::default();
        changes.set("KEPT", b"kept");
        for round in 0..1000_u32 {
            let value = vec![b'x'; 100 + round as usize % 7];
            changes.set("CHANGING", &value);
            assert_eq!(changes.get("CHANGING"), Some(Change::Set(&value)));
            assert_eq!(changes.get("KEPT"), Some(Change::Set(b"kept")));
            assert!(changes.values.len() <= 2 * SMALL);
        }
        assert_eq!(changes.iter().count(), 2);
    }

    #[test]
    fn a_variable_set_and_removed_again_and_again_does_not_grow_the_arena() {
        let mut changes = Changes::default();
        for _ in 0..1000 {
            changes.set("CHANGING", &[b'x'; 100]);
            changes.remove("CHANGING");
            assert!(changes.values.len() <= 2 * SMALL);
        }
        assert_eq!(changes.get("CHANGING"), Some(Change::Removed));
    }

    #[test]
    fn a_removed_variable_stays_known_until_a_clear() {
        let mut changes = Changes::default();
        changes.remove("A");
        assert_eq!(changes.get("A"), Some(Change::Removed));
        changes.clear();
        assert_eq!(changes.get("A"), None);
    }
}
