//! The ids that a request came with.

use super::id::Id;

/// Number of ids for which the store is asked.
pub(crate) const TRIED: usize = 8;

/// An id that a request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Presented {
    pub(crate) id: Id,
    /// Whether it was signed with an old key that is being rotated out.
    pub(crate) resign: bool,
}

/// The ids that a request came with, in the order in which the store is asked for them. Usually
/// there is only one, which needs no allocation.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    first: Option<Presented>,
    others: Vec<Presented>,
}

impl Candidates {
    pub(crate) fn of(presented: Presented) -> Self {
        Self {
            first: Some(presented),
            others: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Presented> {
        self.first.iter().chain(&self.others).copied()
    }
}

/// Takes only the first few, each once. Those signed with the current key come first.
impl FromIterator<Presented> for Candidates {
    fn from_iter<T: IntoIterator<Item = Presented>>(presented: T) -> Self {
        let mut all = Self::default();
        for presented in presented {
            if all.iter().any(|other| other.id == presented.id) {
                continue;
            }
            match all.first {
                None => all.first = Some(presented),
                Some(first) if first.resign && !presented.resign => {
                    all.others.insert(0, first);
                    all.first = Some(presented);
                }
                Some(_) => {
                    let at = all.others.iter().position(|other| other.resign);
                    let at = at.filter(|_| !presented.resign);
                    all.others.insert(at.unwrap_or(all.others.len()), presented);
                }
            }
            all.others.truncate(TRIED - 1);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(byte: u8, resign: bool) -> Presented {
        let id = Id::parse(&[byte; 24]).unwrap();
        Presented { id, resign }
    }

    #[track_caller]
    fn check(given: &[(u8, bool)], expected: &str) {
        let given = given.iter().map(|(byte, resign)| presented(*byte, *resign));
        let candidates: Candidates = given.collect();
        let ids = candidates.iter().map(|presented| presented.id);
        let ids: String = ids.map(|id| id.as_str()[..1].to_owned()).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn an_id_signed_with_the_current_key_comes_first() {
        check(&[], "");
        check(&[(b'a', false), (b'b', false)], "ab");
        check(&[(b'a', true), (b'b', true)], "ab");
        check(
            &[(b'a', true), (b'b', false), (b'c', true), (b'd', false)],
            "bdac",
        );
    }

    #[test]
    fn each_id_is_tried_once_and_at_most_eight_are() {
        check(&[(b'a', false), (b'a', false), (b'a', true)], "a");
        let many: Vec<_> = (b'a'..=b'z').map(|byte| (byte, false)).collect();
        check(&many, "abcdefgh");
    }
}
