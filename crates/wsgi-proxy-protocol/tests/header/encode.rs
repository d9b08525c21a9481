//! Reading an encoded header gives back what was encoded.

use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use proptest::{collection::vec, prelude::*};
use wsgi_proxy_protocol::{
    Addresses, Header, Limits, Rejection, Ssl, Tlv, TlvType, Transport, encode,
};

const LIMITS: Limits = Limits::new().max_header_bytes(65551);

/// Addresses of IPv4 or IPv6.
fn addresses() -> impl Strategy<Value = Addresses<'static>> {
    let inet = any::<(u32, u32, u16, u16)>().prop_map(|(from, to, from_port, to_port)| {
        Addresses::between(
            SocketAddrV4::new(from.into(), from_port).into(),
            SocketAddrV4::new(to.into(), to_port).into(),
        )
    });
    let inet6 = any::<(u128, u128, u16, u16)>().prop_map(|(from, to, from_port, to_port)| {
        Addresses::between(
            SocketAddrV6::new(from.into(), from_port, 7, 8).into(),
            SocketAddrV6::new(to.into(), to_port, 9, 10).into(),
        )
    });
    prop_oneof![inet, inet6]
}

proptest! {
    #[test]
    fn a_written_line_is_read_again(addresses in addresses()) {
        let mut bytes = b"before".to_vec();
        encode::v1(&mut bytes, Some(addresses));
        let header = Header::parse(&bytes[6..], &LIMITS).unwrap().unwrap();
        prop_assert_eq!(header.addresses(), Some(addresses));
        prop_assert_eq!(header.length(), bytes.len() - 6);
        prop_assert!(header.length() <= 107);
    }

    #[test]
    fn a_written_binary_header_is_read_again(
        addresses in addresses(),
        // Types without a form of their own.
        tlvs in vec((0x40..=0xff_u8, vec(any::<u8>(), 0..300)), 0..5),
        has_checksum: bool,
    ) {
        let tlvs: Vec<_> = tlvs
            .iter()
            .map(|(kind, value)| Tlv { kind: TlvType(*kind), value })
            .collect();
        let mut bytes = b"before".to_vec();
        let encode = if has_checksum { encode::v2_with_checksum } else { encode::v2 };
        encode(&mut bytes, Some(addresses), &tlvs).unwrap();
        let header = Header::parse(&bytes[6..], &LIMITS).unwrap().unwrap();
        prop_assert_eq!(header.addresses(), Some(addresses));
        prop_assert_eq!(header.transport(), Some(Transport::Stream));
        prop_assert_eq!(header.length(), bytes.len() - 6);
        let read: Vec<_> = header.tlvs().collect();
        prop_assert_eq!(&read[..tlvs.len()], &tlvs[..]);
        prop_assert_eq!(read.len(), tlvs.len() + usize::from(has_checksum));
    }

    #[test]
    fn no_bytes_panic_or_depend_on_how_they_are_cut(
        command in any::<u8>(),
        family in any::<u8>(),
        block in vec(any::<u8>(), 0..400),
        announced in 0..500_u16,
    ) {
        let mut bytes = crate::binary::header(command, family, &block);
        bytes[14..16].copy_from_slice(&announced.to_be_bytes());
        let whole = Header::parse(&bytes, &Limits::new());
        for cut in 0..bytes.len() {
            match Header::parse(&bytes[..cut], &Limits::new()) {
                Ok(None) => {}
                result => prop_assert_eq!(result, whole),
            }
        }
    }
}

#[test]
fn a_header_without_addresses_is_read_as_one() {
    let written: [fn(&mut Vec<u8>); 4] = [
        |out| encode::v1(out, None),
        |out| encode::v2(out, None, &[]).unwrap(),
        |out| encode::v2_with_checksum(out, None, &[]).unwrap(),
        encode::v2_local,
    ];
    for (at, write) in written.iter().enumerate() {
        let mut bytes = Vec::new();
        write(&mut bytes);
        let header = Header::parse(&bytes, &Limits::new()).unwrap().unwrap();
        assert_eq!(header.addresses(), None);
        assert_eq!(header.is_local(), at == 3);
        assert_eq!(header.length(), bytes.len());
    }
}

#[test]
fn a_checksum_without_addresses_covers_every_byte_of_the_tlvs() {
    let name = Tlv {
        kind: TlvType::AUTHORITY,
        value: b"example.org",
    };
    let mut bytes = Vec::new();
    encode::v2_with_checksum(&mut bytes, None, &[name]).unwrap();
    let header = Header::parse(&bytes, &LIMITS).unwrap().unwrap();
    assert_eq!(header.tlvs().next(), Some(name));
    assert_eq!(header.tlvs().count(), 2);
    for bit in 16 * 8..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        match Header::parse(&changed, &LIMITS) {
            // TLVs that do not fill the header, or no checksum among them (byte 30).
            Ok(Some(header)) => assert!(header.tlvs().count() == 0 || bit / 8 == 30, "bit {bit}"),
            refused => assert_eq!(refused, Err(Rejection::Checksum), "bit {bit}"),
        }
    }
}

