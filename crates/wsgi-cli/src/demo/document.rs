//! The frame of the pages that are made while one asks for them.

use wsgi::Response;

/// A page with a title and what stands below it, which is HTML already.
pub(super) fn document(title: &str, content: &str) -> Response {
    Response::html(format!(
        include_str!("document.html"),
        title = title,
        content = content
    ))
    .with_header("Cache-Control", "no-store") // each visitor has another
}
