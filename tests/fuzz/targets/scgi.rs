//! A head keeps its promises for any bytes, and is the same whole and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_scgi::{Limits, Rejection, RequestHead};

/// Limits so small that a fuzzer reaches each.
const LIMITS: Limits = Limits::new()
    .max_head_bytes(256)
    .max_params(4)
    .max_body_bytes(1000);

fn parse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Option<String>, Rejection> {
    let (mut head, mut received) = (RequestHead::new(), Vec::new());
    for piece in pieces {
        received.extend_from_slice(piece);
        if let Some(length) = head.parse(&received, &LIMITS)? {
            return Ok(Some(describe(&head, &received[..length])));
        }
        assert!(received.len() < 256 + 5, "it waits for no more bytes");
    }
    Ok(None)
}

/// Checks the promises of a head, and returns everything that it tells.
fn describe(head: &RequestHead, bytes: &[u8]) -> String {
    let text = head.text(bytes);
    let netstring = format!("{}:{},", text.len(), text.escape_ascii());
    assert_eq!(bytes.escape_ascii().to_string(), netstring);
    assert!(text.len() <= 256 && head.headers().len() <= 4 && head.content_length() <= 1000);
    let headers = head.headers().iter();
    let written: Vec<_> = headers
        .flat_map(|header| [header.name(text), b"\0", header.value(text), b"\0"].concat())
        .collect();
    assert_eq!(written, text, "each byte belongs to a header");
    assert_eq!(head.header(bytes, b"SCGI"), Some(&b"1"[..]));
    assert!(text.starts_with(b"CONTENT_LENGTH\0"));
    format!("{} {netstring}", head.content_length())
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    assert_eq!(parse(pieces(bytes, seed)), parse([bytes].into_iter()));
});
