//! `/`: the index of the site.

use wsgi::{Environ, Result, StartResponse, Status};

/// Links to every page.
pub(super) fn index(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/html; charset=utf-8")])?;
    Ok(include_str!("index.html").into())
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use crate::demo::site;

    #[test]
    fn the_index_is_html() {
        let response = Request::get("/").call(&site());
        let content_type = response.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/html; charset=utf-8");
        assert!(response.text().starts_with("<!DOCTYPE html>"));
    }
}
