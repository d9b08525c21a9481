//! Any path, condition, range and preference of a coding gets an answer of the standard, never more
//! than the file, and never another host.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wsgi_environ::Value;
use wsgi_files::{Coding, Embedded, EmbeddedFile, FilePath, Files, RangeSet, Selection};
use wsgi_headers::{Accept, AcceptEncoding};
use wsgi_testing::{Request, Response};

const TEXT: &[u8; 4096] = &[b'a'; 4096];

const SITE: Embedded = Embedded::new(&[
    EmbeddedFile::new("a.txt", TEXT, "1"),
    EmbeddedFile::new("a.txt.gz", b"gzip", "2"),
    EmbeddedFile::new("b/a.html", b"b", "3"),
    EmbeddedFile::new("index.html", b"home", "4"),
]);

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let files = Files::new(SITE).precompressed(Coding::ALL);
    files.listing(true).clean_urls(true)
});

const FIELDS: [&str; 8] = [
    "HTTP_RANGE",
    "HTTP_IF_RANGE",
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT",
];

fn check(response: &Response) {
    let status = response.status().code();
    assert!(
        matches!(status, 200 | 206 | 301 | 304 | 404 | 412 | 416),
        "{status}"
    );
    assert!(response.is_complete());
    assert!(response.body().len() <= TEXT.len());
    if let Some(location) = response.headers().get("Location") {
        let location = location.as_bytes();
        assert!(location.starts_with(b"/") && !location.starts_with(b"//"));
        assert!(location.iter().all(u8::is_ascii_graphic) && !location.contains(&b'\\'));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut values = bytes.split(|&byte| byte == b'\n');
    let path = values.next().unwrap_or_default();
    let fields: Vec<_> = FIELDS.into_iter().zip(values).collect();
    for (path, may_be_found) in [(path, false), (b"/a.txt", true)] {
        let request = Request::get("/").variable("PATH_INFO", path);
        let request = fields.iter().fold(request, |request, (name, value)| {
            request.variable(name, value)
        });
        let response = request.call(&*FILES);
        check(&response);
        assert!(!may_be_found || response.status().code() != 404);
    }

    if let Some(path) = FilePath::new(path) {
        let is_name = |name: &[u8]| name != b"." && name != b".." && !name.contains(&0);
        assert!(!path.as_bytes().starts_with(b"/") && path.segments().all(is_name));
    }
    for length in [0, 1, 4096, u64::MAX] {
        let selection = RangeSet::parse(bytes).map(|set| set.select(length));
        if let Some(Selection::Ranges(ranges)) = selection {
            assert!((1..=RangeSet::MAX_RANGES).contains(&ranges.len()));
            let is_part = |range: &std::ops::Range<u64>| !range.is_empty() && range.end <= length;
            assert!(ranges.iter().all(is_part));
        }
    }
    let offered = ["br", "gzip", "identity"];
    let accept = AcceptEncoding::new(Value::new(bytes));
    let best = offered.iter().map(|coding| accept.weight(coding)).max();
    let chosen = accept.preferred(offered);
    assert_eq!(
        chosen.map_or(Some(0), |coding| Some(accept.weight(coding))),
        best
    );
    let media_type = Accept::new(Value::new(bytes)).preferred(["text/html", "text/plain"]);
    assert!(media_type.is_none_or(|media_type| media_type.starts_with("text/")));
});
