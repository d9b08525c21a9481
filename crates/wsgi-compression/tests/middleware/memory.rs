//! The bound of the memory of all compressors.

use std::sync::Arc;

use wsgi_allocations::most_bytes_during;
use wsgi_application::{
    Application, Body, Content, Environ, Exchange, StartResponse, Status, application,
};
use wsgi_compression::Compression;

use crate::decoding::CODINGS;

/// Bytes that take compressors to most of their memory.
fn text() -> String {
    let words = (0..30_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(0x9e37_79b9)));
    words.collect()
}

/// An application with a body of two chunks.
fn app() -> impl Application {
    let text: Arc<str> = text().into();
    application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::chunks([text.clone(), "the end".into()]))
    })
}

/// A response that has begun: its first chunk was taken. Also its coding.
fn begun(app: &impl Application, accept: &str) -> (Body, String) {
    let (mut environ, mut exchange, mut sent) = (Environ::new(), Exchange::new(), Vec::new());
    environ.set("HTTP_ACCEPT_ENCODING", accept);
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = app.call(&mut environ, &mut start_response).unwrap();
    let Content::Chunks(mut chunks) = body.into_content() else {
        panic!("the body stays an iterator");
    };
    assert!(chunks.next().unwrap().is_ok_and(|chunk| !chunk.is_empty()));
    let headers = &exchange.head.headers;
    assert!(headers.get("Vary").unwrap() == "Accept-Encoding");
    let coding = headers.get("Content-Encoding").unwrap_or_default();
    (Content::Chunks(chunks).into(), coding.to_string())
}

#[test]
fn streams_beyond_the_bound_are_sent_as_they_are() {
    const BOUND: usize = 16 * 1024 * 1024;
    for &coding in CODINGS {
        let app = Compression::new(app()).max_memory_bytes(BOUND);
        let mut open = Vec::new();
        let most = most_bytes_during(|| {
            loop {
                let (body, used) = begun(&app, coding);
                open.push(body);
                if used.is_empty() {
                    break;
                }
                assert!(open.len() < 1000, "{coding} has a bound");
            }
        });
        let compressed = open.len() - 1;
        assert!(compressed >= 2, "{compressed} of {coding}");
        let slack = 2 * text().len();
        assert!(
            most < BOUND + slack,
            "{compressed} of {coding} took {most} bytes"
        );

        // A response that ends, and one that is dropped, each make room for another.
        let ended = open.remove(0);
        let Content::Chunks(chunks) = ended.into_content() else {
            unreachable!("as above");
        };
        assert!(chunks.last().unwrap().is_ok());
        open.remove(0);
        for expected in [coding, coding, ""] {
            let (body, used) = begun(&app, coding);
            assert_eq!(used, expected, "{coding}");
            open.push(body);
        }
    }
}

/// An application with a body of declared length, which its first chunk is a small part of.
#[cfg(feature = "brotli")]
fn long_app() -> impl Application {
    let text: Arc<str> = text().into();
    application(move |_environ, start_response| {
        let length = (16 * text.len()).to_string();
        let headers = [("Content-Type", "text/plain"), ("Content-Length", &length)];
        start_response.start(Status::OK, headers)?;
        Ok(Body::chunks(vec![text.clone(); 16]))
    })
}

#[cfg(feature = "brotli")]
#[test]
fn twenty_long_bodies_at_once_keep_to_the_bound() {
    const BOUND: usize = 64 * 1024 * 1024; // the default
    let app = Compression::new(long_app());
    let mut open = Vec::new();
    let most = most_bytes_during(|| open.extend((0..20).map(|_| begun(&app, "br"))));
    let compressed = open.iter().filter(|(_, coding)| coding == "br").count();
    // Large windows, which come first, leave room for others.
    assert!(compressed >= 10, "{compressed}");
    let is_close = most < BOUND && most > BOUND / 2;
    assert!(is_close, "{compressed} took {most} bytes");
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[test]
fn a_smaller_compressor_is_used_where_the_best_one_has_no_room() {
    let app = Compression::new(app()).max_memory_bytes(3_200_000);
    let responses: Vec<_> = (0..5).map(|_| begun(&app, "gzip, zstd")).collect();
    let codings = responses.iter().map(|(_, coding)| coding.as_str());
    assert!(codings.eq(["zstd", "gzip", "gzip", "gzip", ""]));
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[test]
fn compressors_that_wait_make_room_for_others() {
    let app = Compression::new(app()).max_memory_bytes(2 * 1024 * 1024);
    for _round in 0..3 {
        // Each takes most of the memory, and waits afterwards.
        for coding in ["zstd", "gzip"] {
            let open: Vec<_> = std::iter::repeat_with(|| begun(&app, coding))
                .take_while(|(_, used)| used == coding)
                .collect();
            assert!(!open.is_empty(), "{coding}");
        }
    }
}
