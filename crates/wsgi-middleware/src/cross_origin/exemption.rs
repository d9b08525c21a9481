//! Requests that other sites may make: a method and a pattern of paths.

use wsgi_environ::{MethodMistake, PathMistake};

use crate::decoded_path::NO_SLASH;

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
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (Some(method), path),
            None => (None, text),
        };
        if let Some(mistake) = method.and_then(MethodMistake::of) {
            return Err(mistake.to_string());
        }
        let path = path.strip_prefix('/').ok_or(NO_SLASH)?;
        let mut segments = Vec::new();
        for segment in path.split('/') {
            if segments.last() == Some(&Segment::Rest) {
                return Err("nothing follows {*…}".to_owned());
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
    fn parse(text: &str) -> Result<Self, String> {
        let inner = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let mistake = match inner {
            Some(inner) => PathMistake::in_braces(inner),
            None => PathMistake::of(text),
        };
        if let Some(mistake) = mistake {
            return Err(mistake.to_string());
        }
        let is_name = |name: &str| !name.is_empty() && !name.contains(['{', '}', '*']);
        match inner.map(|inner| inner.strip_prefix('*').ok_or(inner)) {
            None if text.contains(['{', '}', '*']) => {
                Err("{name} stands for a whole segment".to_owned())
            }
            None => Ok(Self::Literal(text.as_bytes().to_vec())),
            Some(Ok(name)) if is_name(name) => Ok(Self::Rest),
            Some(Err(name)) if is_name(name) => Ok(Self::One),
            Some(_) => Err("a parameter has a name".to_owned()),
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
    fn a_method_is_any_token_and_a_path_may_have_any_sign() {
        check("M-SEARCH /hook", "M-SEARCH /hook", true);
        check("VERSION-CONTROL /hook", "VERSION-CONTROL /hook", true);
        check("/C#/what?", "POST /C#/what?", true);
        check("/@:user/{dish-name}", "POST /@:user/tea", true);
    }

    #[track_caller]
    fn check_refused(pattern: &str, expected: &str) {
        let refused = Exemption::parse(pattern).map(|_| ());
        assert_eq!(refused, Err(expected.to_owned()), "{pattern:?}");
    }

    #[test]
    fn malformed_patterns_are_refused() {
        let no_method = "a method is a token, without spaces and commas";
        for (pattern, reason) in [
            ("", NO_SLASH),
            ("hook", NO_SLASH),
            ("POST", NO_SLASH),
            (" /hook", no_method),
            ("POST,PUT /hook", no_method),
            ("POST  /hook", NO_SLASH),
            (
                "post /hook",
                "methods are case-sensitive, and this one is POST",
            ),
            ("/hook?a=b", "a query is not a part of a path"),
            (
                "/caf%C3%A9",
                "it is compared with a decoded path, so it has no percent-encoding",
            ),
            ("/a/{}", "a parameter has a name"),
            ("/a/{*}", "a parameter has a name"),
            ("/a/{*rest}/b", "nothing follows {*…}"),
            ("/a/x{name}", "{name} stands for a whole segment"),
            ("/a/x*", "{name} stands for a whole segment"),
            ("/{a}{b}", "a parameter has a name"),
            ("/a/*", "the rest of a path is written {*rest}"),
            ("/a/:id", "a parameter is written {id}"),
            ("/a/<int:id>", "a parameter is written {id}"),
            ("/a/{id:str}", "a parameter is written {id}"),
            ("/a/{path...}", "the rest of a path is written {*path}"),
        ] {
            check_refused(pattern, reason);
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
