//! TLS between a client and a proxy, as the proxy tells of it.

use wsgi_proxy_protocol::{Ssl, Tlv, TlvType, encode};

use crate::{
    NAMED, answer, connect, serving,
    support::{echo, get},
    v2, who,
};

/// A header about a client with TLS.
fn header(client: u8, verify: u32, inner: &[(TlvType, &[u8])], outer: &[Tlv<'_>]) -> Vec<u8> {
    let inner: Vec<_> = inner
        .iter()
        .map(|(kind, value)| Tlv { kind: *kind, value })
        .collect();
    let mut value = Vec::new();
    encode::ssl(&mut value, client, verify, &inner).unwrap();
    let ssl = Tlv {
        kind: TlvType::SSL,
        value: &value,
    };
    v2(&[outer, &[ssl]].concat())
}

/// The answer for a client with TLS and these variables.
fn secure(variables: &str) -> String {
    let addresses = NAMED.strip_prefix("http\n").unwrap();
    format!("https\n{addresses}HTTPS=on\n{variables}")
}

const NAME: Tlv<'_> = Tlv {
    kind: TlvType::AUTHORITY,
    value: b"example.org",
};

#[test]
fn a_client_that_speaks_tls_with_the_proxy_has_https() {
    let running = serving(who());
    let told = header(
        Ssl::TLS,
        0,
        &[
            (TlvType::SSL_VERSION, b"TLSv1.3"),
            (TlvType::SSL_CIPHER, b"TLS_AES_128_GCM_SHA256"),
        ],
        &[NAME],
    );
    let expected = secure(
        "SSL_PROTOCOL=TLSv1.3\nSSL_CIPHER=TLS_AES_128_GCM_SHA256\nSSL_TLS_SNI=example.org\n\
         SSL_CLIENT_VERIFY=NONE\n",
    );
    assert_eq!(answer(&running, &told), expected);
    assert_eq!(
        answer(&running, &header(Ssl::TLS, 1, &[], &[])),
        secure("SSL_CLIENT_VERIFY=NONE\n")
    );
}

#[test]
fn a_name_counts_only_if_the_certificate_was_verified() {
    let running = serving(who());
    let name = [(TlvType::SSL_CN, &b"ada"[..])];
    for (flag, verify, expected) in [
        (
            Ssl::CERT_CONN,
            0,
            "SSL_CLIENT_VERIFY=SUCCESS\nSSL_CLIENT_S_DN_CN=ada\n",
        ),
        (
            Ssl::CERT_SESS,
            0,
            "SSL_CLIENT_VERIFY=SUCCESS\nSSL_CLIENT_S_DN_CN=ada\n",
        ),
        (Ssl::CERT_CONN, 10, "SSL_CLIENT_VERIFY=FAILED\n"),
        (0, 0, "SSL_CLIENT_VERIFY=NONE\n"),
    ] {
        let told = header(Ssl::TLS | flag, verify, &name, &[]);
        assert_eq!(answer(&running, &told), secure(expected), "{flag} {verify}");
    }
}

#[test]
fn without_tls_nothing_is_said_of_it() {
    let running = serving(who());
    let version = [(TlvType::SSL_VERSION, &b"TLSv1.3"[..])];
    for client in [0, Ssl::CERT_CONN, Ssl::CERT_SESS] {
        assert_eq!(
            answer(&running, &header(client, 0, &version, &[NAME])),
            NAMED
        );
    }
    assert_eq!(answer(&running, &v2(&[NAME])), NAMED);
    let mut local = Vec::new();
    encode::v2_local(&mut local);
    assert!(answer(&running, &local).starts_with("http\nREMOTE_ADDR=127.0.0.1\n"));
}

#[test]
fn a_value_that_could_forge_a_line_is_left_out() {
    let running = serving(who());
    let name = |value| Tlv {
        kind: TlvType::AUTHORITY,
        value,
    };
    for value in [&b"a\r\nb"[..], b"a\nb", b"a\0b", b""] {
        let inner = [(TlvType::SSL_CN, value), (TlvType::SSL_VERSION, value)];
        let told = header(Ssl::TLS | Ssl::CERT_CONN, 0, &inner, &[name(value)]);
        assert_eq!(
            answer(&running, &told),
            secure("SSL_CLIENT_VERIFY=SUCCESS\n")
        );
    }
}

#[test]
fn a_target_in_absolute_form_has_the_scheme_of_the_client() {
    let running = serving(echo);
    let told = header(Ssl::TLS, 0, &[], &[]);
    for (header, scheme, status) in [
        (&told, "https", 200),
        (&told, "http", 421),
        (&v2(&[]), "https", 421),
        (&v2(&[]), "http", 200),
    ] {
        let mut client = connect(&running, header);
        let request = get(&format!("{scheme}://test/"));
        assert_eq!(client.ask(request).status, status, "{scheme}");
    }
}
