//! The field `Set-Cookie`.

use std::borrow::Cow;

use super::Translation;

impl Translation<'_> {
    /// A `Set-Cookie` with a path of the upstream server; `None` for every other one. A cookie with
    /// the prefix `__Host-` keeps its path, because browsers demand `/` for it.
    pub(super) fn cookie(&self, cookie: &[u8]) -> Option<Vec<u8>> {
        const BOUND: &[u8] = b"__Host-";
        let start = cookie.get(..BOUND.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(BOUND)) {
            return None;
        }
        let mut is_changed = false;
        let mut is_pair = true;
        let attributes: Vec<_> = cookie
            .split(|&byte| byte == b';')
            .map(|attribute| {
                if std::mem::take(&mut is_pair) {
                    return Cow::Borrowed(attribute);
                }
                let new = self.path_attribute(attribute);
                is_changed |= new.is_some();
                new.map_or(Cow::Borrowed(attribute), Cow::Owned)
            })
            .collect();
        is_changed.then(|| attributes.join(&b';'))
    }

    /// The attribute `Path` of a cookie, if it changes.
    fn path_attribute(&self, attribute: &[u8]) -> Option<Vec<u8>> {
        let equals = attribute.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&attribute[..equals], attribute[equals + 1..].trim_ascii());
        if !name.trim_ascii().eq_ignore_ascii_case(b"Path") || !value.starts_with(b"/") {
            return None; // a browser takes the path of the request for an empty or relative one
        }
        let new = match self.covers_base(value) {
            true if self.mount.is_empty() => b"/".to_vec(),
            true => self.mount.to_vec(),
            false => self.path(value)?,
        };
        (new != value).then(|| [name, b"=", &new].concat())
    }

    /// Whether a cookie with this path goes to all of the base (RFC 6265 section 5.1.4,
    /// "path-match").
    fn covers_base(&self, path: &[u8]) -> bool {
        match self.base.strip_prefix(path) {
            Some(rest) => rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"),
            None => path == b"/", // and the base is empty
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Way;

    #[track_caller]
    fn check(paths: (&str, &'static str), cookie: impl AsRef<[u8]>, expected: impl AsRef<[u8]>) {
        let url = match paths.0 {
            "" => "http://127.0.0.1:5000",
            "/base" => "http://127.0.0.1:5000/base",
            "/a/b" => "http://127.0.0.1:5000/a/b",
            other => panic!("no URL for {other}"),
        };
        Way::new(url, paths.1).check("Set-Cookie", cookie, expected);
    }

    #[test]
    fn paths_of_cookies_become_those_beneath_the_mount() {
        for (paths, cookie, expected) in [
            (
                ("/base", "/app"),
                "a=b; Path=/base; HttpOnly",
                "a=b; Path=/app; HttpOnly",
            ),
            (("/base", "/app"), "a=b;path= /base/c ", "a=b;path=/app/c"),
            (("/base", "/app"), "a=b; Path=/base/", "a=b; Path=/app/"),
            (("/base", ""), "a=b; Path=/base", "a=b; Path=/"),
            (("", "/app"), "a=b; Path=/", "a=b; Path=/app"),
            (("", "/app"), "a=b; Path=/c", "a=b; Path=/app/c"),
            (("", ""), "a=b; Path=/c", "a=b; Path=/c"),
            (("", ""), "a=b; Path=/", "a=b; Path=/"),
            (("/base", "/app"), "a=b; Path=/other", "a=b; Path=/other"),
            (("/base", "/app"), "a=b; Path=/bas", "a=b; Path=/bas"),
            (("", "/app"), "a=b; Path=c", "a=b; Path=c"),
            (("", "/app"), "a=b; Path", "a=b; Path"),
            (("", "/app"), "Path=/; Secure", "Path=/; Secure"),
            (("", "/app"), "__Host-a=b; Path=/", "__Host-a=b; Path=/"),
            (("", "/app"), "a=b", "a=b"),
        ] {
            check(paths, cookie, expected);
        }
    }

    #[test]
    fn a_path_that_covers_the_base_becomes_the_mount() {
        for path in ["/", "/a", "/a/", "/a/b"] {
            let cookie = format!("a=b; Path={path}; Secure");
            check(("/a/b", "/app"), &cookie, "a=b; Path=/app; Secure");
            check(("/a/b", ""), &cookie, "a=b; Path=/; Secure");
        }
        check(("/a/b", "/app"), "a=b; Path=/a/bc", "a=b; Path=/a/bc");
    }

    #[test]
    fn cookies_that_are_not_utf_8_are_translated() {
        check(("", "/app"), b"a=caf\xe9; Path=/", b"a=caf\xe9; Path=/app");
        check(("", "/app"), b"a=b; Path=/\xe9", b"a=b; Path=/app/\xe9");
    }
}
