//! Chunked bodies, compared with a model: a list of chunks.

use proptest::{collection::vec, prelude::*};
use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, encode};

/// Decodes `pieces` one after the other. Returns the data and the number of consumed bytes.
fn decode<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> Result<(Vec<u8>, usize), Rejection> {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, limits);
    let (mut data, mut length) = (Vec::new(), 0);
    for mut piece in pieces {
        while !piece.is_empty() && !decoder.is_finished() {
            let ahead = piece.len().min(decoder.data_ahead() as usize);
            let decoded = decoder.decode(piece)?;
            match ahead {
                0 => assert!(decoded.data.start > 0 || decoded.data.is_empty()),
                _ => assert_eq!(decoded.data, 0..ahead),
            }
            data.extend_from_slice(&piece[decoded.data]);
            length += decoded.consumed;
            piece = &piece[decoded.consumed..];
        }
    }
    assert_eq!(decoder.remaining(), decoder.is_finished().then_some(0));
    Ok((data, length))
}

proptest! {
    #[test]
    fn an_encoded_body_is_decoded(
        chunks in vec(vec(any::<u8>(), 0..40), 0..8),
        size in 1_usize..9,
    ) {
        let mut encoded = Vec::new();
        chunks.iter().for_each(|chunk| encode::chunk(&mut encoded, chunk));
        encode::last_chunk(&mut encoded);
        let length = encoded.len();
        encoded.extend_from_slice(b"GET / HTTP/1.1\r\n");

        let expected = Ok((chunks.concat(), length));
        prop_assert_eq!(decode([&encoded[..]], &Limits::new()), expected.clone());
        prop_assert_eq!(decode(encoded.chunks(size), &Limits::new()), expected);
    }

    #[test]
    fn only_data_count_towards_the_limit(chunks in vec(vec(any::<u8>(), 1..40), 1..8)) {
        let mut encoded = Vec::new();
        chunks.iter().for_each(|chunk| encode::chunk(&mut encoded, chunk));
        encode::last_chunk(&mut encoded);
        let data = chunks.concat();
        let enough = Limits::new().max_body_bytes(data.len() as u64);
        let too_few = Limits::new().max_body_bytes(data.len() as u64 - 1);
        prop_assert!(decode([&encoded[..]], &enough).is_ok());
        prop_assert_eq!(decode([&encoded[..]], &too_few), Err(Rejection::BodyTooLarge));
    }

    #[test]
    fn the_result_does_not_depend_on_how_bytes_are_cut(
        words in vec(prop::sample::select(&[
            "0", "1", "a", "F", "\r\n", "\r", "\n", ";", "=", "\"", "\\", " ", ":", "x", "\0",
            "1\r\nx\r\n", "0\r\n\r\n",
        ][..]), 0..16),
        size in 1_usize..5,
    ) {
        let bytes = words.concat().into_bytes();
        let limits = Limits::new();
        let whole = decode([&bytes[..]], &limits);
        prop_assert_eq!(decode(bytes.chunks(size), &limits), whole);
    }
}

#[test]
fn a_refused_body_stays_refused() {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::new());
    assert_eq!(decoder.decode(b"x"), Err(Rejection::ChunkSize));
    assert_eq!(decoder.decode(b"0\r\n\r\n"), Err(Rejection::ChunkSize));
    assert!(!decoder.is_finished());
}

/// A body of chunks of one byte, each with an extension of this many bytes.
fn with_extensions(lengths: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut body = Vec::new();
    for length in lengths {
        let extension = format!(";{}", "a".repeat(length - 1));
        body.extend_from_slice(format!("1{extension}\r\nx\r\n").as_bytes());
    }
    encode::last_chunk(&mut body);
    body
}

#[test]
fn the_length_of_extensions_is_limited() {
    let limits = Limits::new();
    let refused = Err(Rejection::ChunkExtension);
    // The size takes one byte of the line.
    let longest = 1024 - 1;
    assert!(decode([&with_extensions([longest])[..]], &limits).is_ok());
    assert_eq!(
        decode([&with_extensions([longest + 1])[..]], &limits),
        refused
    );

    let together = |last| with_extensions([longest; 16].into_iter().chain([last]));
    let rest = 16 * 1024 - 16 * longest;
    assert!(decode([&together(rest)[..]], &limits).is_ok());
    assert_eq!(decode([&together(rest + 1)[..]], &limits), refused);
}

#[test]
fn the_length_and_the_number_of_trailers_are_limited() {
    let body = b"0\r\nA: b\r\nC: d\r\n\r\n";
    let length = body.len() - 3;
    let decode = |limits: Limits| decode([&body[..]], &limits);
    assert!(decode(Limits::new().max_head_bytes(length)).is_ok());
    assert_eq!(
        decode(Limits::new().max_head_bytes(length - 1)),
        Err(Rejection::TrailersTooLarge)
    );
    assert!(decode(Limits::new().max_fields(2)).is_ok());
    assert_eq!(
        decode(Limits::new().max_fields(1)),
        Err(Rejection::TooManyFields)
    );
}

#[test]
fn data_before_a_malformed_chunk_are_returned_first() {
    let input = b"3\r\nabc\r\nx\r\n";
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, &Limits::new());
    let decoded = decoder.decode(input).unwrap();
    assert_eq!(&input[decoded.data], b"abc");
    assert_eq!(
        decoder.decode(&input[decoded.consumed..]),
        Err(Rejection::ChunkSize)
    );
}

#[test]
fn a_body_of_known_length_ends_after_it() {
    let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::new());
    assert_eq!(decoder.data_ahead(), 5);
    let decoded = decoder.decode(b"hel").unwrap();
    assert_eq!((decoded.consumed, decoded.finished), (3, false));
    assert_eq!(decoder.remaining(), Some(2));
    assert_eq!(decoder.data_ahead(), 2);
    let decoded = decoder.decode(b"loGET").unwrap();
    assert_eq!((decoded.data, decoded.finished), (0..2, true));
    assert!(decoder.is_finished());
    assert_eq!(decoder.data_ahead(), 0);
    assert_eq!(decoder.decode(b"GET").unwrap().consumed, 0);
}

#[test]
fn an_empty_body_is_finished_from_the_start() {
    assert!(BodyDecoder::new(BodyLength::None, &Limits::new()).is_finished());
    assert!(BodyDecoder::new(BodyLength::Known(0), &Limits::new()).is_finished());
    assert!(!BodyDecoder::new(BodyLength::Chunked, &Limits::new()).is_finished());
}
