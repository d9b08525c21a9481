//! Additional information (sections 2.2.1 to 2.2.8).

use wsgi_proxy_protocol::{Header, Limits, Rejection, Ssl, TlvType};

use crate::{
    binary::{INET, header},
    cut::{accepted, refused},
};

/// A header with addresses and these bytes after them.
fn with(tlvs: &[u8]) -> Vec<u8> {
    header(0x21, 0x11, &[INET, tlvs].concat())
}

fn tlv(kind: TlvType, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind.0], &length[..], value].concat()
}

#[test]
fn tlvs_come_in_their_order_and_the_first_of_a_type_counts() {
    let all = [
        (TlvType::ALPN, &b"http/1.1"[..]),
        (TlvType::AUTHORITY, b"example.org"),
        (TlvType::NOOP, b""),
        (TlvType(0xe0), b"\0\x01\0\0"),
        (TlvType::AUTHORITY, b"example.com"),
        (TlvType::NETNS, b"ns"),
        (TlvType::UNIQUE_ID, &[0xff; 128]),
    ];
    let bytes = with(&all.map(|(kind, value)| tlv(kind, value)).concat());
    let header = accepted(&bytes);
    let found: Vec<_> = header.tlvs().map(|tlv| (tlv.kind, tlv.value)).collect();
    assert_eq!(found, all);
    assert_eq!(header.tlv(TlvType::AUTHORITY), Some(&b"example.org"[..]));
    assert_eq!(header.tlv(TlvType::UNIQUE_ID), Some(&[0xff; 128][..]));
    assert_eq!((header.tlv(TlvType(0xe1)), header.ssl()), (None, None));
}

#[test]
fn a_client_s_certificate_comes_whole_if_the_limit_lets_it() {
    let certificate = [0x30; 1500];
    let inner = [
        tlv(TlvType::SSL_GROUP, b"x25519"),
        tlv(TlvType::SSL_SIG_SCHEME, b"ecdsa_secp256r1_sha256"),
        tlv(TlvType::SSL_CLIENT_CERT, &certificate),
    ];
    let value = [&[0x03, 0, 0, 0, 0][..], &inner.concat()].concat();
    let bytes = with(&tlv(TlvType::SSL, &value));
    refused(&bytes, Rejection::TooLarge);
    let limits = Limits::new().max_header_bytes(4096);
    let header = Header::parse(&bytes, &limits).unwrap().unwrap();
    let mut found = header.ssl().unwrap().tlvs();
    assert_eq!(found.next().unwrap().kind, TlvType(0x26));
    assert_eq!(found.next().unwrap().kind, TlvType(0x27));
    let last = found.next().unwrap();
    assert_eq!((last.kind, last.value), (TlvType(0x28), &certificate[..]));
}

#[test]
fn tlvs_that_do_not_fill_the_header_are_refused() {
    for tlvs in [
        &b"\x04"[..],
        b"\x04\0",
        b"\x04\0\x01",
        b"\x04\0\0\x04",
        b"\x01\0\x09http/1.1",
        b"\x01\xff\xffhttp/1.1",
        b"\0\0\0\0",
    ] {
        refused(&with(tlvs), Rejection::Tlv);
    }
    accepted(&with(b"\0\0\0"));
}

#[test]
fn a_value_of_a_length_that_its_type_does_not_allow_is_refused() {
    let truncated = [1, 0, 0, 0, 0, 0x21, 0, 9, b'T'];
    for (kind, value) in [
        (TlvType::UNIQUE_ID, &[0; 129][..]),
        (TlvType::CRC32C, &[0; 3]),
        (TlvType::CRC32C, &[0; 5]),
        (TlvType::SSL, b""),
        (TlvType::SSL, &[1, 0, 0, 0]),
        (TlvType::SSL, &[1, 0, 0, 0, 0, 0x21]),
        (TlvType::SSL, &truncated),
    ] {
        refused(&with(&tlv(kind, value)), Rejection::Tlv);
    }
    let twice = [tlv(TlvType::SSL, &[1, 0, 0, 0, 0]), tlv(TlvType::SSL, b"")];
    refused(&with(&twice.concat()), Rejection::Tlv);
}

#[test]
fn the_words_on_tls_tell_who_was_verified() {
    let inner = [
        tlv(TlvType::SSL_VERSION, b"TLSv1.3"),
        tlv(TlvType::SSL_CN, b"ada"),
        tlv(TlvType::SSL_CIPHER, b"TLS_AES_128_GCM_SHA256"),
        tlv(TlvType::SSL_SIG_ALG, b"RSA-SHA256"),
        tlv(TlvType::SSL_KEY_ALG, b"RSA2048"),
    ];
    for (client, verify, is_tls, has_certificate, is_verified) in [
        (0, 0, false, false, false),
        (Ssl::TLS, 0, true, false, false),
        (Ssl::TLS, 1, true, false, false),
        (Ssl::TLS | Ssl::CERT_CONN, 0, true, true, true),
        (Ssl::TLS | Ssl::CERT_SESS, 0, true, true, true),
        (Ssl::TLS | Ssl::CERT_SESS, 1 << 24, true, true, false),
        (Ssl::TLS | Ssl::CERT_CONN, 1, true, true, false),
        (Ssl::CERT_CONN, 0, false, true, true),
        (0xf8, 0, false, false, false),
    ] {
        let verify = u32::to_be_bytes(verify);
        let value = [&[client], &verify[..], &inner.concat()].concat();
        let bytes = with(&tlv(TlvType::SSL, &value));
        let ssl = accepted(&bytes).ssl().expect("words on TLS");
        assert_eq!(
            (ssl.is_tls(), ssl.has_certificate(), ssl.is_verified()),
            (is_tls, has_certificate, is_verified),
        );
        assert_eq!(ssl.version(), Some(&b"TLSv1.3"[..]));
        assert_eq!(ssl.common_name(), Some(&b"ada"[..]));
        assert_eq!(ssl.cipher(), Some(&b"TLS_AES_128_GCM_SHA256"[..]));
        assert_eq!(ssl.tlvs().count(), 5);
    }
}

#[test]
fn a_checksum_covers_every_byte_of_the_header() {
    // The checksum is neither the first nor the last of the TLVs.
    let tlvs = [
        tlv(TlvType::NOOP, b"x"),
        tlv(TlvType::CRC32C, &[0x1e, 0xfc, 0x90, 0xa1]),
        tlv(TlvType::ALPN, b"h2"),
    ];
    let bytes = with(&tlvs.concat());
    accepted(&bytes);
    for bit in 12 * 8..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let parsed = Header::parse(&changed, &Limits::new());
        let is_believed = matches!(parsed, Ok(Some(header)) if header.addresses().is_some());
        // A header may have no checksum: if its length (byte 15) ends before the checksum, or if
        // the checksum has another type (byte 32).
        let has_none = matches!(bit / 8, 15 | 32);
        assert!(!is_believed || has_none, "bit {bit}");
    }
}

#[test]
fn a_second_checksum_is_refused() {
    // The first is right if the second counts as what it is.
    let first = tlv(TlvType::CRC32C, &[0xec, 0x49, 0xf8, 0xfd]);
    let second = tlv(TlvType::CRC32C, &[0; 4]);
    refused(&with(&[first, second].concat()), Rejection::Checksum);
}
