//! `Cache-Control` and further fields on files.

use std::time::Duration;

use wsgi_files::Files;
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
fn a_time_to_keep_files_is_rounded_up_to_seconds() {
    let site = Site::new(&[("a.css", "css")]);
    for (time, value) in [
        (Duration::ZERO, "no-cache"),
        (Duration::from_nanos(1), "max-age=1"),
        (Duration::from_secs(1), "max-age=1"),
        (Duration::from_millis(1_500), "max-age=2"),
        (Duration::MAX, "max-age=9223372036854775807"),
    ] {
        let files = site.files().max_age(time);
        assert_eq!(field(&get(&files, "/a.css"), "Cache-Control"), value);
    }
    let files = site.files().max_age(Duration::ZERO).cache_control("public");
    assert_eq!(field(&get(&files, "/a.css"), "Cache-Control"), "public");
}

#[test]
#[should_panic(expected = "has a control character")]
fn a_value_that_would_add_a_field_is_refused() {
    let _ = Site::new(&[])
        .files()
        .cache_control("no-cache\r\nSet-Cookie: a");
}

#[test]
fn files_have_the_fields_of_their_paths() {
    let site = Site::new(&[
        ("index.html", "home"),
        ("fonts/index.html", "fonts"),
        ("fonts/a.woff2", "a"),
        ("sw.js", "w"),
    ]);
    let files = site
        .files()
        .header_by_path("/fonts/*", "Access-Control-Allow-Origin", "*")
        .header_by_path("sw.js", "Service-Worker-Allowed", "/")
        .header_by_path("sw.js", "X-Robots-Tag", "none")
        .header_by_path("*", "x-robots-tag", "noarchive");
    let fields = |request: Request| {
        let response = request.call(&files);
        let names = [
            "Access-Control-Allow-Origin",
            "Service-Worker-Allowed",
            "X-Robots-Tag",
        ];
        let values = names.map(|name| field(&response, name));
        (response.status().code(), values.join("|"))
    };
    let check = |request, status, expected: &str| {
        assert_eq!(fields(request), (status, expected.to_owned()));
    };
    check(Request::get("/"), 200, "||noarchive");
    check(Request::get("/fonts/a.woff2"), 200, "*||noarchive");
    check(Request::get("/sw.js"), 200, "|/|none");
    let font = || Request::get("/fonts/a.woff2");
    check(font().header("If-None-Match", "*"), 304, "*||noarchive");
    check(font().header("Range", "bytes=0-0"), 206, "*||noarchive");
    check(font().header("Range", "bytes=9-"), 416, "||");
    check(Request::get("/fonts"), 301, "||");
    check(Request::get("/absent"), 404, "||");
}

#[test]
fn a_304_has_no_field_about_the_content_of_a_file() {
    let site = Site::new(&[("de/a.html", "<p>Moin</p>")]);
    let files = site
        .files()
        .header_by_path("/de/**", "Content-Language", "de");
    let page = || Request::get("/de/a.html");
    assert_eq!(field(&page().call(&files), "Content-Language"), "de");
    let known = page().header("If-None-Match", "*").call(&files);
    assert_eq!(known.status().code(), 304);
    assert!(!known.headers().contains("Content-Language"));
}

#[test]
fn the_page_of_the_status_404_has_the_fields_of_its_own_path() {
    let site = Site::new(&[("404.html", "<p>Not here"), ("a.txt", "a")]);
    let files = site
        .files()
        .not_found("404.html")
        .header_by_path("downloads/*", "Content-Disposition", "attachment")
        .header_by_path("downloads/*", "CDN-Cache-Control", "max-age=31536000")
        .header_by_path("*.html", "Content-Security-Policy", "default-src 'self'")
        .header_by_path("a.txt", "Content-Security-Policy", "sandbox")
        .header_by_path("*", "Content-Security-Policy", "default-src 'none'");
    let check = |request: Request, status, policy: &str| {
        let response = request.call(&files);
        assert_eq!(response.status().code(), status);
        assert_eq!(field(&response, "Content-Security-Policy"), policy);
        assert_eq!(field(&response, "Content-Disposition"), "");
        assert_eq!(field(&response, "CDN-Cache-Control"), "");
    };
    check(Request::get("/a.txt"), 200, "sandbox");
    check(Request::get("/404.html"), 200, "default-src 'self'");
    check(Request::get("/absent"), 404, "default-src 'self'");
    check(Request::head("/absent"), 404, "default-src 'self'");
    // The page is not what the rules for the path that was asked for are about.
    check(Request::get("/downloads/b.zip"), 404, "default-src 'self'");
    check(Request::get("/downloads/"), 404, "default-src 'self'");
    // No file can be at this path.
    check(Request::get("/downloads//b"), 404, "default-src 'self'");
    check(Request::post("/absent"), 405, "");
}

#[track_caller]
fn check_refused(name: &str, value: &str) {
    let add = || Site::new(&[]).files().header_by_path("*", name, value);
    let refused = std::panic::catch_unwind(add);
    assert!(refused.is_err(), "{name}: {value}");
}

#[test]
fn fields_that_are_malformed_or_depend_on_the_response_are_refused() {
    check_refused("X", "a\r\nSet-Cookie: b");
    check_refused("X Y", "a");
    check_refused("", "a");
    check_refused("content-type", "text/plain");
    check_refused("ETag", "\"a\"");
    // A file may be sent in part or compressed (RFC 9530, sections 2 and 3).
    check_refused("Content-Digest", "sha-256=:AAAA:");
    check_refused("Content-MD5", "AAAA");
    check_refused("Digest", "sha-256=AAAA");
    check_refused("repr-digest", "sha-256=:AAAA:");
    check_refused("Cache-Control", "no-cache");
    check_refused("Connection", "close");
}

#[test]
fn rules_that_can_never_apply_are_refused() {
    #[track_caller]
    fn check(add: impl FnOnce(Files) -> Files + std::panic::UnwindSafe, message: &str) {
        let files = || Site::new(&[]).files();
        let panic = std::panic::catch_unwind(|| add(files())).expect_err("a panic");
        let shown = panic.downcast_ref::<String>().expect("a message");
        assert!(shown.contains(message), "{shown}");
    }
    check(
        |files| files.cache_control_by_path("../a", "no-cache"),
        "matches no file",
    );
    check(
        |files| files.header_by_path("a//b", "X-A", "b"),
        "matches no file",
    );
    check(
        |files| files.header_by_path("assets/", "X-A", "b"),
        "\"assets/*\"",
    );
    check(
        |files| files.cache_control_by_type("css", "no-cache"),
        "matches no media type",
    );
    check(
        |files| files.media_type("tar.gz", "application/gzip"),
        "after its last dot",
    );
    check(
        |files| files.media_type("", "text/plain"),
        "after its last dot",
    );
    check(
        |files| files.media_type("md", "text/*"),
        "is not a media type",
    );
    check(
        |files| files.media_type("md", "*/*; charset=utf-8"),
        "is not a media type",
    );
    check(
        |files| files.media_type("md", "markdown"),
        "is not a media type",
    );
}

#[test]
fn a_rule_may_begin_at_the_folder_or_its_root() {
    let site = Site::new(&[("a/site.css", "b {}")]);
    for pattern in ["a/*", "/a/*", "./a/*"] {
        let files = site.files().header_by_path(pattern, "X-A", "b");
        assert_eq!(field(&get(&files, "/a/site.css"), "X-A"), "b", "{pattern}");
    }
    let files = site.files().media_type(".CSS", "text/x-css");
    let response = get(&files, "/a/site.css");
    assert_eq!(field(&response, "Content-Type"), "text/x-css");
}
