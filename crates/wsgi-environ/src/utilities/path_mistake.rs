//! Mistakes in paths that a program compares with those of requests.

use std::fmt;

/// A mistake in a path that a program compares with the decoded `PATH_INFO`, such as that of a
/// page. The author means something else, so hardly any request has such a path.
///
/// All other paths are fine, whatever signs they have: `/C#`, `/what?`, `/100%`, `/a*b`, `/@:user`.
///
/// The text says how a parameter is written where a path may have some: `{name}` stands for a
/// segment, `{*name}` for the rest of a path.
///
/// ```
/// use wsgi_environ::PathMistake;
///
/// assert_eq!(PathMistake::of("/C#/what?"), None);
/// assert_eq!(PathMistake::of("/menu?page=1"), Some(PathMistake::Query));
/// let mistake = PathMistake::of("/menu/<int:dish>").expect("a parameter of Flask");
/// assert_eq!(mistake.to_string(), "a parameter is written {dish}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathMistake {
    /// A query, such as `?page=1`. It is in `QUERY_STRING`, not in the path.
    Query,
    /// Percent-encoding, such as `%C3%A9`. Write the path decoded.
    Encoded,
    /// A segment that stands for others in the routes of a framework: `:id`, `<id>`, `<int:id>`,
    /// `{id}`, `{id:int}`, `{id<int>}`, `{path...}`, `*`, `*path`.
    Parameter {
        /// Its name, if that has only ASCII letters, digits and `_`.
        name: Option<String>,
        /// Whether it stands for all the segments that follow.
        is_rest: bool,
    },
    /// The segment `{$}`, with which a pattern of Go's `ServeMux` ends. Leave it out.
    End,
}

impl PathMistake {
    /// Finds the first mistake in a path in which each segment stands for itself. The path may also
    /// be a part of one, or a single segment.
    ///
    /// ```
    /// use wsgi_environ::PathMistake;
    ///
    /// assert_eq!(PathMistake::of("/50% off"), None);
    /// assert_eq!(PathMistake::of("/50%25"), Some(PathMistake::Encoded));
    /// let rest = PathMistake::Parameter { name: None, is_rest: true };
    /// assert_eq!(PathMistake::of("/files/*"), Some(rest));
    /// ```
    #[must_use]
    pub fn of(path: impl AsRef<[u8]>) -> Option<Self> {
        let mut segments = path.as_ref().split(|&byte| byte == b'/');
        segments.find_map(|segment| {
            if has_query(segment) {
                Some(Self::Query)
            } else if is_encoded(segment) {
                Some(Self::Encoded)
            } else {
                Self::in_segment(segment)
            }
        })
    }

    /// Finds a mistake in the text between the braces of a parameter, where a path may have some.
    ///
    /// ```
    /// use wsgi_environ::PathMistake;
    ///
    /// assert_eq!(PathMistake::in_braces("dish"), None);
    /// assert_eq!(PathMistake::in_braces("*path"), None);
    /// let mistake = PathMistake::in_braces("path...").expect("a parameter of Go");
    /// assert_eq!(mistake.to_string(), "the rest of a path is written {*path}");
    /// ```
    #[must_use]
    pub fn in_braces(text: &str) -> Option<Self> {
        let name = text.strip_prefix('*').unwrap_or(text);
        let is_foreign = name.contains(['*', ':', '<', '>', '(', '=', '?', '$']);
        (is_foreign || name.ends_with("..")).then(|| Self::braced(text.as_bytes()))
    }

