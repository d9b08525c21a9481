//! The HTML that all pages share.

use wsgi::{Request, Response, adaptor::escape};

/// Pages load nothing from elsewhere, and their forms go nowhere else. Styles and scripts have the
/// nonce of their page.
pub(super) const POLICY: &str = "default-src 'none'; style-src {nonce}; script-src {nonce}; \
                                 connect-src 'self'; form-action 'self'; base-uri 'self'";

/// A page with a title and content. The content is HTML. Its links are relative to the site's root,
/// wherever that is mounted.
pub(super) fn document(request: &Request<'_>, title: &str, content: &str) -> Response {
    // The error page of a test may have no policy around it.
    let nonce = request.csp_nonce().unwrap_or_default();
    Response::html(format!(
        include_str!("document.html"),
        title = escape(title),
        base = escape(&request.link("/")),
        nonce = nonce,
        style = include_str!("style.css"),
        content = content
    ))
    .with_header("Cache-Control", "no-store") // differs between visitors
}

#[cfg(test)]
mod tests {
    use wsgi::{Mounts, testing::Request};

    use crate::demo::in_memory;

    #[test]
    fn links_lead_to_where_the_site_is_mounted() {
        let site = Mounts::new().mount("/a \"b\"", in_memory());
        let page = Request::get("/a%20%22b%22/visits").call(&site);
        assert!(page.text().contains("<base href=\"/a%20%22b%22/\">"));
        let left = Request::post("/a%20%22b%22/logout").call(&site);
        assert_eq!(left.headers().get("Location").unwrap(), "/a%20%22b%22/");
    }
}
