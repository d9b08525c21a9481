//! The target of the request to the upstream server.

use wsgi_environ::Environ;

use crate::encoded_path::{EncodedPath, encoded};

/// The target of a request, and the mount that it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The request-target: the base, the rest of the path, and the query (RFC 9112 section 3.2).
    pub(crate) text: String,
    /// The path of the mount, in the same encoding whatever the client's was; empty at the root.
    pub(crate) mount: String,
}

/// The reason for which a request has no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTarget {
    /// The path does not begin with a slash.
    NotAPath,
    /// The path has a segment `..`, with which it could leave the base.
    ParentSegment,
}

impl Target {
    /// The target beneath `base`. The path beneath the mount is encoded as the client did it, so
    /// that `%2F` stays `%2F`, but the slash after the mount is one.
    pub(crate) fn of(environ: &Environ, base: &str) -> Result<Self, NoTarget> {
        let mount = environ.script_name();
        let Some(form) = environ.origin_form() else {
            return Self::of_server(environ, base);
        };
        let (path, query) = form.split_at(form.find('?').unwrap_or(form.len()));
        let length = EncodedPath::new(path.as_bytes()).mount_length(mount.as_bytes());
        let rest = length.and_then(|length| path.get(length..));
        let rest = rest.ok_or(NoTarget::NotAPath)?;
        let rest = match rest.as_bytes() {
            [] | [b'/', ..] => rest.to_owned(),
            [b'%', b'2', b'f' | b'F', ..] => format!("/{}", &rest["%2F".len()..]),
            _ => return Err(NoTarget::NotAPath),
        };
        if EncodedPath::new(rest.as_bytes()).has_parent_segment() {
            return Err(NoTarget::ParentSegment);
        }
        let mut text = [base, &rest].concat();
        if text.is_empty() {
            text.push('/');
        }
        text.push_str(query);
        Ok(Self {
            text,
            mount: encoded(mount.as_bytes()),
        })
    }