#[test]
fn a_line_cannot_name_unix_sockets_and_a_binary_header_can() {
    let addresses = Addresses::Unix {
        source: b"",
        destination: b"/run/proxy.sock",
    };
    let mut bytes = Vec::new();
    encode::v1(&mut bytes, Some(addresses));
    assert_eq!(bytes, b"PROXY UNKNOWN\r\n");
    bytes.clear();
    encode::v2(&mut bytes, Some(addresses), &[]).unwrap();
    assert_eq!(bytes.len(), 16 + 216);
    let header = Header::parse(&bytes, &Limits::new()).unwrap().unwrap();
    assert_eq!(header.addresses(), Some(addresses));
}

#[test]
fn addresses_of_both_families_are_written_as_ipv6() {
    let (v4, v6): (SocketAddr, SocketAddr) = (
        "192.0.2.7:1".parse().unwrap(),
        "[2001:db8::1]:2".parse().unwrap(),
    );
    for (source, destination, line) in [
        (v4, v6, "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 1 2\r\n"),
        (v6, v4, "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.7 2 1\r\n"),
    ] {
        let mut bytes = Vec::new();
        encode::v1(&mut bytes, Some(Addresses::between(source, destination)));
        assert_eq!(bytes, line.as_bytes());
    }
}

#[test]
fn what_is_too_long_is_not_written() {
    let long = vec![b'x'; 65536];
    let tlv = |length: usize| Tlv {
        kind: TlvType::NOOP,
        value: &long[..length],
    };
    let mut out = b"before".to_vec();
    assert_eq!(
        encode::v2(&mut out, None, &[tlv(65536)]),
        Err(encode::TooLong)
    );
    assert_eq!(
        encode::v2(&mut out, None, &[tlv(65533)]),
        Err(encode::TooLong)
    );
    assert_eq!(
        encode::v2(&mut out, None, &[tlv(32765), tlv(32765)]),
        Err(encode::TooLong)
    );
    assert_eq!(
        encode::ssl(&mut out, 1, 0, &[tlv(65536)]),
        Err(encode::TooLong)
    );
    assert_eq!(
        encode::v2_with_checksum(&mut out, None, &[tlv(65532)]),
        Err(encode::TooLong)
    );
    assert_eq!(
        encode::v2_with_checksum(&mut out, None, &[tlv(65526)]),
        Err(encode::TooLong)
    );
    let addresses = Addresses::Unix {
        source: b"",
        destination: &long[..109],
    };
    assert_eq!(
        encode::v2(&mut out, Some(addresses), &[]),
        Err(encode::TooLong)
    );
    assert_eq!(out, b"before");
    encode::v2_with_checksum(&mut out, None, &[tlv(65525)]).unwrap();
    out.truncate(6);
    encode::v2(&mut out, None, &[tlv(65532)]).unwrap();
    let parsed = Header::parse(&out[6..], &LIMITS).unwrap().unwrap();
    assert_eq!(parsed.length(), 65551);
    let above = LIMITS.max_header_bytes(65550);
    assert_eq!(Header::parse(&out[6..], &above), Err(Rejection::TooLarge));
}

#[test]
fn words_on_tls_are_read_as_they_were_written() {
    let cipher = Tlv {
        kind: TlvType::SSL_CIPHER,
        value: b"TLS_AES_128_GCM_SHA256",
    };
    let mut value = Vec::new();
    encode::ssl(
        &mut value,
        Ssl::TLS | Ssl::CERT_CONN,
        0x0102_0304,
        &[cipher],
    )
    .unwrap();
    assert_eq!(value[..5], [3, 1, 2, 3, 4]);
    let ssl = Tlv {
        kind: TlvType::SSL,
        value: &value,
    };
    let addresses = Addresses::between(
        "192.0.2.7:1".parse().unwrap(),
        "192.0.2.8:2".parse().unwrap(),
    );
    let mut bytes = Vec::new();
    encode::v2_with_checksum(&mut bytes, Some(addresses), &[ssl]).unwrap();
    let header = Header::parse(&bytes, &Limits::new()).unwrap().unwrap();
    let ssl = header.ssl().unwrap();
    assert!(ssl.is_tls() && ssl.has_certificate() && !ssl.is_verified());
    assert_eq!(ssl.tlvs().collect::<Vec<_>>(), [cipher]);
}
