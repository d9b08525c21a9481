//! Messages of the session server are the same whole and in pieces, and each is written as it was
//! read. Records and annexes in them are read without harm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_sessions::wire::{self, Inbox, Malformed};
use wsgi_sessions::{Annex, Record};

/// Short enough that a fuzzer finds it.
const MAX_MESSAGE: usize = 1024;

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    let whole = read([bytes].into_iter());
    assert_eq!(read(pieces(bytes, seed)), whole);
    let (messages, end) = whole;
    let mut written = Vec::new();
    for strings in &messages {
        let strings: Vec<_> = strings.iter().map(Vec::as_slice).collect();
        wire::write(&mut written, &strings);
        for bytes in strings {
            if let Ok(record) = Record::decode(bytes) {
                assert_eq!(record.encode(), bytes);
            }
            if let Ok(annex) = Annex::decode(bytes) {
                assert_eq!(Annex::decode(&annex.encode()).unwrap(), annex);
            }
        }
    }
    assert!(bytes.starts_with(&written));
    if end.is_none() {
        let left = bytes.len() - written.len();
        assert!(left < 4 + MAX_MESSAGE, "a whole message was not read");
    }
});

/// Reads messages from the pieces, up to the first malformed one.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Vec<Vec<u8>>>, Option<Malformed>) {
    let mut inbox = Inbox::new(MAX_MESSAGE);
    let mut messages = Vec::new();
    for piece in pieces {
        inbox.receive(piece);
        loop {
            match inbox.next() {
                Ok(None) => break,
                Ok(Some(message)) => {
                    messages.push(
                        message
                            .strings()
                            .iter()
                            .map(|string| string.to_vec())
                            .collect(),
                    );
                }
                Err(malformed) => return (messages, Some(malformed)),
            }
        }
    }
    (messages, None)
}
