//! Headers that HAProxy 2.6 wrote, with every option of `proxy-v2-options`.

use wsgi_proxy_protocol::TlvType;

use crate::cut::accepted;

#[test]
fn haproxy_send_proxy() {
    let header = accepted(b"PROXY TCP4 127.0.0.1 127.0.0.1 34708 19080\r\n");
    let source = header.addresses().unwrap().source().unwrap();
    assert_eq!(source.to_string(), "127.0.0.1:34708");
    assert_eq!(accepted(b"PROXY UNKNOWN\r\n").addresses(), None);
}

#[test]
fn haproxy_send_proxy_v2() {
    let header = accepted(
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x13\
        \x7f\0\0\x01\x7f\0\0\x01\xd2\x74\x4a\x89\
        \x03\0\x04\x64\x22\x7f\x2b",
    );
    let addresses = header.addresses().unwrap();
    assert_eq!(addresses.source(), Some("127.0.0.1:53876".parse().unwrap()));
    assert_eq!(
        addresses.destination(),
        Some("127.0.0.1:19081".parse().unwrap())
    );
}

#[test]
fn haproxy_check() {
    assert!(accepted(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0").is_local());
}

/// HAProxy also sends `LOCAL` for a client of a Unix socket.
#[test]
fn haproxy_send_proxy_v2_of_a_unix_socket() {
    let header = accepted(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\x07\x03\0\x04\xa9\xb8\x7e\x8f");
    assert!(header.is_local());
    assert_eq!((header.addresses(), header.tlvs().count()), (None, 0));
}

#[test]
fn haproxy_send_proxy_v2_ssl() {
    let header = accepted(
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x88\
        \x7f\0\0\x01\x7f\0\0\x01\x99\x32\x4b\xf3\
        \x03\0\x04\xbf\xfa\xaa\x15\
        \x01\0\x08http/1.1\
        \x02\0\x0bexample.org\
        \x05\0\x127F000001:9932_0004\
        \x20\0\x44\x01\0\0\0\0\
        \x21\0\x07TLSv1.2\
        \x25\0\x07RSA2048\
        \x24\0\x0aRSA-SHA256\
        \x23\0\x1bECDHE-RSA-AES256-GCM-SHA384",
    );
    assert_eq!(header.tlv(TlvType::ALPN), Some(&b"http/1.1"[..]));
    assert_eq!(header.tlv(TlvType::AUTHORITY), Some(&b"example.org"[..]));
    assert_eq!(
        header.tlv(TlvType::UNIQUE_ID),
        Some(&b"7F000001:9932_0004"[..])
    );
    let ssl = header.ssl().unwrap();
    assert!(ssl.is_tls() && !ssl.has_certificate() && !ssl.is_verified());
    assert_eq!(ssl.version(), Some(&b"TLSv1.2"[..]));
    assert_eq!(ssl.cipher(), Some(&b"ECDHE-RSA-AES256-GCM-SHA384"[..]));
    assert_eq!(ssl.common_name(), None);
}

#[test]
fn haproxy_send_proxy_v2_ssl_cn() {
    let header = accepted(
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x8e\
        \x7f\0\0\x01\x7f\0\0\x01\x99\x42\x4b\xf3\
        \x03\0\x04\xb6\x08\xb4\x10\
        \x01\0\x08http/1.1\
        \x02\0\x0bexample.org\
        \x05\0\x127F000001:9942_0005\
        \x20\0\x4a\x07\0\0\0\0\
        \x21\0\x07TLSv1.2\
        \x22\0\x03ada\
        \x25\0\x07RSA2048\
        \x24\0\x0aRSA-SHA256\
        \x23\0\x1bECDHE-RSA-AES256-GCM-SHA384",
    );
    let ssl = header.ssl().unwrap();
    assert!(ssl.is_tls() && ssl.has_certificate() && ssl.is_verified());
    assert_eq!(ssl.common_name(), Some(&b"ada"[..]));
}
