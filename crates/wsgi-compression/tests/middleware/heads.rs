//! The responses that are compressed, and their heads.

use std::io::Write;

use wsgi_application::{Environ, Status, application};
use wsgi_compression::Compression;
use wsgi_testing::{Request, Response};

use crate::decoding::{CODINGS, decoded};

const TEXT: &str = "It is a truth universally acknowledged. ";

pub(crate) fn text() -> String {
    TEXT.repeat(100)
}

/// The response of an application that sends these fields and this text.
fn response(request: Request, code: u16, fields: &[(&'static str, &'static str)]) -> Response {
    let fields = fields.to_vec();
    let app = application(move |_environ, start_response| {
        start_response.start(Status::from_code(code)?, &fields[..])?;
        Ok(text().into())
    });
    request.call(&Compression::new(app))
}

pub(crate) fn get(accept: &str) -> Request {
    Request::get("/").header("Accept-Encoding", accept)
}

/// The one field of a name, if it is there.
#[track_caller]
pub(crate) fn field(response: &Response, name: &str) -> Option<String> {
    let mut values = response.headers().get_all(name);
    let value = values.next().map(|value| value.to_string());
    assert!(values.next().is_none(), "{name} is repeated");
    value
}

pub(crate) const TYPE: (&str, &str) = ("Content-Type", "text/plain; charset=utf-8");

#[test]
fn each_coding_is_decoded_by_its_own_library() {
    for coding in CODINGS {
        let response = response(get(coding), 200, &[TYPE]);
        assert_eq!(
            field(&response, "Content-Encoding").as_deref(),
            Some(*coding)
        );
        assert_eq!(
            decoded(coding, response.body()),
            text().into_bytes(),
            "{coding}"
        );
        assert!(response.body().len() < 200, "{coding}");
        let length = response.framing().content_length;
        assert_eq!(length, Some(response.body().len() as u64), "{coding}");
    }
}

#[cfg(all(feature = "brotli", feature = "gzip", feature = "zstd"))]
#[test]
fn the_best_coding_for_the_client_is_used() {
    let rows = [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, deflate, br", Some("br")),
        ("gzip;q=0.9, br;q=0.8, zstd;q=0", Some("gzip")),
        ("x-gzip", Some("gzip")),
        ("GZIP", Some("gzip")),
        ("*", Some("zstd")),
        ("*;q=0.5, br", Some("br")),
        ("zstd;q=0, *", Some("br")),
        ("gzip;q=0.001", Some("gzip")),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
        ("gzip;q=0", None),
        ("deflate", None),
        ("identity", None),
        ("", None),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0.1", Some("gzip")),
        ("gzip;q=2", None),
        (";;;,,q=1", None),
    ];
    for (accept, coding) in rows {
        let response = response(get(accept), 200, &[TYPE]);
        assert_eq!(
            field(&response, "Content-Encoding").as_deref(),
            coding,
            "{accept:?}"
        );
        assert_eq!(
            field(&response, "Vary").as_deref(),
            Some("Accept-Encoding"),
            "{accept:?}"
        );
    }
    assert_eq!(
        field(
            &response(Request::get("/"), 200, &[TYPE]),
            "Content-Encoding"
        ),
        None
    );
}

#[test]
fn no_transform_in_a_request_is_for_intermediaries() {
    let request = get("gzip").header("Cache-Control", "no-transform");
    let response = response(request, 200, &[TYPE]);
    assert_eq!(
        field(&response, "Content-Encoding").as_deref(),
        Some("gzip")
    );
    assert_eq!(field(&response, "Vary").as_deref(), Some("Accept-Encoding"));
}

