//! Sets of field names.

/// A set of field names, for a quick test that headers have none of them.
///
/// Each name sets one of 64 bits, and several names may share a bit. So the test takes one or two
/// instructions, however many names there are. It may report a name that is not there, but never
/// misses one.
///
/// ```
/// use wsgi_headers::{Headers, NameSet};
///
/// const OWN: NameSet = NameSet::of(&["Date", "Server"]);
///
/// let mut headers = Headers::from_fields([("Content-Type", "text/plain")])?;
/// assert!(!headers.may_have(OWN));
/// headers.append("server", "wsgi")?;
/// assert!(headers.may_have(OWN));
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NameSet(u64);

impl NameSet {
    /// No names.
    pub(crate) const EMPTY: Self = Self(0);

    /// The set of these names, in any case.
    #[inline]
    #[must_use]
    pub const fn of(names: &[&str]) -> Self {
        let mut set = Self::EMPTY;
        let mut index = 0;
        while index < names.len() {
            set = set.or(Self::one(names[index].as_bytes()));
            index += 1;
        }
        set
    }

    /// The union of both sets.
    ///
    /// ```
    /// use wsgi_headers::NameSet;
    ///
    /// let (date, server) = (NameSet::of(&["Date"]), NameSet::of(&["Server"]));
    /// let either = date.or(server);
    /// assert!(either.may_meet(date) && either.may_meet(server));
    /// assert!(!either.may_meet(NameSet::of(&["Vary"])));
    /// ```
    #[inline]
    #[must_use]
    pub const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The set of one name. Few names have the same length and the same last letter.
    #[inline]
    pub(crate) const fn one(name: &[u8]) -> Self {
        let letter = match name.last() {
            Some(last) => *last & 0x1f, // of either case
            None => 0,
        };
        Self(1 << ((name.len() + letter as usize) % u64::BITS as usize))
    }

    /// Whether the sets may have a name in common. If this returns false, they have none.
    ///
    /// ```
    /// use wsgi_headers::NameSet;
    ///
    /// let known = NameSet::of(&["REMOTE_USER", "PATH_INFO"]);
    /// assert!(known.may_meet(NameSet::of(&["PATH_INFO"])));
    /// assert!(!known.may_meet(NameSet::of(&["QUERY_STRING"])));
    /// ```
    #[inline]
    #[must_use]
    pub const fn may_meet(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::Headers;

    #[test]
    fn the_set_of_headers_follows_every_change() {
        let (short, long) = ("A", "A".repeat(65));
        let set = NameSet::of(&[short]);
        let mut headers = Headers::new();
        assert!(!headers.may_have(set));
        headers.append(&long, "1").unwrap();
        assert!(headers.may_have(NameSet::of(&[&long])));
        assert!(headers.may_have(set), "the same mark");
        assert!(!headers.contains(short));
        headers.append("Date", "today").unwrap();
        headers.remove(&long);
        assert!(!headers.may_have(set));
        assert!(headers.may_have(NameSet::of(&["DATE"])));
        let copy = Headers::from_fields(&headers).unwrap();
        assert!(copy.may_have(NameSet::of(&["date"])));
        headers.clear();
        assert!(!headers.may_have(NameSet::of(&["Date"])));
    }

    #[test]
    fn a_name_is_found_after_any_changes() {
        let names = ["A", "Bb", "Ccc", "Date", "Vary"];
        let mut headers = Headers::new();
        for round in 0..50_usize {
            let name = names[round * 7 % names.len()];
            match round % 4 {
                0 => drop(headers.remove(name)),
                1 => headers.set(name, "1").unwrap(),
                2 => headers.append(name, "2").unwrap(),
                _ => drop(headers.extend_from([(name, "3"), ("not a name", "4")])),
            }
            for name in names {
                let is_there = headers.keys().any(|key| key == name);
                assert_eq!(headers.contains(name), is_there, "{round}");
            }
        }
    }
}
