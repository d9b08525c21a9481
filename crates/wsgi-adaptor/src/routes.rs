//! The handlers of an adaptor: by path, then by method.

use crate::{handler::Handler, methods::Methods};

/// The handlers of an adaptor, by path.
#[derive(Default)]
pub(crate) struct Routes {
    /// Maps each pattern to its index in `pages`.
    router: matchit::Router<usize>,
    pages: Vec<(String, Methods)>,
}

impl Routes {
    /// Adds a handler. It replaces an earlier one for the same pattern and method.
    #[track_caller]
    pub(crate) fn add(&mut self, pattern: &str, method: &str, handler: Handler) {
        let known = self.pages.iter().position(|(known, _)| known == pattern);
        let index = known.unwrap_or_else(|| {
            assert!(
                pattern.starts_with('/'),
                "{pattern:?} is not a path: it must begin with a slash"
            );
            if let Err(error) = self.router.insert(pattern, self.pages.len()) {
                panic!("cannot add a page at {pattern:?}: {error}");
            }
            if let Some(name) = repeated(pattern) {
                panic!("{pattern:?} has two parameters named {name:?}");
            }
            self.pages.push((pattern.to_owned(), Methods::default()));
            self.pages.len() - 1
        });
        self.pages[index].1.add(method, handler);
    }

    /// The handlers at a decoded path, and its parameters. A path that is not UTF-8 has none.
    pub(crate) fn at<'a>(
        &'a self,
        path: &'a [u8],
    ) -> Option<(&'a Methods, matchit::Params<'a, 'a>)> {
        // For an application mounted at `/app`, the path of the URL `/app` is "".
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

/// The first parameter name that occurs twice in a pattern.
fn repeated(pattern: &str) -> Option<&str> {
    let pattern = pattern.as_bytes();
    let mut names: Vec<&[u8]> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        let next = pattern.get(at + 1);
        at += 1;
        match byte {
            b'{' | b'}' if next == Some(&byte) => at += 1, // a brace that stands for itself
            b'{' => {
                let length = pattern[at..].iter().position(|&byte| byte == b'}')?;
                let name = &pattern[at..at + length];
                let name = name.strip_prefix(b"*").unwrap_or(name);
                if names.contains(&name) {
                    return str::from_utf8(name).ok();
                }
                names.push(name);
            }
            _ => {}
        }
    }
    None
}