#[test]
fn some_responses_stay_as_they_are_and_vary_all_the_same() {
    type Fields = [(&'static str, &'static str)];
    let rows: &[(&str, u16, &Fields)] = &[
        ("a picture", 200, &[("Content-Type", "image/png")]),
        ("no type", 200, &[]),
        ("coded already", 200, &[TYPE, ("Content-Encoding", "br")]),
        (
            "no-transform",
            200,
            &[TYPE, ("Cache-Control", "max-age=1, No-Transform")],
        ),
        (
            "a part",
            206,
            &[TYPE, ("Content-Range", "bytes 0-3999/8000")],
        ),
        (
            "parts",
            206,
            &[("Content-Type", "multipart/byteranges; boundary=x")],
        ),
        (
            "a range of a 416",
            416,
            &[TYPE, ("Content-Range", "bytes */8000")],
        ),
        ("a digest", 200, &[TYPE, ("Repr-Digest", "sha-256=:AAAA:")]),
        (
            "a digest of the content",
            200,
            &[TYPE, ("Content-Digest", "sha-256=:AAAA:")],
        ),
        ("an old digest", 200, &[TYPE, ("Digest", "md5=AAAA")]),
        ("MD5", 200, &[TYPE, ("Content-MD5", "AAAA")]),
        (
            "short by its length",
            200,
            &[TYPE, ("Content-Length", "511")],
        ),
        ("no content", 204, &[TYPE]),
        ("reset", 205, &[TYPE]),
        ("not modified", 304, &[TYPE]),
    ];
    for (name, code, fields) in rows {
        let tag = ("ETag", "\"v1\"");
        let fields = [fields, &[tag, ("Accept-Ranges", "bytes")][..]].concat();
        let coded = response(get("gzip, br, zstd"), *code, &fields);
        let plain = response(Request::get("/"), *code, &fields);
        assert_eq!(coded.body(), plain.body(), "{name}");
        assert_eq!(coded.headers(), plain.headers(), "{name}");
        assert_eq!(
            field(&coded, "Vary").as_deref(),
            Some("Accept-Encoding"),
            "{name}"
        );
        assert_eq!(field(&coded, "ETag").as_deref(), Some(tag.1), "{name}");
    }
}

#[test]
fn a_word_in_quotes_is_not_a_directive() {
    let control = ("Cache-Control", "private=\"X-Tea, no-transform\"");
    let response = response(get(CODINGS[0]), 200, &[TYPE, control]);
    assert_eq!(
        field(&response, "Content-Encoding").as_deref(),
        Some(CODINGS[0])
    );
}

#[test]
fn the_head_of_a_compressed_response_fits_it() {
    let coding = CODINGS[0];
    let fields = [
        TYPE,
        ("Content-Length", "4000"),
        ("ETag", "\"v1\""),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", "max-age=60"),
        ("Vary", "Cookie"),
    ];
    let response = response(get(coding), 200, &fields);
    assert_eq!(field(&response, "ETag").as_deref(), Some("W/\"v1\""));
    assert_eq!(field(&response, "Accept-Ranges"), None);
    let length = response.body().len().to_string();
    assert_eq!(field(&response, "Content-Length"), Some(length));
    assert!(
        response
            .headers()
            .get_all("Vary")
            .eq(["Cookie", "Accept-Encoding"])
    );
    assert!(response.is_complete());
}

#[test]
fn a_weak_tag_and_a_vary_that_fits_stay() {
    let coding = CODINGS[0];
    for vary in ["*", "accept-encoding", "Cookie, ACCEPT-ENCODING"] {
        let fields = [TYPE, ("ETag", "W/\"v1\""), ("Vary", vary)];
        let response = response(get(coding), 200, &fields);
        assert_eq!(field(&response, "ETag").as_deref(), Some("W/\"v1\""));
        assert_eq!(field(&response, "Vary").as_deref(), Some(vary));
    }
}

/// A cache with the compressed representation has its weak tag. It finds that representation by
/// the tag of the 304 (RFC 9111, section 4.3.4).
#[test]
fn a_304_repeats_the_kind_of_tag_that_the_client_has() {
    for (tags, expected) in [
        ("\"v1\"", "\"v1\""),
        ("W/\"v1\"", "W/\"v1\""),
        ("\"v0\", W/\"v1\"", "W/\"v1\""),
        ("W/\"v0\", \"v1\"", "\"v1\""),
    ] {
        let request = get(CODINGS[0]).header("If-None-Match", tags);
        let response = response(request, 304, &[("ETag", "\"v1\"")]);
        assert_eq!(
            field(&response, "ETag").as_deref(),
            Some(expected),
            "{tags}"
        );
        assert_eq!(field(&response, "Vary").as_deref(), Some("Accept-Encoding"));
    }
}

