//! The document that all pages share.

use wsgi::{Request, Response, adaptor::escape};

use crate::{kind::Kind, site::Site};

/// A page with a heading and content. The content is XHTML, and so is the page, which makes it
/// fit for both media types (HTML Living Standard, section 14).
pub(crate) fn document(
    site: &Site,
    request: &Request<'_>,
    kind: Kind,
    heading: &str,
    content: &str,
) -> Response {
    let title = match heading == site.title {
        true => heading.to_owned(),
        false => format!("{heading} – {}", site.title),
    };
    let html = format!(
        include_str!("document.html"),
        title = escape(&title),
        feed = escape(&request.link("/?type=atom")),
        style = site.frame.style,
        header = site.header(request),
        heading = escape(heading),
        content = content,
        footer = site.frame.footer(request),
    );
    Response::content(&format!("{}; charset=utf-8", kind.media_type()), html)
        .with_header("Content-Security-Policy", &*site.policy)
}

/// A page that no cache keeps: a form, or what came of it.
pub(crate) fn passing(
    site: &Site,
    request: &Request<'_>,
    heading: &str,
    content: &str,
) -> Response {
    uncached(document(site, request, Kind::Html, heading, content))
}

/// A response that no cache keeps.
pub(crate) fn uncached(response: Response) -> Response {
    response.with_header("Cache-Control", "no-store")
}
