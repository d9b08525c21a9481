//! Hostile input.

use proptest::prelude::*;
use wsgi::testing::Request;
use wsgi_blog::Blog;

use crate::support::Temporary;

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let outer = Temporary::new();
    let folder = outer.folder.path().join("inner");
    let blog = Blog::open(&folder).expect("a blog");
    let before = outer.folder.path().read_dir().expect("a folder").count();
    for name in [
        "..%2Fx",
        "%2Fetc%2Fx",
        "..",
        "..%5Cx",
        "C:%5Cx",
        "%00",
        "a%00.entry",
        "x%2F..%2Fy",
    ] {
        let request = Request::new("PUT", format!("/{name}")).body("x");
        request.call(&blog);
    }
    assert_eq!(
        outer.folder.path().read_dir().expect("a folder").count(),
        before
    );
}

#[test]
fn a_host_is_escaped_in_the_feed() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    // An HTTP server refuses such a host, but a front server may pass it on by FastCGI.
    let request = Request::get("/?type=atom").variable("HTTP_HOST", "\"><script>&\u{1}\u{0}");
    let response = request.call(&blog);
    assert_eq!(response.status().code(), 200);
    assert!(
        roxmltree::Document::parse(response.text()).is_ok(),
        "{}",
        response.text()
    );
}

#[test]
fn pages_allow_no_script() {
    let blog = Temporary::new();
    blog.put("/a", "<script>alert(1)</script>");
    for target in ["/", "/a", "/a?edit", "/nothing", "/?type=xhtml"] {
        let request = Request::get(target).header("Accept", "text/html");
        let response = request.call(&blog);
        let policy = crate::support::header(&response, "Content-Security-Policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("script-src") && policy.contains("form-action 'self'"));
        assert!(!response.text().contains("<script"), "{target}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No request makes the blog fail, or break the contract.
    #[test]
    fn every_request_is_answered(
        method in "GET|HEAD|PUT|POST|DELETE|QUERY|OPTIONS|PATCH",
        path in prop::collection::vec(any::<u8>(), 0..40),
        query in "(q|page|type|edit)?=?[ -~]{0,20}",
        field in "[ -~]{0,30}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        is_form: bool,
    ) {
        let blog = Temporary::new();
        let path: String = path.iter().map(|byte| format!("%{byte:02x}")).collect();
        let query = query.replace(['#', ' '], "+");
        let content_type = match is_form {
            true => "application/x-www-form-urlencoded",
            false => "text/plain",
        };
        let request = Request::new(&method, format!("/{path}?{query}"))
            .header("Content-Type", content_type)
            .header("Accept", &field)
            .header("If-None-Match", &field)
            .header("If-Match", &field)
            .body(body);
        let response = request.call(&blog);
        prop_assert!(response.status().code() < 500, "{}", response.errors());
        prop_assert_eq!(response.errors(), "");
    }
}