#[test]
fn a_body_is_compressed_from_the_minimum_on() {
    for (length, is_coded) in [
        (0, false),
        (1, false),
        (99, false),
        (100, true),
        (101, true),
    ] {
        let app = application(move |_environ, start_response| {
            start_response.start(Status::OK, [TYPE])?;
            Ok("a".repeat(length).into())
        });
        let response = get(CODINGS[0]).call(&Compression::new(app).min_bytes(100));
        assert_eq!(
            response.headers().contains("Content-Encoding"),
            is_coded,
            "{length} bytes"
        );
        assert_eq!(field(&response, "Vary").as_deref(), Some("Accept-Encoding"));
    }
}

#[test]
fn written_bytes_count_for_the_minimum() {
    let app = application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, [TYPE])?;
        body.write_all(&[b'a'; 60])?;
        Ok("b".repeat(40).into())
    });
    let response = get(CODINGS[0]).call(&Compression::new(app).min_bytes(100));
    let expected = ["a".repeat(60), "b".repeat(40)].concat();
    assert_eq!(decoded(CODINGS[0], response.body()), expected.as_bytes());
}

#[test]
fn a_client_that_refuses_plain_bytes_gets_anything_compressed_that_has_bytes() {
    let accept = format!("identity;q=0, {}", CODINGS[0]);
    for (body, content_type, is_coded) in [
        ("x", "text/plain", true),
        ("GIF89a", "image/gif", true),
        ("", "text/plain", false),
    ] {
        let app = application(move |_environ, start_response| {
            start_response.start(Status::OK, [("Content-Type", content_type)])?;
            Ok(body.into())
        });
        let response = get(&accept).call(&Compression::new(app));
        assert_eq!(
            response.headers().contains("Content-Encoding"),
            is_coded,
            "{body:?}"
        );
    }
}

#[test]
fn an_exempt_request_does_not_go_through_the_middleware() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [TYPE])?;
        Ok(text().into())
    });
    let app = Compression::new(app)
        .exempt(|environ| environ.path_info() == "/a")
        .exempt(|environ| environ.path_info() == "/b");
    for (path, is_coded) in [("/a", false), ("/b", false), ("/c", true)] {
        let request = Request::get(path).header("Accept-Encoding", CODINGS[0]);
        let response = request.call(&app);
        assert_eq!(
            response.headers().contains("Content-Encoding"),
            is_coded,
            "{path}"
        );
        assert_eq!(response.headers().contains("Vary"), is_coded, "{path}");
    }
}

#[test]
fn an_error_before_the_first_byte_is_a_page_that_is_not_compressed() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [TYPE])?;
        Err("broken".into())
    });
    let response = get(CODINGS[0]).call(&Compression::new(app));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert_eq!(field(&response, "Content-Encoding"), None);
}

#[test]
fn a_malformed_length_is_still_an_error_of_the_application() {
    for length in ["ten", "-1", "5000, 5000"] {
        let response = {
            let app = application(move |_environ, start_response| {
                start_response.start(Status::OK, [TYPE, ("Content-Length", length)])?;
                Ok(text().into())
            });
            get(CODINGS[0]).call(&Compression::new(app))
        };
        assert_eq!(
            response.status(),
            &Status::INTERNAL_SERVER_ERROR,
            "{length}"
        );
    }
}

/// The part would not fit the compressed bytes that the client has.
#[test]
fn a_part_that_is_asked_for_by_a_date_is_the_whole() {
    let ranges = application(|environ: &mut Environ, start_response| {
        let code = match environ.get("HTTP_RANGE") {
            Some(_) => 206,
            None => 200,
        };
        start_response.start(Status::from_code(code)?, [("Content-Type", "text/plain")])?;
        Ok("text ".repeat(200).into())
    });
    let app = Compression::new(ranges);
    let code = |accept: &str, condition: &str| {
        let request = Request::get("/")
            .header("Accept-Encoding", accept)
            .header("Range", "bytes=10-")
            .header("If-Range", condition);
        request.call(&app).status().code()
    };
    assert_eq!(code("gzip", "Sun, 06 Nov 1994 08:49:37 GMT"), 200);
    assert_eq!(code("identity", "Sun, 06 Nov 1994 08:49:37 GMT"), 206);
    assert_eq!(code("gzip", "\"tag\""), 206);
}
