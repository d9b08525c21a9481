//! `/`: the index of the site.

use wsgi::{Request, Response};

use super::document::document;

const TITLE: &str = "The Web Server Gateway Interface for Rust";

/// Links to every page.
pub(super) fn index(request: &Request<'_>) -> Response {
    document(request, TITLE, include_str!("index.html"))
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use crate::demo::in_memory;

    #[test]
    fn the_index_is_html() {
        let response = Request::get("/").call(&in_memory());
        let content_type = response.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/html; charset=utf-8");
        assert!(response.text().starts_with("<!DOCTYPE html>"));
    }

    #[test]
    fn the_index_sets_no_cookie() {
        let response = Request::get("/").call(&in_memory());
        assert!(!response.headers().contains("Set-Cookie"));
    }
}
