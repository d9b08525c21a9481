//! Problems that a check finds.

use std::fmt;

/// A place in the tree, and a problem there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    place: String,
    problem: String,
}

impl Violation {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }

    /// One for each problem of the same place.
    pub(super) fn each<P>(place: &str, problems: P) -> impl Iterator<Item = Self> + use<'_, P>
    where
        P: IntoIterator<Item = String>,
    {
        problems
            .into_iter()
            .map(move |problem| Self::new(place, problem))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

#[cfg(test)]
#[track_caller]
pub(super) fn assert_found(found: &[Violation], expected: &[&str]) {
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}
