//! The allocations of a response on the thread of a warm request.

use wsgi_allocations::of_this_thread;
use wsgi_application::{Application, Environ, Exchange, StartResponse, Status, application};
use wsgi_compression::Compression;

/// The number of allocations of a second response to a client that accepts this.
fn allocations(accept: &str, text: &'static str) -> usize {
    let app = Compression::new(application(move |_environ, start_response| {
        let headers = [("Content-Type", "text/plain"), ("ETag", "W/\"v1\"")];
        start_response.start(Status::OK, headers)?;
        Ok(text.into())
    }));
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        environ.set("HTTP_ACCEPT_ENCODING", accept);
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        assert!(app.call(&mut environ, &mut start_response).is_ok());
    };
    request();
    let before = of_this_thread();
    request();
    of_this_thread() - before
}

#[test]
fn a_response_that_is_not_compressed_allocates_nothing() {
    assert_eq!(allocations("gzip, deflate, br, zstd", "short"), 0);
    assert_eq!(allocations("identity", LONG), 0);
}

#[cfg(feature = "gzip")]
#[test]
fn a_compressed_response_allocates_only_its_bytes() {
    assert_eq!(allocations("gzip", LONG), 1);
}

#[cfg(feature = "zstd")]
#[test]
fn a_response_by_zstd_allocates_only_its_bytes() {
    assert_eq!(allocations("zstd", LONG), 1);
}

const LONG: &str = include_str!("../../README.md");
