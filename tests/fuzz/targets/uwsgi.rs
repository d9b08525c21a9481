//! A head keeps its promises for any bytes, and is the same whole and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_uwsgi::{Limits, Rejection, RequestHead};

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
        assert!(received.len() < 256 + 4, "it waits for no more bytes");
    }
    Ok(None)
}

/// Checks the promises of a head, and returns everything that it tells.
fn describe(head: &RequestHead, bytes: &[u8]) -> String {
    let text = head.text(bytes);
    let [low, high] = (text.len() as u16).to_le_bytes();
    assert_eq!(bytes, [&[0, low, high, 0], text].concat());
    assert!(text.len() <= 256 && head.params().len() <= 4 && head.content_length() <= 1000);
    let params = head.params().iter();
    let parts = params.flat_map(|param| [param.name(text), param.value(text)]);
    let written: Vec<_> = parts
        .flat_map(|part| [&(part.len() as u16).to_le_bytes(), part].concat())
        .collect();
    assert_eq!(written, text, "each byte belongs to a parameter");
    let mut names = head.params().iter().map(|param| param.name(text));
    assert!(names.all(|name| !name.is_empty() && !name.contains(&b'\n')));
    let length = head.param(bytes, b"CONTENT_LENGTH").unwrap_or_default();
    assert_eq!(
        head.content_length() == 0,
        length.iter().all(|digit| *digit == b'0')
    );
    format!("{} {}", head.content_length(), text.escape_ascii())
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    assert_eq!(parse(pieces(bytes, seed)), parse([bytes].into_iter()));
});
