//! The document that all pages share.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use wsgi::{Request, Response, adaptor::escape};

use crate::{kind::Kind, site::Site};

/// The style of all pages. HTML and XML read it alike, because it has no `<` and no `&`.
const STYLE: &str = include_str!("style.css");

/// Pages load nothing, run no script, and send forms to the blog alone. The only style is the one
/// with this hash. A nonce would be another one in each response, so that no two had the same
/// bytes, as a strong entity tag promises.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'"
    )
});

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
    let parent = match &site.parent {
        Some(parent) => format!("<a href=\"{}\">{}</a> / ", above(request), escape(parent)),
        None => String::new(),
    };
    let html = format!(
        include_str!("document.html"),
        title = escape(&title),
        feed = escape(&request.link("/?type=atom")),
        style = STYLE,
        parent = parent,
        home = escape(&request.link("/")),
        blog = escape(&site.title),
        heading = escape(heading),
        content = content
    );
    Response::content(&format!("{}; charset=utf-8", kind.media_type()), html)
        .with_header("Content-Security-Policy", &*POLICY)
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

/// The link to the site that the blog is a part of, one level above. A blog that is not mounted
/// below another path has only its own root.
fn above(request: &Request<'_>) -> String {
    let blog = request.link("/");
    let above = blog.trim_end_matches('/').rfind('/').unwrap_or(0);
    escape(&blog[..=above]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_is_the_same_in_html_and_in_xml() {
        assert!(!STYLE.contains(['<', '&', '\r']) && !STYLE.contains("]]>"));
    }
}
