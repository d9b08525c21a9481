//! Version 2 (section 2.2).

use wsgi_proxy_protocol::{Addresses, Header, Limits, Rejection, Transport, Version};

use crate::cut::{accepted, check_with, refused};

pub(crate) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// A client at 192.0.2.7:56324 of 203.0.113.1:443.
pub(crate) const INET: &[u8] = &[192, 0, 2, 7, 203, 0, 113, 1, 0xdc, 0x04, 0x01, 0xbb];

/// A header with these two bytes after the signature, and this block.
pub(crate) fn header(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, block].concat()
}

#[track_caller]
fn check_addresses(bytes: &[u8], transport: Transport, source: &str, destination: &str) {
    let header = accepted(bytes);
    assert_eq!((header.version(), header.is_local()), (Version::V2, false));
    assert_eq!(header.transport(), Some(transport));
    let addresses = header.addresses().expect("addresses");
    assert_eq!(addresses.source(), Some(source.parse().unwrap()));
    assert_eq!(addresses.destination(), Some(destination.parse().unwrap()));
}

#[test]
fn a_header_names_both_ends_of_the_connection() {
    let (source, destination) = ("192.0.2.7:56324", "203.0.113.1:443");
    for (family, transport) in [(0x11, Transport::Stream), (0x12, Transport::Datagram)] {
        check_addresses(&header(0x21, family, INET), transport, source, destination);
    }
    let mut block = [0; 36];
    block[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    block[15] = 7;
    block[31] = 1;
    block[32..].copy_from_slice(&INET[8..]);
    let (source, destination) = ("[2001:db8::7]:56324", "[::1]:443");
    for (family, transport) in [(0x21, Transport::Stream), (0x22, Transport::Datagram)] {
        check_addresses(
            &header(0x21, family, &block),
            transport,
            source,
            destination,
        );
    }
}

#[test]
fn a_client_of_a_unix_socket_has_paths() {
    let path = |path: &[u8]| [path, &vec![0; 108 - path.len()]].concat();
    let longest = [b'x'; 108];
    for (source, destination) in [
        (&b""[..], &b"/run/proxy.sock"[..]),
        (b"\0abstract", &longest),
    ] {
        let bytes = header(0x21, 0x31, &[path(source), path(destination)].concat());
        let header = accepted(&bytes);
        let expected = Addresses::Unix {
            source,
            destination,
        };
        assert_eq!(header.addresses(), Some(expected));
        assert_eq!((expected.source(), expected.destination()), (None, None));
    }
}

#[test]
fn a_local_header_has_no_addresses_whatever_it_contains() {
    for (family, block) in [
        (0x00, &b""[..]),
        (0x00, b"anything"),
        (0x11, INET),
        (0x11, b"short"),
        (0xff, b"\x03\0\x04wrong"),
    ] {
        let bytes = header(0x20, family, block);
        let header = accepted(&bytes);
        assert!(header.is_local());
        assert_eq!((header.addresses(), header.transport()), (None, None));
        assert_eq!((header.tlvs().count(), header.ssl()), (0, None));
    }
}

#[test]
fn a_header_of_an_unspecified_connection_has_no_addresses() {
    for (family, block) in [
        (0x00, &b""[..]),
        (0x00, b"anything"),
        (0x01, INET),
        (0x10, INET),
        (0x20, b"short"),
        (0x30, b""),
    ] {
        let bytes = header(0x21, family, block);
        let header = accepted(&bytes);
        assert!(!header.is_local());
        assert_eq!((header.addresses(), header.transport()), (None, None));
        assert_eq!(header.tlvs().count(), 0);
    }
}

#[test]
fn what_is_not_assigned_is_refused() {
    for version in (0..16).filter(|version| *version != 2) {
        refused(&header(version << 4 | 1, 0x11, INET), Rejection::Version);
    }
    for command in 2..16 {
        refused(&header(0x20 | command, 0x11, INET), Rejection::Command);
    }
    for family in 4..16 {
        refused(&header(0x21, family << 4 | 1, INET), Rejection::Family);
    }
    for transport in 3..16 {
        refused(&header(0x21, 0x10 | transport, INET), Rejection::Family);
        refused(&header(0x21, transport, INET), Rejection::Family);
    }
}

#[test]
fn every_byte_of_the_signature_counts() {
    let whole = header(0x21, 0x11, INET);
    for at in 0..SIGNATURE.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        refused(&bytes, Rejection::NotProxy);
    }
}

#[test]
fn a_header_too_short_for_its_addresses_is_refused_before_they_have_come() {
    for (family, needed) in [(0x11, 12), (0x12, 12), (0x21, 36), (0x31, 216)] {
        let bytes = header(0x21, family, &vec![0; needed - 1]);
        refused(&bytes, Rejection::Addresses);
        assert_eq!(
            Header::parse(&bytes[..16], &Limits::new()),
            Err(Rejection::Addresses)
        );
        accepted(&header(0x21, family, &vec![0; needed]));
    }
}

#[test]
fn a_header_above_the_limit_is_refused_before_it_has_come() {
    for command in [0x20, 0x21] {
        for limit in [16, 28, 100, 536, 1024, 65551] {
            let limits = Limits::new().max_header_bytes(limit);
            let at_limit = header(command, 0x00, &vec![0; limit - 16]);
            check_with(&[&at_limit[..], b"GET"].concat(), &limits, Ok(limit));
            if limit < 65551 {
                let above = header(command, 0x00, &vec![0; limit - 15]);
                let parse = |length| Header::parse(&above[..length], &limits);
                assert_eq!(parse(15), Ok(None));
                assert_eq!(parse(16), Err(Rejection::TooLarge));
                check_with(&above, &limits, Err(Rejection::TooLarge));
            }
        }
    }
    let of_default = header(0x21, 0x00, &[0; 1024 - 16]);
    accepted(&of_default);
    refused(&header(0x21, 0x00, &[0; 1024 - 15]), Rejection::TooLarge);
    let line = b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n";
    let limits = Limits::new().max_header_bytes(0);
    check_with(line, &limits, Ok(line.len()));
}
