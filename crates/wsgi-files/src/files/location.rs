//! Redirects to another path of the same host.

use wsgi_application::Environ;
use wsgi_environ::iri_to_uri;

/// The path of the request with a slash at its end, and its query. Returns `None` if there is a
/// slash already, as in the path of a request without one.
pub(crate) fn with_slash(environ: &Environ) -> Option<String> {
    changed(environ, |path| {
        (!path.ends_with('/')).then(|| format!("{path}/"))
    })
}

/// The path of the request without some bytes at its end, and its query. Returns `None` if they are
/// escaped, so that the end is not the same in the encoded path.
pub(crate) fn without_end(environ: &Environ, length: usize) -> Option<String> {
    let path_info = environ.path_info();
    let (_, end) = path_info
        .as_bytes()
        .split_at_checked(path_info.len().checked_sub(length)?)?;
    changed(environ, |path| {
        let kept = path.as_bytes().strip_suffix(end)?;
        std::str::from_utf8(kept).ok().map(str::to_owned)
    })
}

/// The path of the request, changed, and its query. It begins with one slash, so that it cannot be
/// read as another host.
fn changed(environ: &Environ, change: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let target = iri_to_uri(&environ.origin_form()?);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*target, None),
    };
    let mut location = format!("/{}", change(path)?.trim_start_matches('/'));
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
        check("", "/a", "50%&b=%u20", "/a/?50%25&b=%25u20");
    }

    #[test]
    fn a_path_with_a_slash_is_not_redirected() {
        assert_eq!(with_slash(&Environ::new()), None);
    }

    #[test]
    fn an_end_is_cut_off_unless_it_is_escaped() {
        let mut environ = Environ::new();
        environ.set("SCRIPT_NAME", "/app");
        environ.set("PATH_INFO", "/a b.html");
        environ.set("QUERY_STRING", "c");
        assert_eq!(without_end(&environ, 5).as_deref(), Some("/app/a%20b?c"));
        environ.set("REQUEST_URI", "/app/a%20b%2Ehtml?c");
        assert_eq!(without_end(&environ, 5), None);
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
