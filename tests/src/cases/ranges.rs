//! Conditions and ranges of files (RFC 9110, sections 13 and 14).
//!
//! A front server passes the fields on, and the answer back. One that applies the fields itself to
//! an answer to them shows here.

use std::time::{Duration, UNIX_EPOCH};

use wsgi::{
    Application,
    files::{Boundary, EntityTag, FilePath, Files, Multipart, SourceFile},
};

use super::{files::file, pattern};
use crate::{case::Case, expected::Expected, request::Request};

const LENGTH: usize = 1_000_000;

const TYPE: &str = "text/plain; charset=utf-8";

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(
            "the_head_of_a_file_has_no_range",
            Request::head("/a.txt").field("Range", "bytes=0-9"),
            whole().body(""),
        ),
        case(
            "several_ranges_of_a_file",
            get(&[("Range", "bytes=0-99,500000-500099")]),
            part().any_body().field("Content-Length", several()),
        ),
    ];
    // Names, the fields of the request, and the first and the last byte of a part.
    let parts: [(_, &[(&str, &str)], _); 5] = [
        (
            "the_first_bytes_of_a_file",
            &[("Range", "bytes=0-99")],
            [0, 99],
        ),
        (
            "the_middle_of_a_file",
            &[("Range", "bytes=400000-699999")],
            [400_000, 699_999],
        ),
        (
            "the_last_bytes_of_a_file",
            &[("Range", "bytes=-100")],
            [999_900, 999_999],
        ),
        (
            "the_rest_of_a_file",
            &[("Range", "bytes=999000-")],
            [999_000, 999_999],
        ),
        (
            "the_rest_of_a_file_that_is_the_same",
            &[("Range", "bytes=999000-"), ("If-Range", "\"v1\"")],
            [999_000, 999_999],
        ),
    ];
    cases.extend(parts.map(|(name, fields, [first, last])| {
        let range = format!("bytes {first}-{last}/{LENGTH}");
        let expected = part()
            .body(&pattern(LENGTH)[first..=last])
            .field("Content-Range", range)
            .field("Content-Length", (last - first + 1).to_string());
        case(name, get(fields), expected)
    }));
    let others: [(_, &[(&str, &str)], _); 8] = [
        (
            "all_of_a_file_that_is_another",
            &[("Range", "bytes=999000-"), ("If-Range", "\"v0\"")],
            whole(),
        ),
        (
            "a_malformed_range_of_a_file",
            &[("Range", "bytes=9-0")],
            whole(),
        ),
        (
            "a_range_behind_a_file",
            &[("Range", "bytes=1000000-")],
            Expected::status(416, "Range Not Satisfiable")
                .body("416 Range Not Satisfiable\n")
                .field("Content-Range", format!("bytes */{LENGTH}"))
                .no_field("ETag"),
        ),
        (
            "a_file_that_the_client_has",
            &[("If-None-Match", "\"v0\", \"v1\"")],
            unchanged(),
        ),
        (
            "a_range_of_a_file_that_the_client_has",
            &[("If-None-Match", "\"v1\""), ("Range", "bytes=0-9")],
            unchanged(),
        ),
        (
            "a_file_that_has_not_changed",
            &[("If-Modified-Since", DATE)],
            unchanged(),
        ),
        (
            "a_file_that_must_be_another",
            &[("If-Match", "\"v0\"")],
            failed(),
        ),
        (
            "a_file_that_must_not_have_changed",
            &[("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")],
            failed(),
        ),
    ];
    cases.extend(others.map(|(name, fields, expected)| case(name, get(fields), expected)));
    cases
}

fn case(name: &str, request: Request, expected: Expected) -> Case {
    Case::new(name, site(), request, expected)
}

fn get(fields: &[(&str, &str)]) -> Request {
    fields
        .iter()
        .fold(Request::get("/a.txt"), |request, (name, value)| {
            request.field(*name, *value)
        })
}

/// A file of a fixed tag and date.
fn site() -> impl Application {
    Files::new(|_: &FilePath<'_>| {
        let file = file(LENGTH).ok()?;
        let metadata = file.metadata().ok()?;
        let modified = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let etag = EntityTag::strong("v1").ok()?;
        let file = SourceFile::file(file, &metadata);
        Some(file.with_etag(etag).with_modified(modified))
    })
}

fn whole() -> Expected {
    Expected::ok(pattern(LENGTH))
        .field("Content-Type", TYPE)
        .field("Content-Length", LENGTH.to_string())
        .field("ETag", "\"v1\"")
        .field("Last-Modified", DATE)
        .field("Accept-Ranges", "bytes")
        .no_field("Content-Range")
}

fn part() -> Expected {
    Expected::status(206, "Partial Content")
        .field("ETag", "\"v1\"")
        .field("Last-Modified", DATE)
}

fn unchanged() -> Expected {
    Expected::status(304, "Not Modified")
        .field("ETag", "\"v1\"")
        .no_field("Content-Type")
}

fn failed() -> Expected {
    Expected::status(412, "Precondition Failed").body("412 Precondition Failed\n")
}

/// The length of a body with the parts of the case above. Its boundary is another each time.
fn several() -> String {
    let ranges = vec![0..100, 500_000..500_100];
    let body = Multipart::new(ranges, LENGTH as u64, TYPE, Boundary::random());
    body.content_length().to_string()
}
