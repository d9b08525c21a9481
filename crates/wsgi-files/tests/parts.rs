//! The fields of responses of applications that are sent in part, or whole in spite of a range.
#![cfg(feature = "application")]

use wsgi_application::{Body, Environ, Headers, Result, StartResponse, Status};
use wsgi_files::Conditional;
use wsgi_testing::{Request, Response};

/// Makes a body for each request.
type Make = fn() -> Body;

const TEXT: &str = "0123456789";

/// Asks an application with these fields and this body.
fn ask(fields: &[(&str, &str)], body: Make, request: Request) -> Response {
    let headers = Headers::from_fields(fields.to_vec()).unwrap();
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, headers.clone())?;
        Ok(body())
    };
    request.call(&Conditional::new(app))
}

#[test]
fn a_page_that_accepts_no_ranges_of_bytes_is_sent_whole() {
    for (value, code) in [
        ("none", 200),
        ("None", 200),
        ("lines", 200),
        ("bytes", 206),
        ("lines, Bytes", 206),
    ] {
        let fields = [("ETag", "\"1\""), ("Accept-Ranges", value)];
        let get = |name, other| {
            ask(
                &fields,
                || TEXT.into(),
                Request::get("/").header(name, other),
            )
        };
        let response = get("Range", "bytes=3-6");
        assert_eq!(response.status().code(), code, "{value}");
        assert_eq!(response.headers().get("Accept-Ranges").unwrap(), value);
        assert_eq!(get("If-None-Match", "\"1\"").status().code(), 304);
    }
}

/// The names of the fields, but the length, of a page with many fields about its content.
fn names_in_answer_to(name: &str, value: &str) -> (u16, Vec<String>) {
    const FIELDS: [(&str, &str); 15] = [
        ("CDN-Cache-Control", "max-age=60"),
        ("Cache-Control", "max-age=60"),
        ("Content-Digest", "sha-256=:AAAA:"),
        ("Content-Disposition", "attachment"),
        ("Content-Language", "en"),
        ("Content-Location", "/a"),
        ("Content-MD5", "AAAA"),
        ("Content-Security-Policy", "sandbox"),
        ("Content-Type", "text/html"),
        ("Digest", "md5=AAAA"),
        ("ETag", "\"1\""),
        ("Expires", "Sun, 06 Nov 2094 08:49:37 GMT"),
        ("Link", "</style.css>"),
        ("Repr-Digest", "sha-256=:AAAA:"),
        ("Surrogate-Control", "max-age=60"),
    ];
    let request = Request::get("/").header(name, value);
    let response = ask(&FIELDS, || TEXT.repeat(400).into(), request);
    let names = response.headers().iter().map(|(name, _)| name.to_owned());
    let mut names: Vec<_> = names.filter(|name| name != "Content-Length").collect();
    names.sort();
    (response.status().code(), names)
}

#[test]
fn a_part_has_no_digest_of_the_whole_content() {
    for ranges in ["bytes=0-9", "bytes=0-9,3000-3009"] {
        let (code, names) = names_in_answer_to("Range", ranges);
        assert_eq!(code, 206);
        let has = |name: &str| names.iter().any(|known| known == name);
        assert!(!has("Content-Digest") && !has("Content-MD5"), "{ranges}");
        // These are of the representation of which it is a part.
        assert!(has("Repr-Digest") && has("Digest"), "{ranges}");
    }
}

#[test]
fn a_304_has_no_field_about_content() {
    let (code, names) = names_in_answer_to("If-None-Match", "\"1\"");
    assert_eq!(code, 304);
    let has = |name: &str| names.iter().any(|known| known == name);
    assert!(!has("Content-Digest") && !has("Content-MD5"), "{names:?}");
    assert!(
        !has("Content-Language") && !has("Content-Type"),
        "{names:?}"
    );
    // A cache updates its page with these (RFC 9110 section 15.4.5).
    for name in ["Cache-Control", "Content-Location", "ETag", "Expires"] {
        assert!(has(name), "{name}");
    }
}

#[test]
fn a_text_in_place_of_the_page_has_no_field_about_the_page() {
    let (code, names) = names_in_answer_to("If-Match", "\"2\"");
    let expected = ["Content-Security-Policy", "Content-Type", "Link"];
    assert_eq!((code, &names[..]), (412, &expected.map(String::from)[..]));
    let (code, names) = names_in_answer_to("Range", "bytes=9999-");
    let expected = [
        "Content-Range",
        "Content-Security-Policy",
        "Content-Type",
        "Link",
    ];
    assert_eq!((code, &names[..]), (416, &expected.map(String::from)[..]));
}
