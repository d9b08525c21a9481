//! Version 1 (section 2.1).

use proptest::prelude::*;
use wsgi_proxy_protocol::{Header, Limits, Rejection, Transport, Version};

use crate::cut::{accepted, refused};

#[track_caller]
fn relays(line: &str, source: &str, destination: &str) {
    let header = accepted(line.as_bytes());
    assert_eq!((header.version(), header.is_local()), (Version::V1, false));
    assert_eq!(header.transport(), Some(Transport::Stream));
    let addresses = header.addresses().expect("addresses");
    assert_eq!(
        addresses.source(),
        Some(source.parse().unwrap()),
        "{line:?}"
    );
    assert_eq!(
        addresses.destination(),
        Some(destination.parse().unwrap()),
        "{line:?}"
    );
    assert_eq!(header.tlvs().count(), 0);
}

#[test]
fn a_line_names_both_ends_of_the_connection() {
    relays(
        "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        "192.168.0.1:56324",
        "192.168.0.11:443",
    );
    relays(
        "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
        "0.0.0.0:0",
        "255.255.255.255:65535",
    );
    relays(
        "PROXY TCP6 2001:db8::7 ::1 56324 443\r\n",
        "[2001:db8::7]:56324",
        "[::1]:443",
    );
    relays(
        "PROXY TCP6 FFFF:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
         ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
    );
    // The form in which systems write such an address.
    relays(
        "PROXY TCP6 ::ffff:192.0.2.7 ::ffff:203.0.113.1 1 2\r\n",
        "[::ffff:192.0.2.7]:1",
        "[::ffff:203.0.113.1]:2",
    );
}

#[test]
fn an_unknown_connection_has_no_addresses_whatever_follows_the_word() {
    let longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
    assert_eq!(longest.len(), 107);
    for line in [
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN \r\n",
        "PROXY UNKNOWN ffff:f:ffff ffff:f:ffff 65535 65535\r\n",
        "PROXY UNKNOWN \0\n\r\u{7f} ?\r\n",
        &longest,
    ] {
        let header = accepted(line.as_bytes());
        assert_eq!((header.addresses(), header.transport()), (None, None));
        assert!(!header.is_local());
    }
}

#[test]
fn a_line_that_does_not_match_the_protocol_is_refused() {
    for (line, rejection) in [
        ("GET / HTTP/1.1\r\n", Rejection::NotProxy),
        ("proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::NotProxy),
        ("PROXY\tTCP4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::NotProxy),
        ("PROXYTCP4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::NotProxy),
        ("PROXY\r\n", Rejection::NotProxy),
        (" PROXY UNKNOWN\r\n", Rejection::NotProxy),
        ("\r\nPROXY UNKNOWN\r\n", Rejection::NotProxy),
        ("\x16\x03\x01", Rejection::NotProxy),
        ("\0", Rejection::NotProxy),
        ("PROXY \r\n", Rejection::Line),
        ("PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY UNKNOWNS\r\n", Rejection::Line),
        ("PROXY unknown\r\n", Rejection::Line),
        ("PROXY UNKNOWN\n", Rejection::Line),
        ("PROXY TCP4\r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n\r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\r\n", Rejection::Port),
        ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r \r\n", Rejection::Line),
        ("PROXY TCP4 1.1.1.1\r 2.2.2.2 1 2\r\n", Rejection::Address),
        ("PROXY TCP4 1.1.1.1\t2.2.2.2 1 2\r\n", Rejection::Line),
        ("PROXY TCP4 \u{e9} 2.2.2.2 1 2\r\n", Rejection::Address),
    ] {
        refused(line.as_bytes(), rejection);
    }
    refused(b"PROXY TCP4 \xff 2.2.2.2 1 2\r\n", Rejection::Line);
}

#[test]
fn an_address_that_is_not_of_the_family_is_refused() {
    for (protocol, address) in [
        ("TCP4", ""),
        ("TCP4", "192.0.2"),
        ("TCP4", "192.0.2.7.1"),
        ("TCP4", "192.0.2.256"),
        ("TCP4", "192.0.2.07"),
        ("TCP4", "192.0.2.+7"),
        ("TCP4", "0xc0.0.2.7"),
        ("TCP4", "::1"),
        ("TCP4", "::ffff:192.0.2.7"),
        ("TCP4", "localhost"),
        ("TCP6", ""),
        ("TCP6", "192.0.2.7"),
        ("TCP6", "[::1]"),
        ("TCP6", "::1%lo"),
        ("TCP6", "::1::"),
        ("TCP6", "1:2:3:4:5:6:7"),
        ("TCP6", "1:2:3:4:5:6:7:8:9"),
        ("TCP6", "::12345"),
        ("TCP6", "::g"),
    ] {
        let valid = if protocol == "TCP4" {
            "192.0.2.8"
        } else {
            "::8"
        };
        for (source, destination) in [(address, valid), (valid, address)] {
            let line = format!("PROXY {protocol} {source} {destination} 1 2\r\n");
            refused(line.as_bytes(), Rejection::Address);
        }
    }
}

#[test]
fn a_port_that_is_not_a_plain_number_is_refused() {
    for port in [
        "",
        "65536",
        "99999999999",
        "01",
        "00",
        "+1",
        "-1",
        "1.0",
        "0x1",
        "1a",
    ] {
        for (source, destination) in [(port, "1"), ("1", port)] {
            let line = format!("PROXY TCP4 192.0.2.7 192.0.2.8 {source} {destination}\r\n");
            refused(line.as_bytes(), Rejection::Port);
        }
    }
}

#[test]
fn a_line_of_more_than_107_bytes_is_refused_at_the_108th() {
    for start in ["PROXY UNKNOWN ", "PROXY TCP6 "] {
        let line = format!("{start}{}", "1".repeat(200));
        let parse = |length| Header::parse(&line.as_bytes()[..length], &Limits::new());
        assert_eq!(parse(106), Ok(None));
        assert_eq!(parse(107), Err(Rejection::Line));
        refused(line.as_bytes(), Rejection::Line);
    }
    let one_more = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    refused(one_more.as_bytes(), Rejection::Line);
}

proptest! {
    #[test]
    fn no_line_panics_or_depends_on_how_it_is_cut(
        words in proptest::collection::vec("TCP4|TCP6|UNKNOWN|[0-9a-f:. \r\n]{0,9}", 0..8),
        end in "\r\n|\n|\r||\r\nrest",
    ) {
        let line = format!("PROXY {}{end}", words.join(" "));
        let whole = Header::parse(line.as_bytes(), &Limits::new());
        for cut in 0..line.len() {
            match Header::parse(&line.as_bytes()[..cut], &Limits::new()) {
                Ok(None) => {}
                result => prop_assert_eq!(result, whole),
            }
        }
        if let Ok(Some(header)) = whole {
            prop_assert!(line[..header.length()].ends_with("\r\n"));
        }
    }
}
