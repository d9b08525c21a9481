//! The windows of brotli: how far apart it finds repetitions.

use wsgi_application::{Application, Body, Status, application};
use wsgi_compression::Compression;
use wsgi_testing::Request;

use crate::decoding::decoded;

const MIB: usize = 1024 * 1024;

/// Bytes that repeat nothing, except all of them after this distance.
fn repeated(distance: usize, length: usize) -> Vec<u8> {
    let mut random = 88_172_645_463_325_252_u64;
    let bytes = std::iter::repeat_with(|| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u8
    });
    let mut bytes: Vec<_> = bytes.take(distance.min(length)).collect();
    while bytes.len() < length {
        let place = bytes.len() - distance;
        bytes.push(bytes[place]);
    }
    bytes
}

/// An application with a body in pieces, and a declared length if `is_declared`.
fn app(bytes: Vec<u8>, is_declared: bool) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        if is_declared {
            let head = start_response.head().expect("started");
            let length = bytes.len().to_string();
            head.headers.append("Content-Length", length.as_str())?;
        }
        let pieces: Vec<_> = bytes.chunks(100_000).map(<[u8]>::to_vec).collect();
        Ok(Body::chunks(pieces))
    })
}

/// The middleware around a body of 3 MiB that repeats each of its MiB.
fn compression(is_declared: bool) -> Compression<impl Application> {
    Compression::new(app(repeated(MIB, 3 * MIB), is_declared))
}

/// The compressed size of that body.
#[track_caller]
fn answer(app: &impl Application) -> usize {
    let response = Request::get("/").header("Accept-Encoding", "br").call(app);
    assert_eq!(response.headers().get("Content-Encoding").unwrap(), "br");
    assert!(decoded("br", response.body()) == repeated(MIB, 3 * MIB));
    response.body().len()
}

#[test]
fn a_long_body_of_declared_length_finds_repetitions_far_apart() {
    let size = answer(&compression(true));
    assert!(size < MIB + MIB / 8, "{size}");
}

#[test]
fn a_body_of_unknown_length_gets_the_usual_window() {
    let size = answer(&compression(false));
    assert!(size > 3 * MIB, "{size}");
}

#[test]
fn without_room_for_a_large_window_a_long_body_gets_the_usual_one() {
    let size = answer(&compression(true).max_memory_bytes(16 * MIB));
    assert!(size > 3 * MIB, "{size}");
}

#[test]
fn a_large_window_is_there_for_one_long_body_after_the_other() {
    // Two of them do not fit the half of this.
    let app = compression(true).max_memory_bytes(40 * MIB);
    for _ in 0..3 {
        let size = answer(&app);
        assert!(size < MIB + MIB / 8, "{size}");
    }
}
