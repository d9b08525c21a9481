//! The content coding of a request's body.

use wsgi_environ::Environ;
use wsgi_headers::list_members;

/// Whether the body of a request has a content coding, such as gzip (RFC 9110, section 8.4). The
/// coding `identity` stands for none. Middleware that decodes a body removes the variable.
pub(crate) fn is_coded(environ: &Environ) -> bool {
    environ.get("HTTP_CONTENT_ENCODING").is_some_and(|value| {
        list_members(value.as_bytes()).any(|name| !name.eq_ignore_ascii_case(b"identity"))
    })
}
