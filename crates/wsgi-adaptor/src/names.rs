//! The names of paths.

use std::fmt::Display;

use crate::{pattern::Pattern, url_error::UrlError};

/// The names of paths, in the order they were added.
#[derive(Default)]
pub(crate) struct Names(Vec<(String, Pattern)>);

impl Names {
    /// Names a path.
    #[track_caller]
    pub(crate) fn add(&mut self, name: &str, path: &str) {
        assert!(!self.contains(name), "two paths have the name {name:?}");
        self.0.push((name.to_owned(), Pattern::new(path)));
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The URL of the path with this name, without a prefix.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        match self.0.iter().find(|(known, _)| known == name) {
            Some((_, pattern)) => pattern.fill(values),
            None => Err(UrlError::UnknownName {
                name: name.to_owned(),
                known: self.0.iter().map(|(known, _)| known.clone()).collect(),
            }),
        }
    }
}