    fn in_segment(segment: &[u8]) -> Option<Self> {
        match segment {
            b"*" | b"**" => Some(Self::parameter(b"", true)),
            [b'*', name @ ..] => {
                let (name, after) = split_name(name);
                (!name.is_empty() && after.is_empty()).then(|| Self::parameter(name, true))
            }
            [b':', text @ ..] => {
                let (name, after) = split_name(text);
                let is_rest = matches!(after, [b'*' | b'+', ..] | b"(.*)" | b"(*)");
                let is_end = matches!(after, [] | [b'?' | b'*' | b'+' | b'(' | b'.' | b'-', ..]);
                (!name.is_empty() && is_end).then(|| Self::parameter(name, is_rest))
            }
            [b'<', text @ ..] => {
                let end = text.iter().position(|&byte| byte == b'>')?;
                let is_end = matches!(text[end + 1..], [] | [b'.' | b'-', ..]);
                Self::in_angles(&text[..end]).filter(|_| is_end)
            }
            [b'{', text @ .., b'}'] if !text.is_empty() => Some(Self::braced(text)),
            _ => None,
        }
    }

    /// A parameter of Flask or Rocket, or one of Bottle, where the type follows the name.
    fn in_angles(text: &[u8]) -> Option<Self> {
        let mut parts = text.splitn(2, |&byte| byte == b':');
        let (first, second) = (parts.next()?, parts.next());
        let (kind, name) = match second {
            None => (&b""[..], first),
            Some(kind) if is_type(kind) && !is_type(first) => (kind, first),
            Some(name) => (first, name),
        };
        let (name, after) = split_name(name);
        let is_rest = kind == b"path" || after == b"..";
        let is_whole = after.is_empty() || after == b"..";
        (!name.is_empty() && is_whole).then(|| Self::parameter(name, is_rest))
    }

    fn braced(text: &[u8]) -> Self {
        if text == b"$" {
            return Self::End;
        }
        let stars = text.iter().take_while(|&&byte| byte == b'*').count();
        let (name, after) = match split_name(&text[stars..]) {
            (name, after @ ([] | [b':' | b'<' | b'?' | b'=' | b'(' | b'.', ..])) => (name, after),
            (_, after) => (&b""[..], after),
        };
        let is_rest = stars > 0 || matches!(after, b".." | b"..." | b":path" | b":.*" | b":.+");
        Self::parameter(name, is_rest)
    }

    fn parameter(name: &[u8], is_rest: bool) -> Self {
        let name = str::from_utf8(name).ok().filter(|name| !name.is_empty());
        Self::Parameter {
            name: name.map(str::to_owned),
            is_rest,
        }
    }
}

impl fmt::Display for PathMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query => f.write_str("a query is not a part of a path"),
            Self::Encoded => {
                f.write_str("it is compared with a decoded path, so it has no percent-encoding")
            }
            Self::Parameter { name, is_rest } => {
                let (part, star, other) = match is_rest {
                    true => ("the rest of a path", "*", "rest"),
                    false => ("a parameter", "", "name"),
                };
                let name = name.as_deref().unwrap_or(other);
                write!(f, "{part} is written {{{star}{name}}}")
            }
            Self::End => f.write_str("a path ends where its pattern does, without {$}"),
        }
    }
}

/// Whether a question mark and a name with `=` are in a segment.
fn has_query(segment: &[u8]) -> bool {
    let mut after = segment.split(|&byte| byte == b'?').skip(1);
    after.any(|text| {
        let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.[]%".contains(byte);
        let end = text.iter().position(|byte| !is_sign(byte));
        end.is_some_and(|end| end > 0 && text[end] == b'=')
    })
}

fn is_encoded(segment: &[u8]) -> bool {
    let is_escape = |bytes: &[u8]| bytes[0] == b'%' && bytes[1..].iter().all(u8::is_ascii_hexdigit);
    segment.windows(3).any(is_escape)
}

/// The name with which a text begins, which may be empty, and what follows.
fn split_name(text: &[u8]) -> (&[u8], &[u8]) {
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let end = text.iter().position(|byte| !is_in_name(byte));
    match text.first() {
        Some(first) if !first.is_ascii_digit() => text.split_at(end.unwrap_or(text.len())),
        _ => (b"", text),
    }
}

