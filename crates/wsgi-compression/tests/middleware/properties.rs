//! Any body in any pieces, and any field.

use proptest::prelude::*;
use wsgi_application::{Body, Status, application};
use wsgi_compression::{Compression, Decompression};
use wsgi_testing::Request;

use crate::decoding::{CODINGS, decoded};

/// A piece of a body, and whether it is flushed.
fn pieces() -> impl Strategy<Value = Vec<(Vec<u8>, bool)>> {
    let letters =
        proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'b'), any::<u8>()], 0..3000);
    let piece = prop_oneof![
        4 => letters,
        1 => (any::<u8>(), 0..70_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    proptest::collection::vec((piece, any::<bool>()), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_pieces_and_flushes_give_the_bytes_back(
        pieces in pieces(),
        coding in proptest::sample::select(CODINGS),
        is_returned: bool,
    ) {
        let all: Vec<u8> = pieces.iter().flat_map(|(piece, _)| piece.clone()).collect();
        let app = Compression::new(application(move |_environ, start_response| {
            let mut body = start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            let mut rest = Vec::new();
            for (piece, is_flushed) in &pieces {
                if is_returned {
                    rest.push(piece.clone());
                    continue;
                }
                std::io::Write::write_all(&mut body, piece)?;
                if *is_flushed {
                    std::io::Write::flush(&mut body)?;
                }
            }
            Ok(Body::chunks(rest))
        })).min_bytes(0);
        let response = Request::get("/").header("Accept-Encoding", coding).call(&app);
        prop_assert!(response.is_complete());
        let bytes = match response.headers().contains("Content-Encoding") {
            true => decoded(coding, response.body()),
            false => response.body().to_vec(),
        };
        prop_assert_eq!(bytes, all);
    }

    #[test]
    fn any_field_gets_a_response_that_the_client_can_read(
        accept in prop_oneof![
            "\\PC{0,40}",
            "((gzip|br|zstd|identity|\\*|x)(;q=[01](\\.[0-9]{0,4})?)?[, ]{0,2}){0,5}",
        ],
        length in 0..2000_usize,
    ) {
        let app = Compression::new(application(move |_environ, start_response| {
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            Ok("a".repeat(length).into())
        }));
        let request = Request::get("/").variable("HTTP_ACCEPT_ENCODING", &accept);
        let response = request.call(&app);
        let coding = response.headers().get("Content-Encoding").map(|value| value.to_string());
        let body = match &coding {
            Some(coding) => decoded(coding, response.body()),
            None => response.body().to_vec(),
        };
        prop_assert_eq!(body.len(), length);
        if let Some(coding) = coding {
            let lower = accept.to_ascii_lowercase();
            prop_assert!(lower.contains(&coding) || lower.contains('*'), "{coding} for {accept:?}");
        }
    }

    #[test]
    fn any_bytes_as_a_coded_request_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        coding in proptest::sample::select(CODINGS),
    ) {
        let app = Decompression::new(application(|environ, start_response| {
            let mut body = Vec::new();
            std::io::Read::read_to_end(environ.input(), &mut body)?;
            start_response.start(Status::OK, ())?;
            Ok(body.into())
        }));
        let response = Request::post("/").header("Content-Encoding", coding).body(bytes).call(&app);
        prop_assert!(matches!(response.status().code(), 200 | 400 | 413));
    }
}
