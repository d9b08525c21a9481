//! Precompressed files.

use wsgi_files::{Coding, FilePath, Files, SourceFile};
use wsgi_testing::{Request, Response};

use crate::support::{Site, field};

fn site() -> (Site, Files) {
    let site = Site::new(&[
        ("a.css", "plain"),
        ("a.css.br", "brotli"),
        ("a.css.zst", "zstd"),
        ("a.css.gz", "gzip"),
        ("b.css", "plain"),
        ("b.css.gz", "gzip"),
        ("c.png", "plain"),
        ("c.png.gz", "gzip"),
        ("d.css.gz", "gzip"),
        ("index.html", "plain"),
        ("index.html.gz", "gzip"),
    ]);
    let files = site.files().precompressed(Coding::ALL);
    (site, files)
}

fn accepting(files: &Files, target: &str, accept: &str) -> Response {
    Request::get(target)
        .header("Accept-Encoding", accept)
        .call(files)
}

#[test]
fn the_file_that_the_client_prefers_is_sent() {
    let (_site, files) = site();
    for (target, accept, body, coding) in [
        ("/a.css", "gzip, deflate, br, zstd", "brotli", "br"),
        ("/a.css", "gzip, br;q=0.5", "gzip", "gzip"),
        ("/a.css", "br;q=0, zstd", "zstd", "zstd"),
        ("/a.css", "*", "brotli", "br"),
        ("/a.css", "identity, gzip;q=0.5", "plain", ""),
        ("/a.css", "deflate", "plain", ""),
        ("/a.css", "", "plain", ""),
        ("/a.css", "identity;q=0", "plain", ""),
        ("/b.css", "br, gzip", "gzip", "gzip"),
        ("/b.css", "br", "plain", ""),
        ("/", "br, gzip", "gzip", "gzip"),
    ] {
        let response = accepting(&files, target, accept);
        assert_eq!(response.text(), body, "{target} {accept:?}");
        assert_eq!(field(&response, "Content-Encoding"), coding);
        assert_eq!(field(&response, "Vary"), "Accept-Encoding");
        assert_eq!(field(&response, "Content-Length"), body.len().to_string());
        let is_page = target == "/";
        let media_type = if is_page { "text/html" } else { "text/css" };
        let content_type = format!("{media_type}; charset=utf-8");
        assert_eq!(field(&response, "Content-Type"), content_type);
    }
}

#[test]
fn every_coding_has_a_tag_of_its_own() {
    let (_site, files) = site();
    let tag = |accept| field(&accepting(&files, "/a.css", accept), "ETag");
    let tags = [tag(""), tag("br"), tag("zstd"), tag("gzip")];
    for (index, tag) in tags.iter().enumerate() {
        assert!(!tags[..index].contains(tag), "{tag}");
    }
    for (accept, other) in [("br", "gzip"), ("gzip", "")] {
        let ask = |accept: &str, tag: &str| {
            Request::get("/a.css")
                .header("Accept-Encoding", accept)
                .header("If-None-Match", tag)
                .call(&files)
        };
        let same = ask(accept, &tag(accept));
        assert_eq!(same.status().code(), 304);
        assert_eq!(field(&same, "Vary"), "Accept-Encoding");
        assert_eq!(field(&same, "Content-Encoding"), "");
        assert_eq!(ask(other, &tag(accept)).status().code(), 200);
    }
}

#[test]
fn a_range_is_one_of_the_bytes_of_the_coding() {
    let (_site, files) = site();
    let response = Request::get("/a.css")
        .header("Accept-Encoding", "br")
        .header("Range", "bytes=0-2")
        .call(&files);
    assert_eq!(response.status().code(), 206);
    assert_eq!(response.text(), "bro");
    assert_eq!(field(&response, "Content-Encoding"), "br");
    assert_eq!(field(&response, "Content-Range"), "bytes 0-2/6");
}

/// The envelope of several parts would not be in the coding that its head names.
#[test]
fn several_ranges_of_coded_bytes_are_answered_by_all_of_them() {
    let coded = "b".repeat(10_000);
    let site = Site::new(&[("a.css", "plain"), ("a.css.br", &coded)]);
    let files = site.files().precompressed(Coding::ALL);
    let response = Request::get("/a.css")
        .header("Accept-Encoding", "br")
        .header("Range", "bytes=0-9,5000-5009")
        .call(&files);
    assert_eq!(response.status().code(), 200);
    assert_eq!(field(&response, "Content-Type"), "text/css; charset=utf-8");
    assert_eq!(response.text(), coded);
}

#[test]
fn an_empty_coded_file_is_passed_over() {
    let site = Site::new(&[("a.css", "plain"), ("a.css.br", ""), ("a.css.gz", "gzip")]);
    let files = site.files().precompressed(Coding::ALL);
    let response = accepting(&files, "/a.css", "br, gzip");
    assert_eq!(response.text(), "gzip");
    assert_eq!(field(&response, "Content-Encoding"), "gzip");
    let response = accepting(&files, "/a.css", "br");
    assert_eq!(response.text(), "plain");
    assert_eq!(field(&response, "Content-Encoding"), "");
}

#[test]
fn pictures_and_missing_files_have_no_coding() {
    let (_site, files) = site();
    let response = accepting(&files, "/c.png", "gzip");
    assert_eq!(response.text(), "plain");
    assert_eq!(field(&response, "Vary"), "");
    assert_eq!(accepting(&files, "/d.css", "gzip").status().code(), 404);
    let itself = accepting(&files, "/d.css.gz", "gzip");
    assert_eq!(field(&itself, "Content-Type"), "application/gzip");
    assert_eq!(field(&itself, "Content-Encoding"), "");
}

#[test]
fn nothing_is_looked_for_unless_asked() {
    let (site, _) = site();
    let response = accepting(&site.files(), "/a.css", "br");
    assert_eq!(response.text(), "plain");
    assert_eq!(field(&response, "Vary"), "");
    let files = site.files().precompressed([Coding::Gzip, Coding::Gzip]);
    assert_eq!(accepting(&files, "/a.css", "br, gzip").text(), "gzip");
}

#[test]
fn a_drawing_in_gzip_is_sent_as_one() {
    let site = Site::new(&[("map.SVGZ", "gzip"), ("map.SVGZ.br", "brotli")]);
    for files in [site.files(), site.files().precompressed(Coding::ALL)] {
        let response = accepting(&files, "/map.SVGZ", "br");
        assert_eq!(response.text(), "gzip");
        assert_eq!(field(&response, "Content-Type"), "image/svg+xml");
        assert_eq!(field(&response, "Content-Encoding"), "gzip");
        assert_eq!(field(&response, "Vary"), "");
    }
    let plain = site.files().media_type("svgz", "application/x-map");
    let response = accepting(&plain, "/map.SVGZ", "");
    assert_eq!(field(&response, "Content-Type"), "application/x-map");
    assert_eq!(field(&response, "Content-Encoding"), "");
    let with_charset = "Image/SVG+xml; charset=utf-8";
    let drawing = site.files().media_type("svgz", with_charset);
    let response = accepting(&drawing, "/map.SVGZ", "");
    assert_eq!(field(&response, "Content-Type"), with_charset);
    assert_eq!(field(&response, "Content-Encoding"), "gzip");
}

#[test]
fn a_source_that_names_the_type_of_a_file_says_all_of_it() {
    let drawings =
        |_: &FilePath<'_>| Some(SourceFile::bytes("<svg/>").with_content_type("image/svg+xml"));
    let response = accepting(&Files::new(drawings), "/map.svgz", "gzip");
    assert_eq!(field(&response, "Content-Encoding"), "");
}