    /// The target of `OPTIONS *`, which is about the whole server (RFC 9110 section 9.3.7).
    fn of_server(environ: &Environ, base: &str) -> Result<Self, NoTarget> {
        if environ.request_method() != "OPTIONS" || !environ.path_info().is_empty() {
            return Err(NoTarget::NotAPath);
        }
        let text = if base.is_empty() { "*" } else { base };
        Ok(Self {
            text: text.to_owned(),
            mount: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wsgi_environ::Environ;

    use super::{NoTarget, Target};

    fn environ(uri: &str, script_name: &[u8], path_info: &[u8], query: &str) -> Environ {
        let mut environ = Environ::new();
        environ.set("REQUEST_METHOD", "GET");
        environ.set("REQUEST_URI", uri);
        environ.set("SCRIPT_NAME", script_name);
        environ.set("PATH_INFO", path_info);
        environ.set("QUERY_STRING", query);
        environ
    }

    #[track_caller]
    fn check(uri: &str, names: (&str, &str), base: &str, expected: Result<&str, NoTarget>) {
        let (script_name, path_info) = (names.0.as_bytes(), names.1.as_bytes());
        let query = uri.split_once('?').map_or("", |(_, query)| query);
        let environ = environ(uri, script_name, path_info, query);
        let target = Target::of(&environ, base).map(|target| target.text);
        assert_eq!(target.as_deref(), expected.as_deref(), "{uri} at {names:?}");
    }

    #[test]
    fn a_target_is_the_path_beneath_the_mount_at_the_base() {
        check("/a/b", ("/a", "/b"), "", Ok("/b"));
        check("/a/b?c=%2F", ("/a", "/b"), "/x/y", Ok("/x/y/b?c=%2F"));
        check("/a", ("/a", ""), "/x", Ok("/x"));
        check("/a", ("/a", ""), "", Ok("/"));
        check("/a?q", ("/a", ""), "", Ok("/?q"));
        check("/a/", ("/a", "/"), "/x", Ok("/x/"));
        check("/", ("", "/"), "/x", Ok("/x/"));
        check("/a//b/", ("/a", "//b/"), "/x", Ok("/x//b/"));
        check(
            "//evil.example/b",
            ("", "//evil.example/b"),
            "",
            Ok("//evil.example/b"),
        );
    }

    #[test]
    fn the_path_is_encoded_as_the_client_did_it() {
        check("/a/b%2Fc%20d", ("/a", "/b/c d"), "", Ok("/b%2Fc%20d"));
        check("/%61/b", ("/a", "/b"), "", Ok("/b"));
        check("/a%2Fb", ("/a", "/b"), "/x", Ok("/x/b"));
        check("/front/b%2Fc", ("/public/front", "/b/c"), "", Ok("/b%2Fc"));
        check(
            "/rewritten",
            ("/a", "/caf\u{e9} b"),
            "",
            Ok("/caf%C3%A9%20b"),
        );
        check("http://host/a/b?c", ("/a", "/b"), "/x", Ok("/x/b?c"));
    }

    #[test]
    fn a_mount_is_the_same_however_the_client_has_encoded_it() {
        for (uri, mount, expected) in [
            ("/a/b", "/a", "/a"),
            ("/%61/b", "/a", "/a"),
            ("/a%20%2F;b/b", "/a //;b", "/a%20//%3Bb"),
            ("/b", "", ""),
        ] {
            let environ = environ(uri, mount.as_bytes(), b"/b", "");
            assert_eq!(Target::of(&environ, "").unwrap().mount, expected, "{uri}");
        }
    }

    #[test]
    fn no_path_leaves_the_base() {
        use NoTarget::*;
        check("/a/../b", ("/a", "/../b"), "/x", Err(ParentSegment));
        check("/a/%2e%2e/b", ("/a", "/../b"), "/x", Err(ParentSegment));
        check("/a/b/../c", ("/a", "/b/../c"), "/x", Err(ParentSegment));
        check("/a%2F..%2Fb", ("/a", "/../b"), "/x", Err(ParentSegment));
        check("/a/..;b/c", ("/a", "/..;b/c"), "/x", Err(ParentSegment));
        check("/a/..\\b", ("/a", "/..\\b"), "/x", Err(ParentSegment));
        check("/ab", ("/a", "b"), "/x", Err(NotAPath));
        check("*", ("", ""), "/x", Err(NotAPath));
    }

    #[test]
    fn options_of_the_whole_server_stay_so_without_a_base() {
        for (base, expected) in [("", "*"), ("/x", "/x")] {
            let mut environ = environ("*", b"", b"", "");
            environ.set("REQUEST_METHOD", "OPTIONS");
            assert_eq!(Target::of(&environ, base).unwrap().text, expected);
        }
    }

    proptest! {
        #[test]
        fn every_target_is_beneath_the_base_and_of_printable_ascii(
            uri in "(/|[a-z.;%\\\\ ]|%2[eEfF]|%5c|\u{e9}|\\?){0,12}",
            script_name in "(/[a-z\u{e9} %]{0,3}){0,2}",
            path_info in proptest::collection::vec(any::<u8>(), 0..12),
            query in ".{0,8}",
            base in "(/[a-z]{1,3}){0,2}",
        ) {
            let path_info = [&b"/"[..], &path_info].concat();
            let environ = environ(&uri, script_name.as_bytes(), &path_info, &query);
            if let Ok(target) = Target::of(&environ, &base) {
                let rest = target.text.strip_prefix(&*base);
                prop_assert!(rest.is_some_and(|rest| rest.starts_with('/')));
                prop_assert!(target.text.bytes().all(|byte| byte.is_ascii_graphic()));
                let path = target.text.split('?').next().unwrap();
                prop_assert!(path.split('/').all(|segment| segment != ".."));
            }
        }

        #[test]
        fn what_the_server_decodes_is_the_path_beneath_the_mount(
            mount in "(/[a-z ]{1,3}){0,2}",
            path in "(/[a-z%\u{e9}+;]{0,3}){1,3}",
        ) {
            let environ = environ("", mount.as_bytes(), path.as_bytes(), "");
            let target = Target::of(&environ, "/x").unwrap();
            let sent = target.text.strip_prefix("/x").unwrap();
            let decoded = super::EncodedPath::new(sent.as_bytes()).decoded();
            prop_assert_eq!(decoded, path.as_bytes());
        }
    }
}
