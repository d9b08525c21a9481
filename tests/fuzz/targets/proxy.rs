//! A header keeps its promises for any bytes, is the same whole and in pieces, and survives being
//! written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_proxy_protocol::{Header, Limits, Rejection, Version, encode};

/// A limit so small that a fuzzer reaches it.
const LIMITS: Limits = Limits::new().max_header_bytes(LIMIT);
const LIMIT: usize = 320;

fn parse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Option<String>, Rejection> {
    let mut received = Vec::new();
    for piece in pieces {
        received.extend_from_slice(piece);
        if let Some(header) = Header::parse(&received, &LIMITS)? {
            return Ok(Some(describe(&header, &received)));
        }
        assert!(received.len() < LIMIT, "it waits for no more bytes");
    }
    Ok(None)
}

/// Checks the promises of a header, and returns everything that it tells.
fn describe(header: &Header<'_>, received: &[u8]) -> String {
    let length = header.length();
    assert!(length <= received.len() && length <= LIMIT);
    assert_eq!(header.addresses().is_some(), header.transport().is_some());
    let tlvs: Vec<_> = header.tlvs().collect();
    if let Some(ssl) = header.ssl() {
        assert!(!ssl.is_verified() || ssl.has_certificate());
        assert!(ssl.tlvs().count() <= length / 3);
    }
    if let Some(addresses) = header.addresses() {
        assert!(!header.is_local());
        let mut written = Vec::new();
        match header.version() {
            Version::V1 => encode::v1(&mut written, Some(addresses)),
            Version::V2 => encode::v2(&mut written, Some(addresses), &tlvs).unwrap(),
        }
        let read = Header::parse(&written, &LIMITS).unwrap().unwrap();
        assert_eq!(read.addresses(), Some(addresses));
        assert_eq!(read.tlvs().collect::<Vec<_>>(), tlvs);
    } else {
        assert!(tlvs.is_empty());
    }
    format!("{header:?} {tlvs:?}")
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    assert_eq!(parse(pieces(bytes, seed)), parse([bytes].into_iter()));
});
