//! The choice of a representation.

use wsgi::testing::Request;

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
        for accept in ["image/png", "text/plain", "*/*;q=0", ""] {
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
