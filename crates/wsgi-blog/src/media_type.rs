//! The media type of a request's body.

use wsgi::{HttpError, Request, Response, forms::FormError, headers::list_members};

/// The only media type of bodies, but for those of forms.
pub(crate) const PLAIN_TEXT: &str = "text/plain";

/// Whether the body is plain text in UTF-8, as its `Content-Type` says. `None` if there is no such
/// field.
pub(crate) fn is_plain_text(request: &Request<'_>) -> Option<bool> {
    let field = request.header("Content-Type")?;
    let mut parts = field.to_str().unwrap_or_default().split(';').map(str::trim);
    let is_plain = parts.next()?.eq_ignore_ascii_case(PLAIN_TEXT);
    Some(is_plain && parts.all(is_utf8))
}

/// Whether the body is a form, as its `Content-Type` says. `curl -d` says so of any body.
pub(crate) fn is_form(request: &Request<'_>) -> bool {
    let field = request.header("Content-Type");
    let field = field
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = field.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a parameter is not a `charset`, or one of which UTF-8 is a superset.
fn is_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or_default();
    let value = value.trim_matches('"');
    let fits = |charset| value.eq_ignore_ascii_case(charset);
    !name.eq_ignore_ascii_case("charset") || fits("utf-8") || fits("us-ascii")
}

/// The answer to a body of another type (RFC 9110 section 15.5.16).
pub(crate) fn not_plain_text() -> Response {
    Response::of_status(415).with_header("Accept", PLAIN_TEXT)
}

/// The text in the body.
///
/// # Errors
///
/// 400 if it is not UTF-8, 415 with `Accept-Encoding` if it has a content coding such as gzip, and
/// those of [`Request::body`].
pub(crate) fn text<'a>(request: &'a Request<'_>) -> wsgi::Result<&'a str> {
    let codings = request.header("Content-Encoding").unwrap_or_default();
    let mut codings = list_members(codings.as_bytes());
    if codings.any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        return Err(FormError::ContentCoding.into());
    }
    let text = str::from_utf8(request.body()?);
    Ok(text.map_err(|_| HttpError::new(400, "the body is not UTF-8"))?)
}
