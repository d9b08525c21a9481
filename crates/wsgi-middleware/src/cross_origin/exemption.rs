//! Requests that other sites may make: a method and a pattern of paths.

use wsgi_environ::is_standard_method;

use crate::decoded_path;

/// A pattern such as `POST /hooks/{name}`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Exemption {
    /// `None` stands for any.
    method: Option<String>,
    segments: Vec<Segment>,
    /// The pattern as it was written.
    text: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Segment {
    Literal(Vec<u8>),
    /// Any one segment that is not empty.
    One,
    /// All that remains, at least one segment.
    Rest,
}

impl Exemption {
    /// Parses a pattern. The error says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (Some(method), path),
            None => (None, text),
        };
        let is_method = |method: &str| method.bytes().all(|byte| byte.is_ascii_alphabetic());
        if method.is_some_and(|method| method.is_empty() || !is_method(method)) {
            return Err("the method has letters alone");
        }
        let is_small = |method: &str| {
            !is_standard_method(method) && is_standard_method(method.to_ascii_uppercase())
        };
        if method.is_some_and(is_small) {
            return Err("methods are case-sensitive, and the standard ones are in capitals");
        }
        if let Some(mistake) = decoded_path::mistake(path) {
            return Err(mistake);
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut segments = Vec::new();
        for segment in path.split('/') {
            if segments.last() == Some(&Segment::Rest) {
                return Err("nothing follows {*…}");
            }
            segments.push(Segment::parse(segment)?);
        }
        Ok(Self {
            method: method.map(str::to_owned),
            segments,
            text: text.to_owned(),
        })
    }

    /// Whether it matches a request with this method and decoded path.
    ///
    /// An application may read `/a//b` or `/a/../b` as another path. So such a path only matches
    /// segments that are written the same in the pattern.
    pub(super) fn matches(&self, method: &[u8], path: &[u8]) -> bool {
        let is_method = self.method.as_ref();
        if is_method.is_some_and(|expected| expected.as_bytes() != method) {
            return false;
        }
        let Some(path) = path.strip_prefix(b"/") else {
            return false;
        };
        let mut given = path.split(|&byte| byte == b'/');
        for segment in &self.segments {
            let Some(first) = given.next() else {
                return false;
            };
            let is_match = match segment {
                Segment::Literal(expected) => expected == first,
                Segment::One => is_plain(first),
                Segment::Rest => return is_plain(first) && given.all(is_plain),
            };
            if !is_match {
                return false;
            }
        }
        given.next().is_none()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let inner = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let is_name = |name: &str| !name.is_empty() && !name.contains(['{', '}', '*']);
        match inner.map(|inner| inner.strip_prefix('*').ok_or(inner)) {
            None if text.contains(['{', '}', '*']) => Err("{name} stands for a whole segment"),
            None => Ok(Self::Literal(text.as_bytes().to_vec())),
            Some(Ok(name)) if is_name(name) => Ok(Self::Rest),
            Some(Err(name)) if is_name(name) => Ok(Self::One),
            Some(_) => Err("a parameter has a name"),
        }
    }
}

/// Whether every application reads a segment as a name.
fn is_plain(segment: &[u8]) -> bool {
    let is_dots = matches!(segment, b"" | b"." | b"..");
    !is_dots && !segment.contains(&b'\\') && !segment.contains(&0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, request: &str, expected: bool) {
        let exemption = Exemption::parse(pattern).expect(pattern);
        let (method, path) = request.split_once(' ').expect("a method");
        let matched = exemption.matches(method.as_bytes(), path.as_bytes());
        assert_eq!(matched, expected, "{pattern}: {request}");
    }

    #[test]
    fn a_path_matches_as_it_is_written() {
        check("/hook", "POST /hook", true);
        check("/hook", "PUT /hook", true);
        check("POST /hook", "POST /hook", true);
        check("POST /hook", "PUT /hook", false);
        check("POST /hook", "post /hook", false);
        check("/hook", "POST /hook/", false);
        check("/hook/", "POST /hook/", true);
        check("/hook", "POST /hooks", false);
        check("/hook", "POST //hook", false);
        check("/hook", "POST hook", false);
        check("/", "POST /", true);
        check("/", "POST ", false);
    }

    #[test]
    fn a_parameter_stands_for_a_segment_or_for_the_rest() {
        check("/hooks/{name}", "POST /hooks/git", true);
        check("/hooks/{name}", "POST /hooks/", false);
        check("/hooks/{name}", "POST /hooks", false);
        check("/hooks/{name}", "POST /hooks/a/b", false);
        check("/hooks/{name}/in", "POST /hooks/a/in", true);
        check("/hooks/{*rest}", "POST /hooks/a/b/c", true);
        check("/hooks/{*rest}", "POST /hooks/", false);
        check("/{*rest}", "POST /admin", true);
    }

    #[test]
    fn a_path_that_an_application_may_read_otherwise_matches_no_parameter() {
        for path in [
            "/hooks/../admin",
            "/hooks/./a",
            "/hooks/a/..",
            "/hooks//admin",
            "/hooks/a/",
            "/hooks/..\\admin",
            "/hooks/a\0",
        ] {
            check("/hooks/{*rest}", &format!("POST {path}"), false);
        }
        check("/hooks/{name}", "POST /hooks/..", false);
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for text in [
            "",
            "hook",
            "POST",
            " /hook",
            "PO-ST /hook",
            "POST  /hook",
            "post /hook",
            "/hook?a",
            "/hook#a",
            "/caf%C3%A9",
            "/a/{}",
            "/a/{*}",
            "/a/{*rest}/b",
            "/a/x{name}",
            "/a/*",
            "/{a}{b}",
        ] {
            assert!(Exemption::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_matched_rest_stays_below_its_folder(rest in "[a./\\\\]{0,12}") {
            let exemption = Exemption::parse("/hooks/{*rest}").unwrap();
            let path = format!("/hooks/{rest}");
            let mut depth = 0;
            let stays = rest.split(['/', '\\']).all(|segment| {
                depth += match segment { ".." => -1, "" | "." => 0, _ => 1 };
                depth > 0
            });
            if exemption.matches(b"POST", path.as_bytes()) {
                prop_assert!(stays, "{}", path);
            }
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,30}", path in "\\PC{0,30}") {
            if let Ok(exemption) = Exemption::parse(&text) {
                exemption.matches(b"POST", path.as_bytes());
            }
        }
    }
}
