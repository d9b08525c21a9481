//! The names of paths.

use std::fmt::Display;

use crate::{pattern::Pattern, url_error::UrlError};

/// The names of paths, in the order they were added.
#[derive(Default)]
pub(crate) struct Names(Vec<Named>);

struct Named {
    name: String,
    path: String,
    pattern: Pattern,
}

impl Names {
    /// Names a path.
    #[track_caller]
    pub(crate) fn add(&mut self, name: &str, path: &str) {
        assert!(!self.contains(name), "two paths have the name {name:?}");
        self.0.push(Named {
            name: name.to_owned(),
            path: path.to_owned(),
            pattern: Pattern::new(path),
        });
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.name == name)
    }

    /// The URL of the path with this name, without a prefix. `is_at` tells whether a named path is
    /// the one for a decoded path.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
        is_at: impl Fn(&str, &str) -> bool,
    ) -> Result<String, UrlError> {
        let Some(named) = self.0.iter().find(|known| known.name == name) else {
            return Err(UrlError::UnknownName {
                name: name.to_owned(),
                known: self.0.iter().map(|known| known.name.clone()).collect(),
            });
        };
        named.pattern.fill(values, |path| is_at(&named.path, path))
    }
}
