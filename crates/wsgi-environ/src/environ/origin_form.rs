//! The path and the query of a request, encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use wsgi_headers::Value;

use crate::{
    environ::Environ,
    live::target,
    utilities::{Variables, quote_path},
};

/// The characters quoted in a path that is already encoded: those that a path does not have
/// (RFC 3986 section 3.3). The percent sign of an escape stays.
const ENCODED_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'%');

/// The same in a query (RFC 3986 section 3.4).
const ENCODED_QUERY: &AsciiSet = &ENCODED_PATH.remove(b'?');

impl Environ {
    /// The path and the query of the request, encoded (RFC 9112 section 3.2.1, "origin-form").
    ///
    /// The path is `SCRIPT_NAME` and `PATH_INFO`. It is encoded as the client did it, if
    /// `REQUEST_URI` ends with the same path; so `%2F` stays `%2F`. Otherwise it is quoted as
    /// [`request_uri`](crate::request_uri) does it. `QUERY_STRING` follows a `?`, unless it is
    /// empty. All characters that a URL does not have are quoted, so the text is ASCII. A percent
    /// sign in the query stays, also one that begins no escape, as programs behind a proxy may
    /// know such a query; [`iri_to_uri`](crate::iri_to_uri) quotes it for a redirect.
    ///
    /// Returns `None` if the path does not begin with a slash, or if the request is about the
    /// server as a whole, like `OPTIONS *`. Another empty path counts as `/`.
    ///
    /// In a redirect to the same path, it needs a scheme and a host before it, or a single slash at
    /// its start. A client may ask for `//other.example/`, which a `Location` would take for the
    /// host `other.example` (RFC 3986 section 4.2).
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("SCRIPT_NAME", "/proxied");
    /// environ.set("PATH_INFO", "/a/b c");
    /// environ.set("QUERY_STRING", "q=%20");
    /// assert_eq!(environ.origin_form().unwrap(), "/proxied/a/b%20c?q=%20");
    ///
    /// environ.set("REQUEST_URI", "/a%2Fb+c?q=%20");
    /// environ.set("PATH_INFO", "/a/b+c");
    /// assert_eq!(environ.origin_form().unwrap(), "/proxied/a%2Fb+c?q=%20");
    ///
    /// let mut environ = Environ::new();
    /// environ.set("PATH_INFO", "//other.example/");
    /// let target = environ.origin_form().unwrap();
    /// assert_eq!(target, "//other.example/");
    /// let location = format!("/{}", target.trim_start_matches('/'));
    /// assert_eq!(location, "/other.example/");
    /// ```
    #[must_use]
    pub fn origin_form(&self) -> Option<String> {
        let uri = self.get("REQUEST_URI").map(Value::as_bytes);
        let method = self.request_method().as_bytes();
        let encoded = uri.and_then(|uri| target::path(method, uri));
        if encoded == Some(b"") {
            return None;
        }
        let mut path = self.script_name().as_bytes().to_vec();
        path.extend_from_slice(self.path_info().as_bytes());
        if path.is_empty() {
            path.push(b'/');
        }
        if !path.starts_with(b"/") {
            return None;
        }
        let mut form = String::with_capacity(path.len() + 32);
        let as_sent = encoded.and_then(|encoded| {
            let mut decoded = Vec::new();
            target::decode(encoded, &mut decoded)?;
            Some((path.strip_suffix(&*decoded)?, encoded))
        });
        match as_sent {
            Some((before, encoded)) => {
                form.extend(quote_path(before));
                form.extend(percent_encode(encoded, ENCODED_PATH));
            }
            None => form.extend(quote_path(&path)),
        }
        let query = self.variable("QUERY_STRING").map(Value::as_bytes);
        if let Some(query @ [_, ..]) = query {
            form.push('?');
            form.extend(percent_encode(query, ENCODED_QUERY));
        }
        Some(form)
    }
}

#[cfg(test)]
mod tests {
    use super::Environ;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let mut environ = Environ::new();
        for (name, value) in variables {
            environ.set(name, value);
        }
        assert_eq!(environ.origin_form().as_deref(), expected, "{variables:?}");
    }

    #[test]
    fn the_path_is_encoded_as_the_client_sent_it() {
        for (uri, script_name, path_info, expected) in [
            ("/", "", "/", "/"),
            ("/a%2fb", "", "/a/b", "/a%2fb"),
            (
                "/a:@!$&'()*+,;=-._~",
                "",
                "/a:@!$&'()*+,;=-._~",
                "/a:@!$&'()*+,;=-._~",
            ),
            ("/app/caf%c3%a9", "/app", "/caf\u{e9}", "/app/caf%c3%a9"),
            ("/caf\u{e9}", "", "/caf\u{e9}", "/caf%C3%A9"),
            (
                "/a\"<>\\^`{|}",
                "",
                "/a\"<>\\^`{|}",
                "/a%22%3C%3E%5C%5E%60%7B%7C%7D",
            ),
            ("//evil.example/", "", "//evil.example/", "//evil.example/"),
            ("http://host/a%2Fb", "", "/a/b", "/a%2Fb"),
            ("http://host", "", "/", "/"),
            ("/a?b", "/a b", "/a", "/a%20b/a"),
            ("", "", "/a b", "/a%20b"),
            ("/other%2F", "", "/a b", "/a%20b"),
            ("/%zz", "", "/a%zz", "/a%25zz"),
            ("/", "", "", "/"),
        ] {
            let variables = [
                ("REQUEST_URI", uri),
                ("SCRIPT_NAME", script_name),
                ("PATH_INFO", path_info),
            ];
            check(&variables, Some(expected));
        }
        check(&[("PATH_INFO", "/a")], Some("/a"));
        check(&[], Some("/"));
    }

    #[test]
    fn the_query_stays_as_it_is_encoded() {
        for (query, expected) in [
            ("a=%2F&b=?/:", "/?a=%2F&b=?/:"),
            ("a b\r\n\u{e9}#c", "/?a%20b%0D%0A%C3%A9%23c"),
            ("50%&b=%u20ac&%%41", "/?50%&b=%u20ac&%%41"),
            ("", "/"),
        ] {
            check(&[("QUERY_STRING", query)], Some(expected));
        }
    }

    #[test]
    fn a_target_without_a_path_has_none() {
        check(&[("REQUEST_URI", "*"), ("PATH_INFO", "")], None);
        check(
            &[("REQUEST_METHOD", "OPTIONS"), ("REQUEST_URI", "http://a")],
            None,
        );
        check(&[("PATH_INFO", "a")], None);
        check(&[("PATH_INFO", "@evil.example")], None);
    }
}
