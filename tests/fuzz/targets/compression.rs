//! Any `Accept-Encoding` and any body in any pieces: what was compressed is the same once it is
//! decoded. Any bytes as a coded request: they are read within limits, or refused.
#![no_main]

use std::io::Read;
use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use wsgi_application::{Application, Body, Environ, StartResponse, Status, application};
use wsgi_compression::{Compression, Decompression};
use wsgi_testing::Request;

/// The most bytes of a decoded request.
const MOST: usize = 100_000;

/// The chunks of the next response.
static CHUNKS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

static COMPRESSED: LazyLock<Compression<Arc<dyn Application>>> = LazyLock::new(|| {
    let app = application(
        |_environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            Ok(Body::chunks(CHUNKS.lock().unwrap().clone()))
        },
    );
    Compression::new(Arc::new(app))
});

static DECOMPRESSED: LazyLock<Decompression<Arc<dyn Application>>> = LazyLock::new(|| {
    let app = application(
        |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let mut body = Vec::new();
            environ.input().read_to_end(&mut body)?;
            start_response.start(Status::OK, ())?;
            Ok(body.into())
        },
    );
    Decompression::new(Arc::new(app) as Arc<dyn Application>).max_bytes(MOST as u64)
});

/// Decodes a body with the other middleware.
fn decode(coding: &[u8], body: &[u8]) -> wsgi_testing::Response {
    let request = Request::post("/").variable("HTTP_CONTENT_ENCODING", coding);
    request.body(body).call(&*DECOMPRESSED)
}

fuzz_target!(|parts: (Vec<u8>, Vec<Vec<u8>>)| {
    let (accept, chunks) = parts;
    let all = chunks.concat();
    let response = decode(&accept, &all);
    assert!(matches!(response.status().code(), 200 | 400 | 413 | 415));
    for coding in ["br", "gzip", "zstd"] {
        let response = decode(coding.as_bytes(), &all);
        assert!(matches!(response.status().code(), 200 | 400 | 413));
        assert!(response.body().len() <= MOST);
    }

    *CHUNKS.lock().unwrap() = chunks;
    let request = Request::get("/").variable("HTTP_ACCEPT_ENCODING", &accept);
    let response = request.call(&*COMPRESSED);
    assert!(response.is_complete());
    match response.headers().get("Content-Encoding") {
        Some(coding) if all.len() <= MOST => {
            assert_eq!(decode(coding.as_bytes(), response.body()).body(), all);
        }
        Some(_) => {}
        None => assert_eq!(response.body(), all),
    }
});
