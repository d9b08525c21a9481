//! Consecutive requests give the same events whole and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::{Connection, pieces};

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    let mut whole = Connection::default();
    whole.receive(bytes);
    let mut cut = Connection::default();
    pieces(bytes, seed).for_each(|piece| cut.receive(piece));
    assert_eq!(cut.finish(), whole.finish());
});
