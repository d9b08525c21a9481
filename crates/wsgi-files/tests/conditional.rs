//! Conditions and ranges of responses that applications make.
#![cfg(feature = "application")]

use std::{
    fs::File,
    io::{self, Seek, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use wsgi_application::{
    Body, Environ, FileWrapper, Filter, Head, Headers, Result, Scope, StartResponse, Status,
    filtered,
};
use wsgi_files::{Conditional, EntityTag};
use wsgi_testing::{Request, Response};

/// Makes a body for each request.
type Make = fn() -> Body;

const TEXT: &str = "0123456789";

/// A file without a name.
fn file() -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(TEXT.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

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
fn bytes_and_files_are_sent_in_part() {
    let bodies: [(Make, &str); 4] = [
        (|| TEXT.into(), "3456"),
        (|| FileWrapper::from_file(file()).into(), "3456"),
        (
            || {
                FileWrapper::from_file(file())
                    .with_range(2, 8)
                    .unwrap()
                    .into()
            },
            "5678",
        ),
        (
            || {
                FileWrapper::from_file(file())
                    .with_range(1, 7)
                    .unwrap()
                    .into()
            },
            "4567",
        ),
    ];
    for (body, expected) in bodies {
        let range = || Request::get("/").header("Range", "bytes=3-6");
        let response = ask(&[("ETag", "\"1\"")], body, range());
        assert_eq!((response.status().code(), response.text()), (206, expected));
        assert!(response.is_complete());
        let stale = range().header("If-Range", "\"2\"");
        assert_eq!(ask(&[("ETag", "\"1\"")], body, stale).status().code(), 200);
    }
}

#[test]
fn several_ranges_of_a_part_of_a_file_are_sent() {
    let text = || -> Body {
        let mut file = tempfile::tempfile().unwrap();
        let text: String = (0..3_000).map(|number| format!("{number:04}")).collect();
        file.write_all(text.as_bytes()).unwrap();
        FileWrapper::from_file(file)
            .with_range(4, 11_996)
            .unwrap()
            .into()
    };
    let request = Request::get("/").header("Range", "bytes=0-3,8000-8003");
    let response = ask(&[("ETag", "\"1\"")], text, request);
    assert_eq!(response.status().code(), 206);
    assert!(response.text().contains("bytes 0-3/11996\r\n\r\n0001\r\n"));
    assert!(
        response
            .text()
            .contains("bytes 8000-8003/11996\r\n\r\n2001\r\n")
    );
}

/// The envelope of several parts would not be in the coding that the head names.
#[test]
fn several_ranges_of_coded_bytes_are_answered_by_all_of_them() {
    let fields = [("ETag", "\"1\""), ("Content-Encoding", "gzip")];
    let coded = || "z".repeat(10_000).into();
    let several = Request::get("/").header("Range", "bytes=0-3,8000-8003");
    let response = ask(&fields, coded, several);
    assert_eq!(response.status().code(), 200);
    assert_eq!(response.body().len(), 10_000);
    let one = Request::get("/").header("Range", "bytes=0-3");
    let response = ask(&fields, coded, one);
    assert_eq!((response.status().code(), response.text()), (206, "zzzz"));
}

#[test]
fn conditions_count_by_the_fields_of_the_response() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let ask = |fields: &[(&str, &str)], name: &str, value: &str| {
        ask(
            fields,
            || TEXT.into(),
            Request::get("/").header(name, value),
        )
        .status()
        .code()
    };
    assert_eq!(ask(&[("ETag", "\"1\"")], "If-None-Match", "W/\"1\""), 304);
    assert_eq!(ask(&[("ETag", "\"1\"")], "If-Match", "\"2\""), 412);
    assert_eq!(
        ask(&[("Last-Modified", date)], "If-Modified-Since", date),
        304
    );
    assert_eq!(ask(&[("ETag", "\"1\"")], "Range", "bytes=10-"), 416);
    // Without a validator, and with one that is none.
    assert_eq!(ask(&[], "If-None-Match", "*"), 200);
    assert_eq!(ask(&[], "Range", "bytes=0-1"), 200);
    assert_eq!(ask(&[("ETag", "1")], "Range", "bytes=0-1"), 200);
    assert_eq!(
        ask(
            &[("ETag", "\"1\""), ("Content-Length", "7")],
            "Range",
            "bytes=0-1"
        ),
        200
    );
}

#[test]
fn a_query_is_conditional_and_has_no_ranges() {
    let query = |name: &str, value: &str| {
        let request = Request::new("QUERY", "/").header(name, value);
        ask(&[("ETag", "\"1\"")], || TEXT.into(), request)
    };
    assert_eq!(query("If-None-Match", "\"1\"").status().code(), 304);
    assert_eq!(query("If-Match", "\"2\"").status().code(), 412);
    let whole = query("Range", "bytes=0-1");
    assert_eq!((whole.status().code(), whole.text()), (200, TEXT));
    assert!(!whole.headers().contains("Accept-Ranges"));
}

/// Asks for a page that an application makes.
fn ask_for(
    page: impl Fn(&mut StartResponse<'_>) -> Result + Send + Sync + 'static,
    request: Request,
) -> Response {
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| page(start_response);
    request.call(&Conditional::new(app).etags(true))
}

#[test]
fn conditions_count_for_a_body_of_any_kind() {
    let bodies: [Make; 4] = [
        || Body::chunks(["a", "b"]),
        || FileWrapper::new(TEXT.as_bytes()).into(),
        || Body::channel(1).1,
        Body::empty,
    ];
    for body in bodies {
        let known = Request::get("/").header("If-None-Match", "\"1\"");
        let response = ask(
            &[("ETag", "\"1\""), ("Content-Type", "text/html")],
            body,
            known,
        );
        assert_eq!((response.status().code(), response.text()), (304, ""));
        assert!(!response.headers().contains("Content-Type"));
        let other = Request::get("/").header("If-Match", "\"2\"");
        let response = ask(&[("ETag", "\"1\"")], body, other);
        assert_eq!(response.text(), "412 Precondition Failed\n");
    }
}

#[test]
fn a_head_request_without_a_body_is_conditional() {
    let etag = [("ETag", "\"1\""), ("Content-Length", "10")];
    let known = Request::new("HEAD", "/").header("If-None-Match", "\"1\"");
    assert_eq!(ask(&etag, Body::empty, known).status().code(), 304);
}

#[test]
fn the_body_in_place_of_which_304_is_sent_is_dropped() {
    let dropped = Arc::new(AtomicBool::new(false));
    struct Guard(Arc<AtomicBool>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let seen = dropped.clone();
    let page = move |start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, [("ETag", "\"1\"")])?;
        let guard = Guard(seen.clone());
        Ok(Body::chunks(std::iter::from_fn(move || {
            panic!("nothing asks for {:p}", &guard);
            #[allow(unreachable_code)]
            None::<&str>
        })))
    };
    let known = Request::get("/").header("If-None-Match", "\"1\"");
    assert_eq!(ask_for(page, known).status().code(), 304);
    assert!(dropped.load(Ordering::Relaxed));
}

#[test]
fn conditions_count_for_what_is_written() {
    /// Writes a page in pieces of this length.
    fn page(length: usize, flushed: bool) -> impl Fn(&mut StartResponse<'_>) -> Result {
        move |start_response| {
            let fields = [("ETag", "\"1\""), ("Content-Type", "text/html")];
            let mut writer = start_response.start(Status::OK, fields)?;
            for _ in 0..3 {
                writer.write_all(&vec![b'x'; length])?;
                if flushed {
                    writer.flush()?;
                }
            }
            Ok("returned".into())
        }
    }
    for (length, flushed) in [(1, false), (1, true), (40_000, false), (70_000, false)] {
        let name = format!("{length} {flushed}");
        let known = Request::get("/").header("If-None-Match", "\"1\"");
        let response = ask_for(page(length, flushed), known);
        assert_eq!(
            (response.status().code(), response.text()),
            (304, ""),
            "{name}"
        );
        let other = Request::get("/").header("If-Match", "\"2\"");
        let response = ask_for(page(length, flushed), other);
        assert_eq!(response.status().code(), 412, "{name}");
        assert_eq!(response.text(), "412 Precondition Failed\n", "{name}");
        let fields = response.headers();
        assert!(!fields.contains("ETag"), "{name}");
        assert_eq!(
            fields.get("Content-Type").unwrap(),
            "text/plain; charset=utf-8"
        );
        let changed = Request::get("/").header("If-None-Match", "\"2\"");
        let response = ask_for(page(length, flushed), changed);
        assert_eq!(response.status().code(), 200, "{name}");
        assert_eq!(
            response.body().len(),
            3 * length + "returned".len(),
            "{name}"
        );
    }
}

#[test]
fn nothing_of_a_page_that_is_written_goes_with_a_304() {
    /// Counts the bytes that pass from `Conditional` to what is around it.
    struct Counted(Arc<AtomicUsize>);

    impl Filter for Counted {
        fn head(&mut self, _head: &mut Head) -> Result<Scope> {
            Ok(Scope::Body)
        }
        fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
            self.0.fetch_add(chunk.len(), Ordering::Relaxed);
            out.write_all(chunk)
        }
    }

    let page = Conditional::new(|_: &mut Environ, start_response: &mut StartResponse<'_>| {
        let mut writer = start_response.start(Status::OK, [("ETag", "\"1\"")])?;
        writer.write_all(b"flushed")?;
        writer.flush()?;
        Ok("returned".into())
    });
    for (tag, code, bytes) in [("\"1\"", 304, 0), ("\"2\"", 200, 15)] {
        let count = Arc::new(AtomicUsize::new(0));
        let around = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            filtered(&page, Counted(count.clone()), environ, start_response)
        };
        let request = Request::get("/").header("If-None-Match", tag);
        assert_eq!(request.call(&around).status().code(), code);
        assert_eq!(count.load(Ordering::Relaxed), bytes, "{code}");
    }
}

