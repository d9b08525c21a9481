//! Which handler answers: by path, then by method.

use crate::{handler::Handler, methods::Methods};

/// The handlers of an adaptor, by path.
#[derive(Default)]
pub(crate) struct Routes {
    /// The index of each pattern in `pages`.
    router: matchit::Router<usize>,
    pages: Vec<(String, Methods)>,
}

impl Routes {
    /// Adds a handler, in place of the one for the same pattern and method.
    #[track_caller]
    pub(crate) fn add(&mut self, pattern: &str, method: &str, handler: Handler) {
        let known = self.pages.iter().position(|(known, _)| known == pattern);
        let index = known.unwrap_or_else(|| {
            assert!(
                pattern.starts_with('/'),
                "{pattern:?} is no path: it begins with a slash"
            );
            if let Err(error) = self.router.insert(pattern, self.pages.len()) {
                panic!("there can be no page at {pattern:?}: {error}");
            }
            self.pages.push((pattern.to_owned(), Methods::default()));
            self.pages.len() - 1
        });
        self.pages[index].1.add(method, handler);
    }

    /// The handlers at a decoded path, and its parameters. One that is not UTF-8 has none.
    pub(crate) fn at<'a>(
        &'a self,
        path: &'a [u8],
    ) -> Option<(&'a Methods, matchit::Params<'a, 'a>)> {
        // An application mounted at `/app` is asked for "" when the URL ends there.
        let path = match path {
            b"" => "/",
            path => str::from_utf8(path).ok()?,
        };
        let found = self.router.at(path).ok()?;
        Some((&self.pages[*found.value].1, found.params))
    }

    /// The patterns, for `Debug`.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.pages.iter().map(|(pattern, _)| &**pattern)
    }
}
