//! The handlers of an adaptor: by path, then by method.

use wsgi_environ::PathMistake;

use crate::{
    handler::Handler,
    methods::Methods,
    pattern::{Pattern, Piece},
    router::Router,
};

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
            let parsed = Pattern::new(pattern);
            for name in parsed.parameters() {
                assert!(
                    !name.contains(['{', '}']),
                    "cannot add a page at {pattern:?}: a brace cannot be in the name {name:?} of a \
                     parameter"
                );
            }
            if let Some(mistake) = mistake(pattern, &parsed) {
                panic!("cannot add a page at {pattern:?}: {mistake}");
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

/// The mistake in a path with parameters, if there is one.
fn mistake(path: &str, pattern: &Pattern) -> Option<String> {
    // Next to a parameter, other signs mean themselves.
    let mut literals = path
        .split('/')
        .filter(|segment| !segment.contains(['{', '}']));
    let literal = literals.find_map(PathMistake::of);
    let mut next = pattern.pieces().iter().skip(1);
    let in_piece = |piece: &Piece| {
        let is_parameter = !matches!(next.next(), None | Some(Piece::Text(_)));
        match piece {
            Piece::Text(text) if text.ends_with('?') && is_parameter => Some(PathMistake::Query),
            Piece::Text(text) => text.split('/').find_map(|segment| {
                let is_text = |it: &_| matches!(it, PathMistake::Query | PathMistake::Encoded);
                PathMistake::of(segment).filter(is_text)
            }),
            Piece::Parameter(name) => PathMistake::in_braces(name),
            Piece::Rest(name) => PathMistake::in_braces(&format!("*{name}")),
        }
    };
    let mistake = literal.or_else(|| pattern.pieces().iter().find_map(in_piece))?;
    let has_type = pattern.parameters().any(|name| name.contains([':', '<']));
    Some(match mistake {
        PathMistake::Parameter { is_rest: false, .. } if has_type => {
            format!("{mistake}, and its type is that of `request.parameter`")
        }
        _ => mistake.to_string(),
    })
}

/// For an application mounted at `/app`, the path of the URL `/app` is "".
fn or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
