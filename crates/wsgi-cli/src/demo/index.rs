//! `/`: the index of the site.

use serde_json::json;
use wsgi::{Request, Response};

use super::page::Shown;

const TITLE: &str = "The Web Server Gateway Interface for Rust";

/// The pages, for programs. `index.html` has more about each.
const PAGES: [(&str, &str); 12] = [
    ("/hello", "the smallest application"),
    ("/environ", "everything that an application is told"),
    ("/echo", "the body of a request, sent back"),
    ("/visits", "the number of your visits"),
    ("/basket", "a list that stays yours when you log in"),
    ("/login", "your user and sessions"),
    ("/guess", "a number to guess"),
    ("/upload", "the name, type, size and SHA-256 of files"),
    ("/events", "a clock, and the number of its visitors"),
    ("/files/", "a folder of files"),
    ("/blog/", "a blog that you can write"),
    ("/private", "a page that requires a password"),
];

/// Links to every page.
pub(super) fn index(request: &Request<'_>) -> Response {
    let pages = PAGES.map(|(path, about)| (request.link(path), about));
    let lines = pages
        .iter()
        .map(|(path, about)| format!("{path}: {about}\n"));
    let shown = Shown {
        title: TITLE,
        html: include_str!("index.html"),
        text: &format!("{TITLE}\n\n{}", lines.collect::<String>()),
    };
    let json = pages.map(|(path, about)| json!({ "path": path, "about": about }));
    shown.answer(request, Some(json.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use wsgi::{Mounts, testing::Request};

    use super::PAGES;
    use crate::demo::in_memory;

    #[test]
    fn the_index_is_html_for_people() {
        let response = Request::get("/").header("Accept", "text/html");
        let response = response.call(&in_memory());
        let content_type = response.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/html; charset=utf-8");
        assert!(response.text().starts_with("<!DOCTYPE html>"));
        for (path, _) in PAGES {
            let link = path.trim_start_matches('/');
            let head = format!("<h2><a href=\"{link}\">{path}</a></h2>");
            assert!(response.text().contains(&head), "{head}");
        }
        assert_eq!(response.text().matches("<h2>").count(), PAGES.len());
    }

    #[test]
    fn programs_get_the_paths_where_the_site_is_mounted() {
        let site = Mounts::new().mount("/a", in_memory());
        let text = Request::get("/a/").call(&site);
        assert!(
            text.text().contains("\n/a/visits: the number of"),
            "{}",
            text.text()
        );
        let json = Request::get("/a/").header("Accept", "application/json");
        let json: serde_json::Value = serde_json::from_str(json.call(&site).text()).unwrap();
        assert_eq!(json[0]["path"], "/a/hello");
        assert_eq!(json.as_array().map(Vec::len), Some(PAGES.len()));
    }

    #[test]
    fn the_index_sets_no_cookie() {
        let response = Request::get("/").call(&in_memory());
        assert!(!response.headers().contains("Set-Cookie"));
    }
}
