//! Redirects to another path of the same host.

use wsgi_application::Environ;

/// The path of the request with a slash at its end, and its query. It begins with one slash, so
/// that it cannot be read as another host. Returns `None` if there is a slash already, as in the
/// path of a request without one.
pub(crate) fn with_slash(environ: &Environ) -> Option<String> {
    let target = environ.origin_form()?;
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*target, None),
    };
    if path.ends_with('/') {
        return None;
    }
    let mut location = format!("/{}/", path.trim_start_matches('/'));
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    Some(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script_name: &str, path_info: &str, query: &str, location: &str) {
        let mut environ = Environ::new();
        environ.set("SCRIPT_NAME", script_name);
        environ.set("PATH_INFO", path_info);
        environ.set("QUERY_STRING", query);
        assert_eq!(with_slash(&environ).as_deref(), Some(location));
    }

    #[test]
    fn a_redirect_keeps_the_mount_and_the_query() {
        check("", "/a", "", "/a/");
        check("/app", "", "", "/app/");
        check("/app", "/a b", "x=%2F&y=?", "/app/a%20b/?x=%2F&y=?");
    }

    #[test]
    fn a_path_with_a_slash_is_not_redirected() {
        assert_eq!(with_slash(&Environ::new()), None);
    }

    #[test]
    fn a_redirect_cannot_leave_the_host() {
        check("", "//evil.example", "", "/evil.example/");
        check("//evil.example", "/a", "", "/evil.example/a/");
        check("", "/\\evil.example", "", "/%5Cevil.example/");
        check(
            "",
            "/a\r\nSet-Cookie: b",
            "c\r\n",
            "/a%0D%0ASet-Cookie%3A%20b/?c%0D%0A",
        );
    }
}