#[test]
fn a_page_in_memory_gets_a_tag() {
    fn returned(start_response: &mut StartResponse<'_>) -> Result {
        start_response.start(Status::OK, ())?;
        Ok(TEXT.into())
    }
    fn written(start_response: &mut StartResponse<'_>) -> Result {
        write!(start_response.start(Status::OK, ())?, "{TEXT}")?;
        Ok(Body::empty())
    }
    let etag = EntityTag::of(TEXT).to_string();
    for page in [returned, written] {
        for method in ["GET", "HEAD"] {
            let response = ask_for(page, Request::new(method, "/"));
            assert_eq!(response.headers().get("ETag").unwrap(), etag.as_str());
            let known = Request::new(method, "/").header("If-None-Match", &etag);
            assert_eq!(ask_for(page, known).status().code(), 304);
        }
        let part = Request::get("/")
            .header("Range", "bytes=3-6")
            .header("If-Range", &etag);
        assert_eq!(ask_for(page, part).text(), "3456");
        let response = ask_for(page, Request::post("/"));
        assert!(!response.headers().contains("ETag"));
    }
}

#[test]
fn other_responses_get_no_tag() {
    let fields: [&[(&str, &str)]; 4] = [
        &[("ETag", "\"1\"")],
        &[("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")],
        &[("Cache-Control", "private, No-Store")],
        &[("Content-Range", "bytes 0-9/20")],
    ];
    let has_own = |response: &Response| {
        let etag = response.headers().get("ETag");
        etag.is_some_and(|etag| etag != "\"1\"")
    };
    for fields in fields {
        let page = move |start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, fields.to_vec())?;
            Ok(TEXT.into())
        };
        let response = ask_for(page, Request::get("/"));
        assert_eq!(response.text(), TEXT);
        assert!(!has_own(&response), "{fields:?}");
    }
    let bodies: [Make; 2] = [Body::empty, || Body::chunks(["a"])];
    for body in bodies {
        let page = move |start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, ())?;
            Ok(body())
        };
        assert!(!has_own(&ask_for(page, Request::get("/"))));
    }
    let absent = |start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::NOT_FOUND, ())?;
        Ok(TEXT.into())
    };
    assert!(!has_own(&ask_for(absent, Request::get("/"))));
}

