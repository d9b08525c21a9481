//! The path of a route, with its parameters.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::url_error::UrlError;

/// The characters that are escaped in a URL: all but slashes and the unreserved characters of RFC
/// 3986 section 2.3.
pub(crate) const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of a route in pieces.
pub(crate) struct Pattern(Vec<Piece>);

/// A piece of the path of a route.
pub(crate) enum Piece {
    Text(String),
    /// A segment, or a part of one.
    Parameter(String),
    /// The rest of the path.
    Rest(String),
}

impl Pattern {
    /// Reads a path as the router does. A path that the router refuses makes any pattern.
    pub(crate) fn new(path: &str) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = path;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..];
            // Two braces stand for one.
            if brace.starts_with("{{") || brace.starts_with("}}") {
                text.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let end = closing_brace(brace);
            let name = brace.get(1..end).unwrap_or_default();
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(match name.strip_prefix('*') {
                Some(name) => Piece::Rest(name.to_owned()),
                None => Piece::Parameter(name.to_owned()),
            });
            rest = brace.get(end + 1..).unwrap_or_default();
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Self(pieces)
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The names of the parameters, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Parameter(name) | Piece::Rest(name) => Some(&**name),
        })
    }

    /// The path with these values, percent-encoded, and a query of the values that are not in the
    /// path. `is_found` tells whether a request for the decoded path comes to this pattern.
    pub(crate) fn fill(
        &self,
        values: &[(&str, &dyn Display)],
        is_found: impl Fn(&str) -> bool,
    ) -> Result<String, UrlError> {
        let path = self.decoded_path(values)?;
        self.check_dots(&path, values)?;
        if !is_found(&path) {
            return Err(match self.parameters().next() {
                Some(name) => unfit(name), // another route is at this path
                None => UrlError::HiddenPath { path },
            });
        }
        let mut url = utf8_percent_encode(&path, NOT_IN_PATHS).to_string();
        let is_used = |name: &str| self.parameters().any(|known| known == name);
        let others = values.iter().filter(|(name, _)| !is_used(name));
        for (index, (name, value)) in others.enumerate() {
            let value = value.to_string();
            url.push(if index == 0 { '?' } else { '&' });
            url.extend(utf8_percent_encode(name, NOT_IN_PATHS));
            url.push('=');
            url.extend(utf8_percent_encode(&value, NOT_IN_PATHS));
        }
        Ok(url)
    }

    /// The path with these values, as a server decodes it.
    fn decoded_path(&self, values: &[(&str, &dyn Display)]) -> Result<String, UrlError> {
        let mut path = String::new();
        for piece in &self.0 {
            let (name, is_rest) = match piece {
                Piece::Text(text) => {
                    path.push_str(text);
                    continue;
                }
                Piece::Parameter(name) => (name, false),
                Piece::Rest(name) => (name, true),
            };
            let missing = || UrlError::MissingParameter { name: name.clone() };
            let value = value_of(name, values).ok_or_else(missing)?;
            // Servers refuse `%00` in a path.
            if value.is_empty() || value.contains('\0') || !is_rest && value.contains('/') {
                return Err(unfit(name));
            }
            path.push_str(&value);
        }
        Ok(path)
    }

    /// Refuses a path in which values make segments of dots. A browser resolves them, also if they
    /// are escaped.
    fn check_dots(&self, path: &str, values: &[(&str, &dyn Display)]) -> Result<(), UrlError> {
        let has_dots = |path: &str| path.split('/').any(|segment| matches!(segment, "." | ".."));
        let Some(first) = self.parameters().next().filter(|_| has_dots(path)) else {
            return Ok(());
        };
        let is_at_fault = |name: &&str| value_of(name, values).is_some_and(|it| has_dots(&it));
        Err(unfit(self.parameters().find(is_at_fault).unwrap_or(first)))
    }
}

/// The value of a parameter, as text.
fn value_of(name: &str, values: &[(&str, &dyn Display)]) -> Option<String> {
    let value = values.iter().find(|(given, _)| *given == name);
    value.map(|(_, value)| value.to_string())
}

fn unfit(name: &str) -> UrlError {
    UrlError::UnfitParameter {
        name: name.to_owned(),
    }
}

/// The place of the first single closing brace in a text, or else the end. Two braces are one in a
/// name.
fn closing_brace(text: &str) -> usize {
    let mut from = 0;
    while let Some(found) = text[from..].find('}') {
        let at = from + found;
        if !text[at..].starts_with("}}") {
            return at;
        }
        from = at + 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, values: &[(&str, &dyn Display)], filled: Result<&str, &str>) {
        let found = Pattern::new(path)
            .fill(values, |path| path != "/x/new")
            .map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(|error| &**error), filled);
    }

    #[test]
    fn values_are_escaped_where_they_stand() {
        check("/", &[], Ok("/"));
        check(
            "/caf\u{e9}/{a}",
            &[("a", &"\u{df} %2F?#")],
            Ok("/caf%C3%A9/%C3%9F%20%252F%3F%23"),
        );
        check(
            "/a{{b}}/{c}.{d}",
            &[("d", &1), ("c", &"{")],
            Ok("/a%7Bb%7D/%7B.1"),
        );
        check("/{*a}", &[("a", &"b/c//d/")], Ok("/b/c//d/"));
        check("/{a}", &[("a", &"b\r\nc")], Ok("/b%0D%0Ac"));
        check("/{a}", &[("a", &"...")], Ok("/..."));
    }

    #[test]
    fn other_values_are_the_query() {
        check(
            "/",
            &[("q", &"a b&c"), ("q", &1), ("\u{e9}=", &"")],
            Ok("/?q=a%20b%26c&q=1&%C3%A9%3D="),
        );
        check("/{q}", &[("q", &1), ("q", &2)], Ok("/1"));
    }

    #[test]
    fn what_the_router_would_not_give_back_is_refused() {
        let missing = r#"the URL needs the parameter "a""#;
        check("/{a}", &[("b", &1)], Err(missing));
        let unfit = r#"the URL cannot have this value of the parameter "a""#;
        for value in ["", "b/c", "/", ".", "..", "b\0"] {
            check("/x/{a}", &[("a", &value)], Err(unfit));
        }
        for value in ["", "..", "b/../c", "./b", "b/\0"] {
            check("/x/{*a}", &[("a", &value)], Err(unfit));
        }
        check("/.{a}", &[("a", &".")], Err(unfit));
        check("/x/{a}", &[("a", &"new")], Err(unfit));
        let hidden = r#"another adaptor is mounted at the path "/x/new""#;
        check("/x/new", &[], Err(hidden));
        check("/x/{a}", &[("a", &"newer")], Ok("/x/newer"));
        check("/{b}/{a}", &[("a", &".."), ("b", &"c")], Err(unfit));
        check("/{a}.b", &[("a", &".")], Ok("/..b"));
    }
}
