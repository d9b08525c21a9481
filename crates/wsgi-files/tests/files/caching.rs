//! `Cache-Control` on files.

use wsgi_testing::Request;

use crate::support::{Site, field, get};

#[test]
fn files_say_how_long_they_are_good() {
    let site = Site::new(&[
        ("index.html", "home"),
        ("a.css", "css"),
        ("b.png", "png"),
        ("app.3f9c2b1a.js", "js"),
        ("assets/x.css", "css"),
    ]);
    let files = site.files();
    assert_eq!(field(&get(&files, "/"), "Cache-Control"), "");
    let files = files
        .cache_control("max-age=60")
        .cache_control_by_type("text/html", "no-cache")
        .cache_control_by_type("text/*", "max-age=3600")
        .cache_control_by_path("/assets/*", "max-age=7")
        .immutable_fingerprints(true);
    for (target, value) in [
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/a.css", "max-age=3600"),
        ("/b.png", "max-age=60"),
        ("/app.3f9c2b1a.js", "public, max-age=31536000, immutable"),
        ("/assets/x.css", "max-age=7"),
        ("/absent", ""),
    ] {
        assert_eq!(
            field(&get(&files, target), "Cache-Control"),
            value,
            "{target}"
        );
    }
    let response = Request::get("/a.css")
        .header("If-None-Match", "*")
        .call(&files);
    assert_eq!(response.status().code(), 304);
    assert_eq!(field(&response, "Cache-Control"), "max-age=3600");
    let response = Request::get("/a.css")
        .header("Range", "bytes=9-")
        .call(&files);
    assert_eq!(response.status().code(), 416);
    assert_eq!(field(&response, "Cache-Control"), "");
}

#[test]
#[should_panic(expected = "has a control character")]
fn a_value_that_would_add_a_field_is_refused() {
    let _ = Site::new(&[])
        .files()
        .cache_control("no-cache\r\nSet-Cookie: a");
}