#[test]
fn responses_of_other_kinds_stay_as_they_are() {
    let etag = [("ETag", "\"1\"")];
    let chunks: Make = || Body::chunks(["a", "b"]);
    let range = || Request::get("/").header("Range", "bytes=0-0");
    assert_eq!(ask(&etag, chunks, range()).text(), "ab");
    let reader: Make = || FileWrapper::new(TEXT.as_bytes()).into();
    assert_eq!(ask(&etag, reader, range()).text(), TEXT);
    let post = Request::post("/").header("Range", "bytes=0-0");
    assert_eq!(ask(&etag, || TEXT.into(), post).text(), TEXT);
    let part = [("ETag", "\"1\""), ("Content-Range", "bytes 0-9/20")];
    assert_eq!(ask(&part, || TEXT.into(), range()).text(), TEXT);

    let written = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        write!(
            start_response.start(Status::OK, [("ETag", "\"1\"")])?,
            "written, "
        )?;
        Ok("returned".into())
    };
    assert_eq!(
        range().call(&Conditional::new(written)).text(),
        "written, returned"
    );
    let absent = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::NOT_FOUND, [("ETag", "\"1\"")])?;
        Ok(TEXT.into())
    };
    let known = Request::get("/").header("If-None-Match", "*");
    assert_eq!(known.call(&Conditional::new(absent)).status().code(), 404);
}