/// Whether it is the type of a parameter of Bottle or Sanic.
fn is_type(text: &[u8]) -> bool {
    matches!(
        text,
        b"int" | b"float" | b"str" | b"string" | b"uuid" | b"path" | [b'r', b'e', b':', ..]
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let mistake = PathMistake::of(path).map(|mistake| mistake.to_string());
        assert_eq!(mistake.as_deref().unwrap_or_default(), expected, "{path}");
    }

    #[test]
    fn a_path_that_means_itself_has_no_mistake() {
        for path in [
            "",
            "/",
            "/C#",
            "/menu#tea",
            "/what?",
            "/what?/now?then",
            "/is 1? no=1?=",
            "/100%",
            "/50% ab/%a/%g0",
            "/@:user",
            "/v1/items:all",
            "/:",
            "/::",
            "/:8080",
            "/:smile:",
            "/<>",
            "/a<b>",
            "/<b>bold",
            "/<a b>",
            "/<3>",
            "/a*b",
            "/*2",
            "/*.html",
            "/***",
            "/{}",
            "/a{b}",
            "/{b}a",
        ] {
            check(path, "");
        }
        assert_eq!(PathMistake::of(b"/\xff:a\xff/:\xff"), None);
    }

    #[test]
    fn parameters_of_frameworks_are_found_with_their_names() {
        let parameter = "a parameter is written";
        for path in [
            ":id",
            "<id>",
            "<int:id>",
            "<id:int>",
            "<any(a,b):id>",
            "<id:re:[0-9]+>",
            "{id}",
            "{id:int}",
            "{id<int>}",
            "{id?}",
            "{id=5}",
            ":id?",
            ":id(\\d+)",
            ":id.json",
            ":id-:b",
            "<id>.json",
        ] {
            check(&format!("/a/{path}/b"), &format!("{parameter} {{id}}"));
        }
        check("/{größe}", "a parameter is written {name}");
        check("/{dish-name}", "a parameter is written {name}");
        check("/{größe:int}", "a parameter is written {name}");
        let rest = "the rest of a path is written";
        for path in [
            "*id",
            "<path:id>",
            "<id:path>",
            "<id..>",
            "{*id}",
            "{**id}",
            "{id...}",
            "{id:path}",
            "{id:.*}",
            ":id*",
            ":id+",
            ":id(.*)",
        ] {
            check(&format!("/a/{path}"), &format!("{rest} {{*id}}"));
        }
        for path in ["/*", "/**", "/{*}"] {
            check(path, &format!("{rest} {{*rest}}"));
        }
        check("/<path:path>", "the rest of a path is written {*path}");
        check("/a/{$}", "a path ends where its pattern does, without {$}");
    }

    #[test]
    fn queries_and_escapes_are_found() {
        for path in ["/a?b=c", "/a?b[]=", "/a?b=/c", "/?q={q}", "/what?/a?b=c"] {
            check(path, "a query is not a part of a path");
        }
        for path in ["/caf%C3%A9", "/%2F", "/50%ab", "/a%20b/c"] {
            check(
                path,
                "it is compared with a decoded path, so it has no percent-encoding",
            );
        }
    }

    #[test]
    fn names_in_braces_are_those_of_the_router() {
        for name in ["id", "*id", "dish-name", "größe", "a.b", "1", "_"] {
            assert_eq!(PathMistake::in_braces(name), None, "{name}");
        }
        for name in [
            "id:int", "id<int>", "**id", "id...", "id..", "id?", "$", "id=1", "id(a)",
        ] {
            assert!(PathMistake::in_braces(name).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_advised_only_if_it_is_one(path in "[a:<>{}*.?$=(/%0é]{0,12}") {
            let mistakes = [PathMistake::of(&path), PathMistake::in_braces(&path)];
            for mistake in mistakes.into_iter().flatten() {
                if let PathMistake::Parameter { name: Some(name), .. } = mistake {
                    let is_in_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
                    prop_assert!(name.chars().all(is_in_name), "{}", name);
                    prop_assert_eq!(PathMistake::in_braces(&name), None);
                }
            }
        }
    }
}
