//! A request target and its parts.

use std::ops::Range;

/// The target of a request line (RFC 9112 section 3.2).
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) text: String,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) authority: Option<Range<usize>>,
    pub(crate) path: Range<usize>,
    pub(crate) query: Range<usize>,
}

impl Target {
    /// Parses a method's target in origin form, in absolute form, or `*`; `None` for others.
    pub(crate) fn parse(method: &str, text: &str) -> Option<Self> {
        let is_scheme = |scheme: &&str| {
            let rest = text.strip_prefix(*scheme);
            rest.is_some_and(|rest| rest.starts_with("://"))
        };
        let scheme = ["http", "https"].into_iter().find(is_scheme);
        if scheme.is_none() && !text.starts_with('/') && text != "*" {
            return None;
        }

        let end = text.len();
        let find =
            |from: usize, stops: &[char]| text[from..].find(stops).map_or(end, |at| from + at);
        let host = scheme.map_or(0, |scheme| scheme.len() + "://".len());
        let start = scheme.map_or(0, |_| find(host, &['/', '?']));
        let path_end = find(start, &['?']);
        let path = match (scheme, &text[start..path_end]) {
            // The server as a whole, as with `*` (RFC 9112 section 3.2.4).
            (Some(_), "") if path_end == end && method == "OPTIONS" => start..start,
            // An empty path means `/` (RFC 9110 section 4.2.3), so use a slash of the scheme.
            (Some(_), "") => host - 1..host,
            (None, "*") => start..start,
            _ => start..path_end,
        };
        let query = end.min(path_end + 1)..end;
        let authority = scheme.map(|_| host..start);
        Some(Self {
            text: text.to_owned(),
            scheme,
            authority,
            path,
            query,
        })
    }

    /// The text up to a fragment.
    pub(crate) fn without_fragment(&self) -> &str {
        self.text.split('#').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[track_caller]
    fn check(line: &str, authority: Option<&str>, path: &str, query: &str) {
        let (method, text) = line.split_once(' ').unwrap_or(("GET", line));
        let target = Target::parse(method, text).expect("a target");
        assert_eq!(target.authority.map(|range| &text[range]), authority);
        assert_eq!(&text[target.path], path);
        assert_eq!(&text[target.query], query);
    }

    #[test]
    fn a_path_ends_at_the_first_question_mark() {
        check("/", None, "/", "");
        check("/a%20b", None, "/a%20b", "");
        check("/a?", None, "/a", "");
        check("/a?b?c", None, "/a", "b?c");
        check("//a/b", None, "//a/b", "");
    }

    #[test]
    fn a_url_has_an_authority_and_a_path_of_at_least_a_slash() {
        check("http://a.example", Some("a.example"), "/", "");
        check("http://a.example?b", Some("a.example"), "/", "b");
        check(
            "https://a.example:8443/b?c",
            Some("a.example:8443"),
            "/b",
            "c",
        );
    }

    #[test]
    fn an_asterisk_and_what_means_the_same_have_no_path() {
        check("OPTIONS *", None, "", "");
        check("OPTIONS http://a.example", Some("a.example"), "", "");
        check("OPTIONS http://a.example?b", Some("a.example"), "/", "b");
    }

    #[test]
    fn anything_else_is_not_a_target() {
        for text in ["", "a", "a/b", "?a", "ftp://a/b", "**"] {
            assert!(Target::parse("GET", text).is_none(), "{text:?}");
        }
    }
}
