//! The choice of a representation.

use wsgi::testing::Request;
use wsgi_blog::Blog;

use crate::support::{Temporary, header};

const FIREFOX: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn the_field_accept_chooses() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a"] {
        for (accept, chosen) in [
            ("*/*", "text/html"),
            (FIREFOX, "text/html"),
            ("application/xhtml+xml", "application/xhtml+xml"),
            (
                "text/html;q=0.9, application/xhtml+xml",
                "application/xhtml+xml",
            ),
            ("application/xml", "application/xml"),
            ("application/atom+xml, */*;q=0.1", "application/atom+xml"),
            ("application/*", "application/xhtml+xml"),
            (
                "application/*, application/xhtml+xml;q=0",
                "application/xml",
            ),
            ("text/html;q=0, */*", "application/xhtml+xml"),
            ("APPLICATION/ATOM+XML", "application/atom+xml"),
            ("text/plain", "text/plain"),
            ("text/plain, text/html;q=0.9", "text/plain"),
            ("text/*", "text/html"),
            ("application/json, text/plain, */*", "text/plain"),
        ] {
            let request = Request::get(target).header("Accept", accept);
            let response = request.call(&blog);
            assert_eq!(response.status().code(), 200, "{accept}");
            let content_type = header(&response, "Content-Type");
            assert_eq!(content_type, format!("{chosen}; charset=utf-8"), "{accept}");
            assert_eq!(header(&response, "Vary"), "Accept", "{accept}");
        }
    }
}

#[test]
fn the_parameter_type_chooses_before_the_field() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a"] {
        for (name, chosen) in [
            ("html", "text/html"),
            ("xhtml", "application/xhtml+xml"),
            ("xml", "application/xml"),
            ("atom", "application/atom+xml"),
            ("text", "text/plain"),
        ] {
            let target = format!("{target}?type={name}");
            let response = Request::get(target)
                .header("Accept", "image/png")
                .call(&blog);
            let content_type = header(&response, "Content-Type");
            assert_eq!(content_type, format!("{chosen}; charset=utf-8"));
        }
        for name in ["", "ATOM", "pdf", "../x"] {
            let response = blog.get(&format!("{target}?type={name}"));
            assert_eq!(response.status().code(), 400, "{name}");
        }
    }
}

#[test]
fn a_client_that_accepts_none_learns_which_there_are() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a"] {
        for accept in ["image/png", "application/json;q=0", "*/*;q=0"] {
            let response = Request::get(target).header("Accept", accept).call(&blog);
            assert_eq!(response.status().code(), 406, "{accept:?}");
            assert_eq!(header(&response, "Vary"), "Accept");
            let text = response.text();
            assert!(
                text.contains("text/html, application/xhtml+xml, application/xml"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_client_that_names_no_type_accepts_all() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a"] {
        let without = blog.get(target);
        let empty = Request::get(target).header("Accept", "").call(&blog);
        assert_eq!(empty.status().code(), 200);
        let [without, empty] = [without, empty].map(|response| header(&response, "Content-Type"));
        assert_eq!(empty, without);
    }
}

#[test]
fn an_entry_in_plain_text_is_the_text_that_was_put() {
    let blog = Temporary::new();
    for text in [
        "",
        "one line",
        "two\nlines\n",
        "<script>alert(1)</script> & more\n",
    ] {
        blog.put("/a", text);
        assert_eq!(blog.text("/a", "text/plain"), text);
    }
    let response = blog.get("/a?type=text");
    assert_eq!(header(&response, "X-Content-Type-Options"), "nosniff");
}

#[test]
fn a_list_in_plain_text_has_a_line_for_each_entry() {
    let blog = Temporary::of(Blog::builder().entries_per_page(2));
    assert_eq!(blog.text("/", "text/plain"), "");
    for name in ["/Tea", "/Black%20coffee"] {
        blog.put(name, "x");
    }
    let entries = |text: &str| {
        let lines = text.lines().map(|line| {
            let (time, rest) = line.split_once(' ').expect("a time");
            assert!(time.ends_with('Z') && time.len() == 20, "{line}");
            rest.to_owned()
        });
        lines.collect::<Vec<_>>()
    };
    let first = blog.text("/", "text/plain");
    assert_eq!(
        entries(&first),
        ["/Black%20coffee Black coffee", "/Tea Tea"]
    );
    blog.put("/Water", "x");
    let text = blog.text("/?page=2", "text/plain");
    let (lines, page) = text.split_once("\n\n").expect("an empty line");
    assert_eq!(
        (entries(lines), page),
        (vec!["/Tea Tea".to_owned()], "page 2 of 2\n")
    );
    let found = blog.text("/?q=water", "text/plain");
    assert_eq!(entries(&found), ["/Water Water"]);
}

#[test]
fn an_error_is_a_page_for_clients_that_prefer_one() {
    let blog = Temporary::new();
    for (accept, chosen) in [
        ("text/plain", "text/plain"),
        ("text/plain, text/html;q=0.9", "text/plain"),
        ("*/*", "text/plain"),
        ("image/png", "text/plain"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/problem+json"),
    ] {
        let response = Request::get("/none").header("Accept", accept).call(&blog);
        assert_eq!(response.status().code(), 404);
        let content_type = header(&response, "Content-Type");
        assert!(content_type.starts_with(chosen), "{accept}: {content_type}");
        assert_eq!(header(&response, "Cache-Control"), "no-store", "{accept}");
    }
    let response = Request::get("/none")
        .header("Accept", "text/plain")
        .call(&blog);
    assert_eq!(
        response.text(),
        "404 Not Found\n\nThere is no such entry.\n"
    );
    let response = Request::get("/none").header("Accept", "text/html");
    let page = response.call(&blog).text().to_owned();
    assert!(page.contains("<p>There is no such entry.</p>"), "{page}");
    let response = Request::get("/none").header("Accept", "application/json");
    let problem = response.call(&blog).text().to_owned();
    assert!(problem.contains("\"there is no such entry\""), "{problem}");
}

#[test]
fn head_has_the_fields_of_get() {
    let blog = Temporary::new();
    blog.put("/a", "x");
    for target in ["/", "/a", "/?type=atom", "/nothing"] {
        let (get, head) = (blog.get(target), Request::head(target).call(&blog));
        assert_eq!(head.status(), get.status());
        assert_eq!(head.text(), "");
        for name in ["Content-Type", "Vary", "ETag", "Cache-Control"] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{target}: {name}"
            );
        }
    }
}
