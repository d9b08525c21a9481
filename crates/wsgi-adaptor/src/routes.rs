//! The handlers of an adaptor: by path, then by method.

use crate::{handler::Handler, methods::Methods, pattern::Pattern, router::Router};

/// The handlers of an adaptor, by path.
#[derive(Default)]
pub(crate) struct Routes {
    /// Maps each pattern to its index in `pages`.
    router: Router,
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
            if let Some(mistake) = mistake(pattern) {
                panic!("cannot add a page at {pattern:?}: {mistake}");
            }
            let parsed = Pattern::new(pattern);
            for name in parsed.parameters() {
                assert!(
                    !name.contains(['{', '}']),
                    "cannot add a page at {pattern:?}: a brace cannot be in the name {name:?} of a \
                     parameter"
                );
                assert!(
                    !name.contains(':'),
                    "cannot add a page at {pattern:?}: {name:?} is not the name of a parameter; its \
                     type is that of `request.parameter`"
                );
            }
            if let Err(error) = self.router.add(pattern) {
                panic!("cannot add a page at {pattern:?}: {error}");
            }
            let mut names: Vec<String> = Vec::new();
            for name in parsed.parameters() {
                let is_new = names.iter().all(|known| known != name);
                assert!(is_new, "{pattern:?} has two parameters named {name:?}");
                names.push(name.to_owned());
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
    ) -> (Option<&'a Methods>, matchit::Params<'a, 'a>) {
        let found = str::from_utf8(path).ok();
        match found.and_then(|path| self.router.at(or_root(path))) {
            Some((route, parameters)) => (Some(&self.pages[route].1), parameters),
            None => (None, matchit::Params::new()),
        }
    }

    /// The pattern of the handlers at a decoded path.
    pub(crate) fn pattern_at(&self, path: &str) -> Option<&str> {
        let (route, _) = self.router.at(or_root(path))?;
        Some(&self.pages[route].0)
    }

    /// Whether there is a handler at this pattern.
    pub(crate) fn contains(&self, pattern: &str) -> bool {
        self.patterns().any(|known| known == pattern)
    }

    /// Whether there is a handler for this method, at any pattern.
    pub(crate) fn has_method(&self, method: &[u8]) -> bool {
        self.pages.iter().any(|(_, page)| page.contains(method))
    }

    /// The patterns, for `Debug`.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.pages.iter().map(|(pattern, _)| &**pattern)
    }
}

/// A reason why hardly a request has such a path, which the author meant otherwise.
pub(crate) fn mistake(path: &str) -> Option<String> {
    for segment in path.split('/') {
        let name = segment.trim_matches([':', '<', '>', '*']);
        match segment.as_bytes() {
            [b':', _, ..] | [b'<', .., b'>'] => {
                let name = name.rsplit(':').next().unwrap_or_default();
                return Some(format!("a parameter is written {{{name}}}"));
            }
            [b'*', ..] => {
                let name = if name.is_empty() { "rest" } else { name };
                return Some(format!("the rest of a path is written {{*{name}}}"));
            }
            _ => {}
        }
    }
    let is_escape = |bytes: &[u8]| bytes[0] == b'%' && bytes[1..].iter().all(u8::is_ascii_hexdigit);
    if path.contains(['?', '#']) {
        Some("a query and a fragment are not parts of a path".to_owned())
    } else if path.as_bytes().windows(3).any(is_escape) {
        Some("it is compared with a decoded path, so it has no percent-encoding".to_owned())
    } else {
        None
    }
}

/// For an application mounted at `/app`, the path of the URL `/app` is "".
fn or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
