//! Pages in place of what is not found, and URLs without `.html`.

use wsgi_files::Files;

use crate::support::{Site, field, get, status};

fn site() -> Site {
    Site::new(&[
        ("index.html", "home"),
        ("about.html", "about"),
        ("docs.html", "docs page"),
        ("docs/index.html", "docs folder"),
        ("empty/a.txt", "a"),
        ("404.html", "lost"),
        ("a.js", "script"),
    ])
}

#[test]
fn a_single_page_application_answers_paths_that_are_not_found() {
    let site = site();
    let files = site.files().fallback("index.html");
    for target in [
        "/orders/7",
        "/user/john.doe",
        "/orders/7/",
        "/x.html",
        "/empty/",
    ] {
        let response = get(&files, target);
        assert_eq!(response.status().code(), 200, "{target}");
        assert_eq!(response.text(), "home", "{target}");
        assert_eq!(field(&response, "Content-Type"), "text/html; charset=utf-8");
        assert_ne!(field(&response, "ETag"), "");
    }
    for target in [
        "/app.js",
        "/logo.png",
        "/a/b.css",
        "/.env",
        "/../x",
        "//evil.example",
    ] {
        assert_eq!(status(&files, target), 404, "{target}");
    }
    assert_eq!(get(&files, "/a.js").text(), "script");
    assert_eq!(status(&site.files().fallback("absent.html"), "/x"), 404);
}

#[test]
fn a_page_of_ones_own_says_that_nothing_was_found() {
    let site = site();
    let files = site.files().not_found("404.html");
    let response = wsgi_testing::Request::get("/x.js")
        .header("If-None-Match", "*")
        .header("Range", "bytes=0-0")
        .call(&files);
    assert_eq!(response.status().code(), 404);
    assert_eq!(response.text(), "lost");
    assert_eq!(
        response.headers().to_string(),
        "Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Length: 4\r\n\r\n"
    );
    let head = wsgi_testing::Request::head("/x.js").call(&files);
    assert_eq!((head.status().code(), head.text()), (404, ""));
    let absent = get(&site.files().not_found("absent.html"), "/x");
    assert_eq!(absent.text(), "404 Not Found\n");
}

#[test]
fn html_is_left_out_of_urls() {
    let site = site();
    let files = site.files().clean_urls(true);
    for (target, body) in [
        ("/about", "about"),
        ("/docs", "docs page"),
        ("/docs/", "docs folder"),
        ("/", "home"),
        ("/a.js", "script"),
    ] {
        assert_eq!(get(&files, target).text(), body, "{target}");
        assert_eq!(get(&files, target).status().code(), 200);
    }
    for (target, location) in [
        ("/about.html?a=b", "/about?a=b"),
        ("/index.html", "/"),
        ("/index", "/"),
        ("/docs/index?x", "/docs/?x"),
        ("/docs/index.html?x", "/docs/?x"),
    ] {
        let response = get(&files, target);
        assert_eq!(response.status().code(), 301, "{target}");
        assert_eq!(field(&response, "Location"), location);
    }
    for target in ["/absent", "/absent.html", "/about/", "/empty", "/empty/"] {
        assert_eq!(status(&files, target), 404, "{target}");
    }
    // A file of the name without the extension would be another page.
    let site_with_both = Site::new(&[("both", "short"), ("both.html", "long")]);
    let files = site_with_both.files().clean_urls(true);
    assert_eq!(get(&files, "/both").text(), "short");
    assert_eq!(get(&files, "/both.html").text(), "long");
    assert_eq!(status(&site.files(), "/about"), 404);
    assert_eq!(get(&site.files(), "/about.html").text(), "about");
}

#[test]
#[should_panic(expected = "is not the path of a file")]
fn a_page_outside_is_refused() {
    let _: Files = site().files().fallback("../index.html");
}

#[test]
#[should_panic(expected = "is not the path of a file")]
fn an_index_page_with_a_slash_at_its_start_is_refused() {
    let _: Files = site().files().index(["index.html", "/home.html"]);
}
