//! A chunked body decodes to the same whole and in pieces, within its limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::{LIMITS, pieces};
use wsgi_http1::{BodyDecoder, BodyLength, Rejection};

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, usize, Option<Rejection>) {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, &LIMITS);
    let (mut data, mut consumed) = (Vec::new(), 0);
    for mut piece in pieces {
        while !piece.is_empty() && !decoder.is_finished() {
            match decoder.decode(piece) {
                Ok(decoded) => {
                    assert!(decoded.consumed > 0, "every step consumes bytes");
                    data.extend_from_slice(&piece[decoded.data]);
                    consumed += decoded.consumed;
                    piece = &piece[decoded.consumed..];
                }
                Err(rejection) => return (data, 0, Some(rejection)),
            }
        }
    }
    assert!(data.len() <= 2048);
    (data, consumed, None)
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, body)) = input.split_first() else {
        return;
    };
    assert_eq!(decode(pieces(body, seed)), decode(std::iter::once(body)));
});
